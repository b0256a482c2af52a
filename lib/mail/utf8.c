#include "mail/utf8.h"

#include <string.h>

size_t
utf8_len(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)
	    || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return need;
}

bool
utf8_valid(const char *text, size_t len)
{
	for (size_t at = 0, step; at < len; at += step) {
		step = text[at] & 0x80 ? utf8_len(text + at, len - at) : 1;
		if (!step)
			return false;
	}
	return true;
}

bool
utf8_is_ascii(const char *text)
{
	return utf8_is_ascii_bytes(text, strlen(text));
}

bool
utf8_is_ascii_bytes(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] & 0x80)
			return false;
	return true;
}
