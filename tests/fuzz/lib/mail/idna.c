/* Domain names outside ASCII: what comes out is a domain, and is itself the next time. */
#include "mail/idna.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char once[DOMAIN_MAX + 1], twice[DOMAIN_MAX + 1];
	char *name = fuzz_string(bytes, len);

	if (idna_to_ascii(once, name)) {
		assert(domain_valid(once, strlen(once), false));
		assert(idna_to_ascii(twice, once) && strcmp(once, twice) == 0);
	}
	free(name);
}
