/* SCRAM: nobody gets in by words alone; keys that are read are written as they were. */
#include "mail/scram.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static struct scram scram;
	static struct scram_keys keys, parsed;
	const char *half = memchr(bytes, '\n', len);
	size_t first = half ? (size_t)(half - bytes) : len;
	stralloc text = STRALLOC_ZERO;
	char proof[64];

	if (!keys.iterations)
		scram_keys_make(&keys, "pencil", "0123456789abcdef", 16, SCRAM_ITERATIONS_MIN);
	if (scram_first(&scram, bytes, first)) {
		assert(*scram.name && strlen(scram.name) <= SCRAM_NAME_MAX);
		assert(scram.nonce >= scram.first
		       && scram.nonce + scram.nonce_len <= scram.first + scram.first_len);
		assert(scram_answer(&scram, &keys, "012345678901234567"));
		assert(strlen(scram.keyed) == scram.keyed_len
		       && scram.keyed_len < sizeof scram.keyed);
		assert(!scram_final(&scram, bytes + first, len - first, proof));
		assert(!half || !scram_final(&scram, half + 1, len - first - 1, proof));
	}
	if (scram_keys_parse(&parsed, bytes, len)) {
		assert(parsed.iterations >= SCRAM_ITERATIONS_MIN
		       && parsed.salt_len <= SCRAM_SALT_MAX);
		assert(scram_keys_format(&text, &parsed));
		assert(scram_keys_parse(&keys, text.s, text.len)
		       && keys.iterations == parsed.iterations);
		keys.iterations = 0;
	}
	stralloc_free(&text);
}
