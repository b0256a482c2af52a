#include "base/json.h"

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

static bool
put_unit(stralloc *out, unsigned long unit)
{
	char text[6] = { '\\', 'u' };

	for (unsigned int i = 0; i < 4; i++)
		text[2 + i] = "0123456789abcdef"[unit >> (12 - 4 * i) & 15];
	return stralloc_catb(out, text, sizeof text);
}

bool
json_string(stralloc *out, const char *text)
{
	bool good = stralloc_append(out, '"');
	size_t len;

	for (; good && *text; text += len) {
		unsigned long character = decode(text, &len);

		if (character >= ' ' && character <= '~') {
			if (character == '"' || character == '\\')
				good = stralloc_append(out, '\\');
			good = good && stralloc_append(out, (char)character);
		} else if (character < 0x10000) {
			good = put_unit(out, character);
		} else {
			good = put_unit(out, 0xd800 + ((character - 0x10000) >> 10))
			       && put_unit(out, 0xdc00 + ((character - 0x10000) & 0x3ff));
		}
	}
	return good && stralloc_append(out, '"');
}
