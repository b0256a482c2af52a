/* SCRAM, the client's side: no server gets our proof for another nonce, or proves itself by chance. */
#include "mail/scram_client.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 300 };

static void
fuzz(char *bytes, size_t len)
{
	struct scram_client scram = { .first = STRALLOC_ZERO };
	stralloc out = STRALLOC_ZERO;
	unsigned int sum = 0;

	assert(scram_client_first(&scram, "user", "012345678901234567", &out));
	for (size_t i = 0; i < len; i++)
		sum += (unsigned char)bytes[i];
	/* Work is bounded, but not for a fuzzer's patience: one in 64 that asks for the least has its way. */
	if (!memmem(bytes, len, "i=", 2) || (memmem(bytes, len, "i=4096", 6) && sum % 64 == 0)) {
		out.len = 0;
		if (scram_client_final(&scram, "pencil", bytes, len, &out))
			assert(memmem(bytes, len, "MDEyMzQ1Njc4OTAxMjM0NTY3", 24));
		assert(!scram_client_check(&scram, bytes, len));
	}
	scram_client_free(&scram);
	stralloc_free(&out);
}
