#include "mail/phrase.h"

#include "mail/lex.h"

#include <string.h>

/* Encoded bytes of one word: 75 in all (RFC 2047 2), and the frame takes 12. */
enum { WORD_BYTES = 63 };

static bool
quoted_add(stralloc *out, const char *name)
{
	if (!stralloc_append(out, '"'))
		return false;
	for (; *name; name++)
		if (((*name == '"' || *name == '\\') && !stralloc_append(out, '\\'))
		    || !stralloc_append(out, *name))
			return false;
	return stralloc_append(out, '"');
}

static bool
is_literal(char c) /* what may stand for itself in a phrase: RFC 2047 5 (3) */
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The "Q" encoding. A character is never parted: its bytes go into one word (RFC 2047 5). */
static bool
encoded_add(stralloc *out, const char *name)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t room = WORD_BYTES;

	if (!stralloc_cats(out, "=?UTF-8?Q?"))
		return false;
	while (*name) {
		char text[12];
		size_t len = 0, bytes = 1;

		while (bytes < 4 && (name[bytes] & 0xc0) == 0x80)
			bytes++;
		for (size_t i = 0; i < bytes; i++)
			if (is_literal(name[i])) {
				text[len++] = name[i];
			} else {
				text[len++] = '=';
				text[len++] = hex[(unsigned char)name[i] >> 4];
				text[len++] = hex[name[i] & 15];
			}
		name += bytes;
		if (len > room) {
			if (!stralloc_cats(out, "?=\r\n =?UTF-8?Q?"))
				return false;
			room = WORD_BYTES;
		}
		room -= len;
		if (!stralloc_catb(out, text, len))
			return false;
	}
	return stralloc_cats(out, "?=");
}

bool
phrase_add(stralloc *out, const char *name)
{
	bool plain = *name && *name != ' ';

	for (const char *c = name; *c; c++) {
		if (*c & 0x80)
			return encoded_add(out, name);
		if (!lex_is_atext(*c) && !(*c == ' ' && c[1] && c[1] != ' '))
			plain = false;
	}
	return plain ? stralloc_cats(out, name) : quoted_add(out, name);
}
