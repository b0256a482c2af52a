#include "net/tls_facts.h"

#include "base/record.h"
#include "mail/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "SSL_PROTOCOL", "SSL_CIPHER", "SSL_TLS_SNI_SERVERNAME",
	                             "SSL_PEER_CERT_HASH", "SSL_PEER_CERT_SUBJECT" };

static bool
is_printable(const char *value)
{
	size_t len = strnlen(value, TLS_FACT_MAX_BYTES + 1);

	if (len > TLS_FACT_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return true;
}

bool
tls_fact_add(stralloc *facts, const char *name, const char *value)
{
	if (!value || !is_printable(value))
		return true;
	return stralloc_cats(facts, name) && stralloc_append(facts, '=')
	       && stralloc_cats(facts, value) && stralloc_0(facts);
}

bool
tls_fact_add_domain(stralloc *facts, const char *name, const char *value)
{
	struct in_addr ip4;

	if (!value || *value == '[' || inet_pton(AF_INET, value, &ip4) == 1
	    || !domain_valid(value, strlen(value), false))
		return true;
	return tls_fact_add(facts, name, value);
}

const char *
tls_fact_get(const char *facts, size_t len, const char *name)
{
	size_t at = 0, name_len = strlen(name);
	const char *fact;

	while ((fact = record_next(facts, len, &at)) != NULL)
		if (strncmp(fact, name, name_len) == 0 && fact[name_len] == '=')
			return fact + name_len + 1;
	return NULL;
}

bool
tls_facts_environ(const char *facts, size_t len)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = tls_fact_get(facts, len, names[i]);

		if (value ? setenv(names[i], value, 1) : unsetenv(names[i]))
			return false;
	}
	return true;
}
