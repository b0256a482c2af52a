/* Networks: an address is in its own network, and in none that cannot be read. */
#include "mail/network.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	const char *rest = bytes;
	char *address = fuzz_next(&rest, &len), *copy = fuzz_piece(rest, len);
	char network[NETWORK_TEXT_MAX];

	assert(!network_has(copy, len, address) || network_valid(copy, len));
	if (network_is_public(address))
		assert(network_has(address, strlen(address), address));
	network_of(network, address);
	assert(strlen(network) < sizeof network);
	if (*network) {
		assert(network_valid(network, strlen(network)));
		assert(network_has(network, strlen(network), address));
	}
	free(address);
	free(copy);
}
