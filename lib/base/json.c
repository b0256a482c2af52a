#include "base/json.h"

#include <string.h>

/*
 * One character of UTF-8, and how many bytes it takes; what is none is U+FFFD, of one byte.
 * Overlong forms and surrogates are none.
 */
static unsigned long
decode(const char *text, size_t *len)
{
	static const unsigned long least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)*text;
	size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 4;
	unsigned long character = more ? c & (0x3fU >> more) : c;

	*len = 1;
	if (more == 4)
		return 0xfffd;
	for (size_t i = 1; i <= more; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0xfffd;
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (character < least[more] || character > 0x10ffff || character >> 11 == 0x1b)
		return 0xfffd;
	*len = more + 1;
	return character;
}

static size_t
put_unit(char *out, unsigned long unit)
{
	memcpy(out, "\\u", 2);
	for (unsigned int i = 0; i < 4; i++)
		out[2 + i] = "0123456789abcdef"[unit >> (12 - 4 * i) & 15];
	return 6;
}

size_t
json_character(const char *text, char out[JSON_CHARACTER_MAX], size_t *out_len)
{
	size_t len;
	unsigned long character = decode(text, &len);

	*out_len = 0;
	if (character >= ' ' && character <= '~') {
		if (character == '"' || character == '\\')
			out[(*out_len)++] = '\\';
		out[(*out_len)++] = (char)character;
	} else if (character < 0x10000) {
		*out_len = put_unit(out, character);
	} else {
		*out_len = put_unit(out, 0xd800 + ((character - 0x10000) >> 10));
		*out_len += put_unit(out + *out_len, 0xdc00 + ((character - 0x10000) & 0x3ff));
	}
	return len;
}

bool
json_quote(stralloc *out, const char *text)
{
	bool good = stralloc_append(out, '"');

	while (good && *text) {
		char character[JSON_CHARACTER_MAX];
		size_t len;

		text += json_character(text, character, &len);
		good = stralloc_catb(out, character, len);
	}
	return good && stralloc_append(out, '"');
}
