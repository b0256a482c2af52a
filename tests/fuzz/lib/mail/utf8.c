/* UTF-8: as the numbers of RFC 3629 say. */
#include "mail/utf8.h"

#include "fuzz/fuzz.h"

/* Length of the character here, by its number; 0: it is none. */
static size_t
by_number(const unsigned char *text, size_t len)
{
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t want = text[0] < 0x80   ? 1
	              : text[0] < 0xc0 ? 0
	              : text[0] < 0xe0 ? 2
	              : text[0] < 0xf0 ? 3
	              : text[0] < 0xf8 ? 4
	                               : 0;
	unsigned long number = want == 1 ? text[0] : text[0] & (0xffU >> (want + 1));

	if (!want || want > len)
		return 0;
	for (size_t i = 1; i < want; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		number = number << 6 | (text[i] & 0x3f);
	}
	return number < least[want] || number > 0x10ffff || (number >= 0xd800 && number < 0xe000)
	           ? 0
	           : want;
}

static void
fuzz(char *bytes, size_t len)
{
	bool valid = true, ascii = true;

	for (size_t at = 0, step; at < len; at += step) {
		step = by_number((unsigned char *)bytes + at, len - at);
		assert(utf8_len(bytes + at, len - at) == (step > 1 ? step : 0));
		valid = valid && step;
		ascii = ascii && !(bytes[at] & 0x80);
		step = step ? step : 1;
	}
	assert(utf8_valid(bytes, len) == valid);
	assert(utf8_is_ascii_bytes(bytes, len) == ascii);
}
