/* Facts of a TLS program: what is in the list is found, and what is no plain text was left out. */
#include "net/tls_facts.h"

#include "base/record.h"
#include "net/tls_child.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static struct tls_child child;
	stralloc facts = STRALLOC_ZERO;
	const char *at = bytes;
	size_t left = len;
	char *name = fuzz_next(&at, &left), *value = fuzz_next(&at, &left);

	for (int verify = 0; verify < 2; verify++) {
		const struct tls_order order = { .policy = verify ? "verify" : "may",
			                         .proof = "verified" };

		child = (struct tls_child){ .fd = -1 };
		if (tls_child_facts(&child, bytes, len, &order))
			assert(*child.protocol && !strchr(child.protocol, ' ')
			       && fuzz_printable(child.protocol, strlen(child.protocol))
			       && fuzz_printable(child.cipher, strlen(child.cipher))
			       && (child.verified || !verify));
		else
			assert(*child.error && fuzz_printable(child.error, strlen(child.error)));
	}
	tls_fact_get(bytes, record_list_len(bytes, len), "SSL_PROTOCOL");
	assert(tls_fact_add(&facts, "SSL_TLS_SNI_SERVERNAME", value)
	       && tls_fact_add_domain(&facts, "SSL_PEER_CERT_SUBJECT", name) && record_end(&facts));
	assert(record_list_len(facts.s, facts.len) == facts.len);
	assert(!tls_fact_get(facts.s, facts.len, "SSL_TLS_SNI_SERVERNAME")
	       || fuzz_printable(value, strlen(value)));
	free(name);
	free(value);
	stralloc_free(&facts);
}
