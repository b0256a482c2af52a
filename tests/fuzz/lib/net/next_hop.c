/* The lines of mx-find: a name that comes out can stand on a command line, an address is one. */
#include "net/next_hop.h"

#include "fuzz/fuzz.h"

#include <arpa/inet.h>

static void
check(const struct next_hops *hops)
{
	unsigned char address[sizeof(struct in6_addr)];

	assert(hops->count <= NEXT_HOPS_MAX && hops->tlsa_count <= NEXT_TLSA_MAX);
	for (size_t i = 0; i < hops->tlsa_count; i++)
		assert(fuzz_printable(hops->tlsa[i].record, strlen(hops->tlsa[i].record))
		       && fuzz_printable(hops->tlsa[i].base, strlen(hops->tlsa[i].base))
		       && !strchr(hops->tlsa[i].base, ' '));
	assert(!hops->domain || fuzz_printable(hops->domain, strlen(hops->domain)));
	for (size_t i = 0; i < hops->count; i++) {
		const struct next_hop *hop = &hops->list[i];

		assert(strlen(hop->name) < NEXT_HOP_NAME_MAX && *hop->name && *hop->name != '-');
		assert(fuzz_printable(hop->name, strlen(hop->name)) && !strchr(hop->name, ' '));
		assert(inet_pton(AF_INET, hop->address, address) == 1
		       || inet_pton(AF_INET6, hop->address, address) == 1);
	}
}

static void
fuzz(char *bytes, size_t len)
{
	static struct next_hops hops;
	char *answer = fuzz_string(bytes, len);

	if (next_hops_literal(&hops, answer))
		check(&hops);
	next_hops_read(&hops, answer);
	check(&hops);
	assert(hops.complete || hops.trouble.code >= 400);
	free(answer);
}
