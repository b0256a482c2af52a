#include "net/tls_dane.h"

#include "net/tls_chain.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <string.h>

/* Compares the bytes, or their hash, with those of the record. */
static bool
bytes_match(const unsigned char *bytes, size_t len, const struct tlsa *record)
{
	unsigned char hash[SHA512_DIGEST_LENGTH];

	switch (record->matching) {
	case TLSA_FULL: return len == record->len && memcmp(bytes, record->data, len) == 0;
	case TLSA_SHA256:
		return SHA256(bytes, len, hash)
		       && memcmp(hash, record->data, SHA256_DIGEST_LENGTH) == 0;
	case TLSA_SHA512:
		return SHA512(bytes, len, hash)
		       && memcmp(hash, record->data, SHA512_DIGEST_LENGTH) == 0;
	default: return false;
	}
}

static bool
certificate_matches(X509 *certificate, const struct tlsa *record)
{
	unsigned char *der = NULL;
	int len = record->selector == TLSA_KEY
	              ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der)
	              : i2d_X509(certificate, &der);
	bool matches = len > 0 && bytes_match(der, (size_t)len, record);

	OPENSSL_free(der);
	return matches;
}

/* A whole certificate of an authority, which the server need not show then. */
static bool
authority_add(X509_STORE *store, const struct tlsa *record)
{
	const unsigned char *at = record->data;
	X509 *certificate;
	bool added;

	if (record->selector != TLSA_CERTIFICATE || record->matching != TLSA_FULL)
		return false;
	certificate = d2i_X509(NULL, &at, (long)record->len);
	added = certificate && X509_STORE_add_cert(store, certificate);
	X509_free(certificate);
	return added;
}

/* The authorities that the records name. The server's own certificate is never one (RFC 7671 5.2). */
static bool
authorities_find(X509_STORE *store, STACK_OF(X509) * chain, const struct tls_expected *expected)
{
	bool any = false;

	for (size_t i = 0; i < expected->record_count; i++) {
		const struct tlsa *record = &expected->records[i];

		if (record->usage != TLSA_USAGE_TA || !tlsa_is_usable(record)
		    || tlsa_is_outdone(record, expected->records, expected->record_count))
			continue;
		any |= authority_add(store, record);
		for (int j = 1; j < sk_X509_num(chain); j++)
			if (X509_cmp(sk_X509_value(chain, j), sk_X509_value(chain, 0)) != 0
			    && certificate_matches(sk_X509_value(chain, j), record))
				any |= X509_STORE_add_cert(store, sk_X509_value(chain, j)) == 1;
	}
	return any;
}

static bool
is_named_itself(X509 *certificate, const struct tls_expected *expected)
{
	for (size_t i = 0; i < expected->record_count; i++) {
		const struct tlsa *record = &expected->records[i];

		if (record->usage == TLSA_USAGE_EE && tlsa_is_usable(record)
		    && !tlsa_is_outdone(record, expected->records, expected->record_count)
		    && certificate_matches(certificate, record))
			return true;
	}
	return false;
}

const char *
tls_dane(const uint8_t *pem, size_t len, const struct tls_expected *expected, const char **type)
{
	STACK_OF(X509) *chain = tls_chain_read(pem, len);
	X509_STORE *store = X509_STORE_new();
	const char *why = NULL;

	*type = "validation-failure";
	if (!chain || !store) {
		why = "the peer's certificates cannot be read";
	} else if (!is_named_itself(sk_X509_value(chain, 0), expected)) {
		why = "the certificate is none of those in its TLSA records";
		if (authorities_find(store, chain, expected)) {
			int reason = tls_chain_judge(store, chain, expected->names,
			                             expected->name_count, true);

			why = reason == X509_V_OK ? NULL : X509_verify_cert_error_string(reason);
			*type = tls_chain_type(reason);
		}
	}
	ERR_clear_error();
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	return why;
}
