#include "net/tls_verify.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <tls.h>

#define SYSTEM_FOLDER "/etc/ssl/certs"

enum {
	CHAIN_MAX = 32,     /* certificates */
	HASH_LEN = 8,       /* of a name in a folder, without the number behind it */
	SECURITY_LEVEL = 2, /* 112 bits: no SHA-1, no RSA key below 2048 bits; RFC 9325 4.5 */
};

/* The PEM certificates in the order they came in. NULL: none, too many, or no memory. */
static STACK_OF(X509) * chain_read(const uint8_t *pem, size_t len)
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

/* Returns X509_V_OK or the reason against it. */
static int
chain_judge(X509_STORE *store, STACK_OF(X509) * chain, const char *host)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int reason = X509_V_ERR_OUT_OF_MEM;

	if (ctx && X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain)) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
		X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		if (X509_STORE_CTX_set_default(ctx, "ssl_server")
		    && X509_VERIFY_PARAM_set1_host(param, host, strlen(host))) {
			bool good = X509_verify_cert(ctx) == 1;

			reason = X509_STORE_CTX_get_error(ctx);
			if (!good && reason == X509_V_OK)
				reason = X509_V_ERR_UNSPECIFIED;
		}
	}
	X509_STORE_CTX_free(ctx);
	return reason;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where a distribution has no hashed names in its folder, the library's file has to be read. */
static const char *
system_ca(void)
{
	DIR *folder = opendir(SYSTEM_FOLDER);
	const struct dirent *entry;
	bool hashed = false;

	while (folder && !hashed && (entry = readdir(folder)) != NULL)
		hashed = strspn(entry->d_name, "0123456789abcdef") == HASH_LEN
		         && strcmp(entry->d_name + HASH_LEN, ".0") == 0;
	if (folder)
		closedir(folder);
	return hashed ? SYSTEM_FOLDER : tls_default_ca_cert_file();
}

static bool
store_add(X509_STORE *store, const char *ca)
{
	return is_folder(ca) ? X509_STORE_load_locations(store, NULL, ca)
	                     : X509_STORE_load_locations(store, ca, NULL);
}

const char *
tls_verify(const uint8_t *pem, size_t len, const char *host, const char *ca)
{
	STACK_OF(X509) *chain = chain_read(pem, len);
	X509_STORE *store = X509_STORE_new();
	const char *why = NULL;

	if (!chain || !store)
		why = "the peer's certificates cannot be read";
	else if (!store_add(store, ca ? ca : system_ca()))
		why = "our file of CA certificates cannot be read";
	else {
		int reason = chain_judge(store, chain, host);

		if (reason != X509_V_OK)
			why = X509_verify_cert_error_string(reason);
	}
	ERR_clear_error();
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	return why;
}
