#include "mail/xtext.h"

#include <string.h>

static const char hex[] = "0123456789ABCDEF";

bool
xtext_encode(stralloc *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		char escape[3] = { '+', hex[c >> 4], hex[c & 15] };
		bool plain = c > ' ' && c <= '~' && c != '+' && c != '=';

		if (!stralloc_catb(out, plain ? text + i : escape, plain ? 1 : sizeof escape))
			return false;
	}
	return true;
}

/* 0 to 15, or -1. Lower-case digits are none: RFC 3461 4. */
static int
hex_value(char c)
{
	const char *at = c ? strchr(hex, c) : NULL;

	return at ? (int)(at - hex) : -1;
}

bool
xtext_decode(stralloc *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
		int low = i + 2 < len ? hex_value(text[i + 2]) : -1;
		char c = text[i];

		if (c == '+' && high >= 0 && low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!stralloc_append(out, c))
			return false;
	}
	return true;
}

/* The character of "\x{HEX}" at the start of text; used: its length. 0: there is none. */
static unsigned long
unitext_at(const char *text, size_t len, size_t *used)
{
	unsigned long point = 0;
	size_t at = 3;

	if (len < 5 || memcmp(text, "\\x{", 3) != 0)
		return 0;
	for (; at < len && at < 3 + 6 && hex_value(text[at]) >= 0; at++)
		point = point << 4 | (unsigned long)hex_value(text[at]);
	if (at == len || text[at] != '}' || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*used = at + 1;
	return point > 0x7f || (point && strchr("\\+= ", (int)point)) ? point : 0;
}

static bool
utf8_append(stralloc *out, unsigned long point)
{
	char bytes[4];
	size_t len = 0;

	if (point < 0x80) {
		bytes[len++] = (char)point;
	} else if (point < 0x800) {
		bytes[len++] = (char)(0xc0 | point >> 6);
	} else if (point < 0x10000) {
		bytes[len++] = (char)(0xe0 | point >> 12);
		bytes[len++] = (char)(0x80 | (point >> 6 & 0x3f));
	} else {
		bytes[len++] = (char)(0xf0 | point >> 18);
		bytes[len++] = (char)(0x80 | (point >> 12 & 0x3f));
		bytes[len++] = (char)(0x80 | (point >> 6 & 0x3f));
	}
	if (point >= 0x80)
		bytes[len++] = (char)(0x80 | (point & 0x3f));
	return stralloc_catb(out, bytes, len);
}

bool
unitext_decode(stralloc *out, const char *text, size_t len)
{
	for (size_t i = 0, used; i < len; i += used) {
		unsigned long point = unitext_at(text + i, len - i, &used);

		if (!point)
			used = 1;
		if (!(point ? utf8_append(out, point) : stralloc_append(out, text[i])))
			return false;
	}
	return true;
}
