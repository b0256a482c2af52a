#include "mail/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { GROUP_BYTES = 3, GROUP_CHARS = 4, CHAR_BITS = 6 };

bool
base64_encode(stralloc *out, const char *bytes, size_t len)
{
	if (len > SIZE_MAX / 2) {
		errno = ENOMEM;
		return false;
	}
	if (!stralloc_readyplus(out, (len + GROUP_BYTES - 1) / GROUP_BYTES * GROUP_CHARS))
		return false;
	for (size_t at = 0; at < len; at += GROUP_BYTES) {
		size_t have = len - at < GROUP_BYTES ? len - at : GROUP_BYTES;
		uint32_t bits = 0;

		for (size_t i = 0; i < GROUP_BYTES; i++)
			bits = bits << 8 | (i < have ? (unsigned char)bytes[at + i] : 0);
		for (size_t i = 0; i < GROUP_CHARS; i++)
			out->s[out->len++] =
			    i <= have ? alphabet[bits >> (GROUP_CHARS - 1 - i) * CHAR_BITS & 63]
			              : '=';
	}
	return true;
}

/* Six bits, or -1. */
static int
char_value(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

bool
base64_decode(stralloc *out, const char *text, size_t len)
{
	size_t start = out->len;

	if (len % GROUP_CHARS)
		goto broken;
	if (!stralloc_readyplus(out, len / GROUP_CHARS * GROUP_BYTES))
		return false;
	for (size_t at = 0; at < len; at += GROUP_CHARS) {
		size_t have = GROUP_CHARS;
		uint32_t bits = 0;

		if (at + GROUP_CHARS == len)
			while (have > 2 && text[at + have - 1] == '=')
				have--;
		for (size_t i = 0; i < GROUP_CHARS; i++) {
			int value = i < have ? char_value(text[at + i]) : 0;

			if (value < 0)
				goto broken;
			bits = bits << CHAR_BITS | (uint32_t)value;
		}
		for (size_t i = 0; i < have - 1; i++, bits = bits << 8 & 0xffffff)
			out->s[out->len++] = (char)(bits >> 16);
		if (bits)
			goto broken;
	}
	return true;
broken:
	out->len = start;
	errno = EINVAL;
	return false;
}
