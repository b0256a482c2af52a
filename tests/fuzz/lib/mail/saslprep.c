/* SASLprep: what is prepared stays as it is when prepared again, and fits. */
#include "mail/saslprep.h"

#include "mail/utf8.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char out[64], again[64], *text = fuzz_string(bytes, len);

	for (int store = 0; store < 2; store++)
		if (saslprep(out, sizeof out, text, store)) {
			assert(*out && strlen(out) < sizeof out && utf8_valid(out, strlen(out)));
			for (const char *c = out; *c; c++)
				assert((unsigned char)*c >= ' ' && *c != 0x7f);
			assert(!saslprep(again, sizeof again, out, store)
			       || strcmp(out, again) == 0);
		}
	free(text);
}
