/* JSON strings: printable, and closed only at their end. */
#include "base/json.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char *text = fuzz_string(bytes, len);
	stralloc out = STRALLOC_ZERO;

	assert(json_quote(&out, text) && out.len >= 2 && fuzz_printable(out.s, out.len));
	assert(out.s[0] == '"' && out.s[out.len - 1] == '"');
	for (size_t i = 1; i < out.len - 1; i++) {
		assert(out.s[i] != '"');
		if (out.s[i] == '\\')
			i++;
		assert(i < out.len - 1);
	}
	stralloc_free(&out);
	free(text);
}
