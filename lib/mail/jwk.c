#include "mail/jwk.h"

#include "mail/base64.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 8192, P256_BYTES = 32 };

bool
base64url_decode(stralloc *out, const char *text, size_t len)
{
	stralloc plain = STRALLOC_ZERO;
	bool done = true;

	for (size_t i = 0; i < len && done; i++) {
		char c = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];

		done = text[i] != '+' && text[i] != '/' && text[i] != '='
		       && stralloc_append(&plain, c);
	}
	while (done && plain.len % 4)
		done = stralloc_append(&plain, '=');
	done = done && base64_decode(out, plain.s, plain.len);
	stralloc_free(&plain);
	return done;
}

static const char *
member(const json_t *key, const char *name)
{
	const char *text = json_string_value(json_object_get(key, name));

	return text ? text : "";
}

/* A member that may be missing, and else has to be this. */
static bool
agrees(const json_t *key, const char *name, const char *wanted)
{
	const json_t *value = json_object_get(key, name);

	return !value || (json_is_string(value) && strcmp(json_string_value(value), wanted) == 0);
}

static bool
may_verify(const json_t *key)
{
	const json_t *operations = json_object_get(key, "key_ops");

	if (!operations)
		return true;
	for (size_t i = 0; i < json_array_size(operations); i++) {
		const char *operation = json_string_value(json_array_get(operations, i));

		if (operation && strcmp(operation, "verify") == 0)
			return true;
	}
	return false;
}

bool
jwk_fits(const json_t *key, const char *algorithm)
{
	bool is_rsa = strcmp(algorithm, "RS256") == 0;

	return (is_rsa || strcmp(algorithm, "ES256") == 0)
	       && strcmp(member(key, "kty"), is_rsa ? "RSA" : "EC") == 0
	       && (is_rsa || strcmp(member(key, "crv"), "P-256") == 0)
	       && agrees(key, "alg", algorithm) && agrees(key, "use", "sig") && may_verify(key);
}

static bool
number_get(stralloc *out, const json_t *key, const char *name)
{
	const char *text = member(key, name);

	out->len = 0;
	return *text && base64url_decode(out, text, strlen(text));
}

/* DER: tag, length, content. What we make has less than 64 KiB. */
static bool
der_add(stralloc *out, unsigned char tag, const char *bytes, size_t len)
{
	unsigned char head[4] = { tag, (unsigned char)len };
	size_t head_len = 2;

	if (len > 0xff) {
		head[1] = 0x82;
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
		head_len = 4;
	} else if (len > 0x7f) {
		head[1] = 0x81;
		head[2] = (unsigned char)len;
		head_len = 3;
	}
	return stralloc_catb(out, (const char *)head, head_len)
	       && (!len || stralloc_catb(out, bytes, len));
}

/* A positive INTEGER, without leading zeros but the one that keeps it positive. */
static bool
der_add_integer(stralloc *out, const char *bytes, size_t len)
{
	stralloc number = STRALLOC_ZERO;
	bool done;

	while (len > 1 && !*bytes) {
		bytes++;
		len--;
	}
	done = (!len || !((unsigned char)*bytes & 0x80) || stralloc_append(&number, 0))
	       && stralloc_catb(&number, bytes, len) && der_add(out, 0x02, number.s, number.len);
	stralloc_free(&number);
	return done && len;
}

/* SubjectPublicKeyInfo: libcrypto and LibreSSL read both kinds of keys in this form alike. */
static bool
spki_add(stralloc *out, const char *algorithm, size_t algorithm_len, const stralloc *key)
{
	stralloc bits = STRALLOC_ZERO, content = STRALLOC_ZERO;
	bool done = stralloc_append(&bits, 0) && stralloc_catb(&bits, key->s, key->len)
	            && der_add(&content, 0x30, algorithm, algorithm_len)
	            && der_add(&content, 0x03, bits.s, bits.len)
	            && der_add(out, 0x30, content.s, content.len);

	stralloc_free(&bits);
	stralloc_free(&content);
	return done;
}

static bool
rsa_spki(stralloc *out, const json_t *key)
{
	static const char algorithm[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
	stralloc number = STRALLOC_ZERO, numbers = STRALLOC_ZERO, pair = STRALLOC_ZERO;
	bool done = number_get(&number, key, "n") && number.len <= RSA_MAX_BITS / 8 + 1
	            && der_add_integer(&numbers, number.s, number.len)
	            && number_get(&number, key, "e") && number.len <= 8
	            && der_add_integer(&numbers, number.s, number.len)
	            && der_add(&pair, 0x30, numbers.s, numbers.len)
	            && spki_add(out, algorithm, sizeof algorithm - 1, &pair);

	stralloc_free(&number);
	stralloc_free(&numbers);
	stralloc_free(&pair);
	return done;
}

static bool
p256_spki(stralloc *out, const json_t *key)
{
	static const char algorithm[] = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	                                "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
	stralloc number = STRALLOC_ZERO, point = STRALLOC_ZERO;
	bool done = stralloc_append(&point, 4) /* uncompressed */
	            && number_get(&number, key, "x") && number.len == P256_BYTES
	            && stralloc_cat(&point, &number) && number_get(&number, key, "y")
	            && number.len == P256_BYTES && stralloc_cat(&point, &number)
	            && spki_add(out, algorithm, sizeof algorithm - 1, &point);

	stralloc_free(&number);
	stralloc_free(&point);
	return done;
}

static EVP_PKEY *
public_key(const json_t *key, bool is_rsa, const char **why)
{
	stralloc spki = STRALLOC_ZERO;
	EVP_PKEY *made = NULL;

	*why = "the key in the set is broken";
	if (is_rsa ? rsa_spki(&spki, key) : p256_spki(&spki, key)) {
		const unsigned char *bytes = (const unsigned char *)spki.s;

		made = d2i_PUBKEY(NULL, &bytes, (long)spki.len);
	}
	stralloc_free(&spki);
	if (made && is_rsa && EVP_PKEY_bits(made) < RSA_MIN_BITS) {
		*why = "the key in the set has less than 2048 bits";
		EVP_PKEY_free(made);
		return NULL;
	}
	return made;
}

/* RFC 7518 3.4 has r and s side by side; libcrypto wants a SEQUENCE of them. */
static bool
ecdsa_signature(stralloc *out, const stralloc *signature)
{
	stralloc pair = STRALLOC_ZERO;
	bool done = signature->len == 2 * P256_BYTES
	            && der_add_integer(&pair, signature->s, P256_BYTES)
	            && der_add_integer(&pair, signature->s + P256_BYTES, P256_BYTES)
	            && der_add(out, 0x30, pair.s, pair.len);

	stralloc_free(&pair);
	return done;
}

bool
jwk_verify(const json_t *key, const char *algorithm, const char *text, size_t len,
           const stralloc *signature, const char **why)
{
	bool is_rsa = strcmp(algorithm, "RS256") == 0, right = false;
	EVP_PKEY *public = public_key(key, is_rsa, why);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	stralloc form = STRALLOC_ZERO;

	if (!public)
		goto out;
	*why = "its signature is wrong";
	if (digest && (is_rsa ? stralloc_copy(&form, signature) : ecdsa_signature(&form, signature))
	    && EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, public) == 1)
		right = EVP_DigestVerify(digest, (const unsigned char *)form.s, form.len,
		                         (const unsigned char *)text, len)
		        == 1;
out:
	stralloc_free(&form);
	EVP_MD_CTX_free(digest);
	EVP_PKEY_free(public);
	return right;
}
