#include "store/signing_key.h"

#include "mail/base64.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

enum { SIGNATURE_MAX = SIGNING_RSA_MOST / CHAR_BIT, ED25519_BYTES = 32 };

/* One and the same thing, under a name that needs no header of libcrypto. */
static EVP_PKEY *
inner(const struct signing_key *key)
{
	return (EVP_PKEY *)(uintptr_t)key;
}

/* A key in a file is ours to read, not to ask a terminal about. */
static int
no_password(char *out, int size, int writing, void *of)
{
	(void)out, (void)size, (void)writing, (void)of;
	return -1;
}

struct signing_key *
signing_key_read(const char *pem, size_t len, const char **why)
{
	BIO *file = len <= SIGNING_FILE_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, no_password, NULL) : NULL;

	BIO_free(file);
	*why = NULL;
	if (!key)
		*why = "it is no private key in PEM form, or it has a passphrase";
	else if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) < SIGNING_RSA_LEAST)
		*why = "it is an RSA key of less than 1024 bits, which nobody accepts";
	else if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) > SIGNING_RSA_MOST)
		*why = "it is an RSA key of more than 4096 bits, which few accept";
	else if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA && EVP_PKEY_base_id(key) != EVP_PKEY_ED25519)
		*why = "it is neither an RSA nor an Ed25519 key";
	if (!*why)
		return (struct signing_key *)key;
	EVP_PKEY_free(key);
	return NULL;
}

struct signing_key *
signing_key_make(enum signing_type type)
{
	EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_id(type == SIGNING_RSA ? EVP_PKEY_RSA : EVP_PKEY_ED25519, NULL);
	EVP_PKEY *key = NULL;

	if (context && EVP_PKEY_keygen_init(context) > 0
	    && (type != SIGNING_RSA
	        || EVP_PKEY_CTX_set_rsa_keygen_bits(context, SIGNING_RSA_NEW) > 0)
	    && EVP_PKEY_keygen(context, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return (struct signing_key *)key;
}

void
signing_key_free(struct signing_key *key)
{
	EVP_PKEY_free(inner(key)); /* which wipes it */
}

enum signing_type
signing_key_type(const struct signing_key *key)
{
	return EVP_PKEY_base_id(inner(key)) == EVP_PKEY_RSA ? SIGNING_RSA : SIGNING_ED25519;
}

bool
signing_key_write(const struct signing_key *key, stralloc *pem)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *bytes;
	long len;
	bool done =
	    text && PEM_write_bio_PKCS8PrivateKey(text, inner(key), NULL, NULL, 0, NULL, NULL) > 0
	    && (len = BIO_get_mem_data(text, &bytes)) > 0 && stralloc_catb(pem, bytes, (size_t)len);

	if (done)
		OPENSSL_cleanse(bytes, (size_t)len);
	BIO_free(text);
	return done;
}

/* Of RSA the whole SubjectPublicKeyInfo (RFC 6376 3.6.1), of Ed25519 the 32 bytes (RFC 8463 4.2). */
bool
signing_key_public(const struct signing_key *key, stralloc *out)
{
	unsigned char raw[ED25519_BYTES], *info = NULL;
	size_t len = sizeof raw;
	int info_len;
	bool done;

	if (signing_key_type(key) == SIGNING_ED25519)
		return EVP_PKEY_get_raw_public_key(inner(key), raw, &len) > 0
		       && base64_encode(out, (const char *)raw, len);
	info_len = i2d_PUBKEY(inner(key), &info);
	done = info_len > 0 && base64_encode(out, (const char *)info, (size_t)info_len);
	OPENSSL_free(info);
	return done;
}

static bool
sign_rsa(EVP_PKEY *key, const unsigned char *digest, unsigned char *out, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool done = context && EVP_PKEY_sign_init(context) > 0
	            && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0
	            && EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) > 0
	            && EVP_PKEY_sign(context, out, len, digest, SIGNING_DIGEST_BYTES) > 0;

	EVP_PKEY_CTX_free(context);
	return done;
}

static bool
sign_ed25519(EVP_PKEY *key, const unsigned char *digest, unsigned char *out, size_t *len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) > 0
	            && EVP_DigestSign(context, out, len, digest, SIGNING_DIGEST_BYTES) > 0;

	EVP_MD_CTX_free(context);
	return done;
}

bool
signing_key_sign(const struct signing_key *key, const char digest[SIGNING_DIGEST_BYTES],
                 stralloc *out)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof signature;
	bool (*sign)(EVP_PKEY *, const unsigned char *, unsigned char *, size_t *) =
	    signing_key_type(key) == SIGNING_RSA ? sign_rsa : sign_ed25519;

	return sign(inner(key), (const unsigned char *)digest, signature, &len)
	       && base64_encode(out, (const char *)signature, len);
}
