#include "net/tls_chain.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <string.h>

enum {
	CHAIN_MAX = 32,     /* certificates */
	SECURITY_LEVEL = 2, /* 112 bits: no SHA-1, no RSA key below 2048 bits; RFC 9325 4.5 */
};

STACK_OF(X509) * tls_chain_read(const uint8_t *pem, size_t len)
{
	BIO *bio = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *certificate;

	while (bio && chain && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_num(chain) == CHAIN_MAX || !sk_X509_push(chain, certificate)) {
			X509_free(certificate);
			sk_X509_pop_free(chain, X509_free);
			chain = NULL;
		}
	ERR_clear_error(); /* the end of the text is one, too */
	BIO_free(bio);
	if (chain && sk_X509_num(chain) == 0) {
		sk_X509_free(chain);
		return NULL;
	}
	return chain;
}

static bool
names_set(X509_VERIFY_PARAM *param, const char *const *names, size_t count)
{
	bool done = count > 0;

	for (size_t i = 0; done && i < count; i++)
		done = X509_VERIFY_PARAM_add1_host(param, names[i], strlen(names[i]));
	return done;
}

int
tls_chain_judge(X509_STORE *store, STACK_OF(X509) * chain, const char *const *names, size_t count,
                bool partial)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int reason = X509_V_ERR_OUT_OF_MEM;

	if (ctx && X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain)) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
		X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		if (partial)
			X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		if (X509_STORE_CTX_set_default(ctx, "ssl_server")
		    && names_set(param, names, count)) {
			bool good = X509_verify_cert(ctx) == 1;

			reason = X509_STORE_CTX_get_error(ctx);
			if (!good && reason == X509_V_OK)
				reason = X509_V_ERR_UNSPECIFIED;
		}
	}
	X509_STORE_CTX_free(ctx);
	return reason;
}

const char *
tls_chain_type(int reason)
{
	switch (reason) {
	case X509_V_ERR_HOSTNAME_MISMATCH: return "certificate-host-mismatch";
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID: return "certificate-expired";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED: return "certificate-not-trusted";
	default: return "validation-failure";
	}
}
