#include "net/tls_verify.h"

#include "net/tls_chain.h"

#include <openssl/err.h>

#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <tls.h>

#define SYSTEM_FOLDER "/etc/ssl/certs"

enum { HASH_LEN = 8 /* of a name in a folder, without the number behind it */ };

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

/* As the log and the sender of the mail read it. */
static const char *
reason_text(int reason)
{
	switch (reason) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return "the certificate is for another name";
	default: return X509_verify_cert_error_string(reason);
	}
}

const char *
tls_verify(const uint8_t *pem, size_t len, const char *const *names, size_t count, const char *ca,
           const char **type)
{
	STACK_OF(X509) *chain = tls_chain_read(pem, len);
	X509_STORE *store = X509_STORE_new();
	const char *why = NULL;

	*type = "validation-failure";
	if (!chain || !store)
		why = "the peer's certificates cannot be read";
	else if (!store_add(store, ca ? ca : system_ca()))
		why = "our file of CA certificates cannot be read";
	else {
		int reason = tls_chain_judge(store, chain, names, count, false);

		*type = tls_chain_type(reason);
		if (reason != X509_V_OK)
			why = reason_text(reason);
	}
	ERR_clear_error();
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	return why;
}
