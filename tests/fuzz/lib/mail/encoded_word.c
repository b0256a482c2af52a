/* Encoded words: whatever the text, it is ASCII then, and makes no line of its own. */
#include "mail/encoded_word.h"

#include "mail/utf8.h"

#include "fuzz/fuzz.h"

static void
once(enum encoded_form form, const char *body, size_t len)
{
	stralloc out = STRALLOC_ZERO, again = STRALLOC_ZERO;

	assert(encoded_word_field(&out, form, body, len, 9, "\r\n"));
	assert(form != ENCODED_TEXT || utf8_is_ascii_bytes(out.s, out.len));
	for (size_t i = 0; i < out.len; i++)
		assert(out.s[i] != '\n' || i + 1 == out.len || out.s[i + 1] == ' '
		       || out.s[i + 1] == '\t' || memchr(body, '\n', len));
	assert(encoded_word_field(&again, form, out.s ? out.s : "", out.len, 9, "\r\n"));
	stralloc_free(&out);
	stralloc_free(&again);
}

static void
fuzz(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\r')
			bytes[i] = ' '; /* a field has none but before LF */
	once(ENCODED_TEXT, bytes, len);
	once(ENCODED_ADDRESSES, bytes, len);
}
