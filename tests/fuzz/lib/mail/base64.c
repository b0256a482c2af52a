/* Base64: both ways and back; no two texts stand for the same bytes. */
#include "mail/base64.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc text = STRALLOC_ZERO, back = STRALLOC_ZERO;

	assert(base64_encode(&text, bytes, len) && fuzz_printable(text.s, text.len));
	assert(base64_decode(&back, text.s, text.len));
	assert(back.len == len && (!len || memcmp(back.s, bytes, len) == 0));
	text.len = back.len = 0;
	if (base64_decode(&back, bytes, len)) {
		assert(base64_encode(&text, back.s, back.len));
		assert(text.len == len && (!len || memcmp(text.s, bytes, len) == 0));
	} else {
		assert(!back.len);
	}
	stralloc_free(&text);
	stralloc_free(&back);
}
