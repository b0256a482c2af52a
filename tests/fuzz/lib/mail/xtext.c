/* xtext: there and back, and never out of a parameter. */
#include "mail/xtext.h"

#include "mail/command.h"
#include "mail/utf8.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc text = STRALLOC_ZERO, back = STRALLOC_ZERO;

	assert(xtext_encode(&text, bytes, len) && xtext_valid(text.s, text.len));
	assert(xtext_decode(&back, text.s, text.len));
	assert(back.len == len && (!len || memcmp(back.s, bytes, len) == 0));
	back.len = 0;
	assert(xtext_decode(&back, bytes, len) && back.len <= len);
	back.len = 0;
	assert(unitext_decode(&back, bytes, len) && back.len <= len);
	assert(!utf8_valid(bytes, len) || utf8_valid(back.s, back.len));
	stralloc_free(&text);
	stralloc_free(&back);
}
