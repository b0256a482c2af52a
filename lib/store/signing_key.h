/*
 * signing_key - a private key that signs digests: RSA or Ed25519, in a PEM file (RFC 8301, 8463)
 *
 * All that we have of libcrypto for signatures. Compiles with OpenSSL 3 and with LibreSSL.
 */
#ifndef STORE_SIGNING_KEY_H
#define STORE_SIGNING_KEY_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	SIGNING_RSA_LEAST = 1024, /* bits; RFC 8301 3.2 */
	SIGNING_RSA_MOST = 4096,  /* what every verifier must take */
	SIGNING_RSA_NEW = 2048,   /* of a key that we make */
	SIGNING_DIGEST_BYTES = 32,
	SIGNING_FILE_MAX = 16 << 10,
};

struct signing_key; /* holds the secret while it lives */

enum signing_type { SIGNING_RSA, SIGNING_ED25519 };

/*
 * signing_key_read - take a key out of the text of a PEM file
 *
 * pem      the caller's to wipe
 * why      set on failure: what is wrong, for people
 * returns  NULL: why
 */
struct signing_key *signing_key_read(const char *pem, size_t len, const char **why);

/* Makes a new key. NULL: libcrypto cannot. */
struct signing_key *signing_key_make(enum signing_type type);

void signing_key_free(struct signing_key *key);

enum signing_type signing_key_type(const struct signing_key *key);

/* Appends the PEM form (PKCS #8); wipe it. false: no memory. */
bool signing_key_write(const struct signing_key *key, stralloc *pem);

/* Appends the public half in base64, as a DKIM record has it. false: no memory. */
bool signing_key_public(const struct signing_key *key, stralloc *out);

/*
 * signing_key_sign - append the signature of a SHA-256 digest, in base64
 *
 * RSA: RSASSA-PKCS1-v1_5 (RFC 6376 3.3); Ed25519: the digest is the message (RFC 8463 3).
 * returns  false: libcrypto failed, or no memory
 */
bool signing_key_sign(const struct signing_key *key, const char digest[SIGNING_DIGEST_BYTES],
                      stralloc *out);

#endif
