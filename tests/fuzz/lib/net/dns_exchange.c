/* Whose answer is that: the first bytes are a query of that length, the rest an answer to it, or not. */
#include "net/dns_exchange.h"

#include "fuzz/fuzz.h"

enum { QUERY = 12 + 8 + 4 };

static void
fuzz(char *bytes, size_t len)
{
	unsigned char query[QUERY], *copy;
	const unsigned char *answer = (const unsigned char *)bytes + QUERY;

	if (len < QUERY)
		return;
	memcpy(query, bytes, QUERY);
	len -= QUERY;
	if (dns_exchange_fits(query, QUERY, answer, len)) {
		assert(len >= QUERY && answer[2] & 0x80);
		assert(memcmp(query, answer, 2) == 0 && memcmp(query + 4, answer + 4, 2) == 0);
		for (size_t i = DNS_HEADER; i < QUERY; i++)
			assert((query[i] | 0x20) == (answer[i] | 0x20));
	}
	/* A query sent back is none; with the bit of an answer it is one. */
	copy = malloc(QUERY);
	assert(copy);
	memcpy(copy, query, QUERY);
	copy[2] |= 0x80;
	assert(dns_exchange_fits(query, QUERY, copy, QUERY));
	copy[2] &= 0x7f;
	assert(!dns_exchange_fits(query, QUERY, copy, QUERY));
	free(copy);
}
