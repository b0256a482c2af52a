#include "mail/scram_client.h"

#include "mail/base64.h"
#include "mail/scram.h"

#include <string.h>

bool
scram_client_first(struct scram_client *scram, const char *login,
                   const char nonce[SCRAM_CLIENT_NONCE_BYTES], stralloc *out)
{
	bool done = stralloc_copys(&scram->first, "n=");

	for (; done && *login; login++)
		done = *login == ','   ? stralloc_cats(&scram->first, "=2C")
		       : *login == '=' ? stralloc_cats(&scram->first, "=3D")
		                       : stralloc_append(&scram->first, *login);
	done = done && stralloc_cats(&scram->first, ",r=");
	scram->nonce_at = scram->first.len;
	return done && base64_encode(&scram->first, nonce, SCRAM_CLIENT_NONCE_BYTES)
	       && stralloc_cats(out, "n,,") && stralloc_catb(out, scram->first.s, scram->first.len);
}

/* Cuts "name=value" off the front, with the comma behind it. */
static bool
attribute(const char **text, size_t *len, char name, const char **value, size_t *value_len)
{
	const char *comma;

	if (*len < 2 || (*text)[0] != name || (*text)[1] != '=')
		return false;
	*value = *text + 2;
	comma = memchr(*text, ',', *len);
	*value_len = (comma ? (size_t)(comma - *text) : *len) - 2;
	*len -= *value_len + 2 + (comma != NULL);
	*text += *value_len + 2 + (comma != NULL);
	return true;
}

static bool
iterations_read(const char *text, size_t len, unsigned int *out)
{
	*out = 0;
	if (!len || len > 7)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (unsigned int)(text[i] - '0');
	}
	return *out >= SCRAM_ITERATIONS_MIN && *out <= SCRAM_CLIENT_ITERATIONS_MAX;
}

/* From the salted password: our proof into proof, the server's to be into scram. RFC 5802 3 */
static void
proofs_make(struct scram_client *scram, const char salted[SHA256_BYTES], char proof[SHA256_BYTES])
{
	char key[SHA256_BYTES], stored[SHA256_BYTES], signature[SHA256_BYTES];

	hmac_of(key, salted, SHA256_BYTES, "Client Key", 10);
	sha256_of(stored, key, sizeof key);
	hmac_of(signature, stored, sizeof stored, scram->first.s, scram->first.len);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		proof[i] = (char)(key[i] ^ signature[i]);
	hmac_of(key, salted, SHA256_BYTES, "Server Key", 10);
	hmac_of(scram->proof, key, sizeof key, scram->first.s, scram->first.len);
	explicit_bzero(key, sizeof key);
	explicit_bzero(stored, sizeof stored);
}

bool
scram_client_final(struct scram_client *scram, const char *password, const char *message,
                   size_t len, stralloc *out)
{
	const char *rest = message, *nonce, *salt, *count;
	size_t left = len, nonce_len, salt_len, count_len,
	       own_len = scram->first.len - scram->nonce_at;
	char salted[SHA256_BYTES], proof[SHA256_BYTES];
	stralloc bytes = STRALLOC_ZERO;
	unsigned int iterations;
	bool done;

	/* Nothing may stand before the nonce that we don't know; what stands behind is ignored. */
	if (!attribute(&rest, &left, 'r', &nonce, &nonce_len)
	    || !attribute(&rest, &left, 's', &salt, &salt_len)
	    || !attribute(&rest, &left, 'i', &count, &count_len)
	    || !iterations_read(count, count_len, &iterations) || nonce_len <= own_len
	    || memcmp(nonce, scram->first.s + scram->nonce_at, own_len) != 0
	    || !base64_decode(&bytes, salt, salt_len))
		return false;
	pbkdf2(salted, password, strlen(password), bytes.s, bytes.len, iterations);
	stralloc_free(&bytes);
	done = stralloc_cats(&scram->first, ",") && stralloc_catb(&scram->first, message, len)
	       && stralloc_cats(&scram->first, ",c=biws,r=")
	       && stralloc_catb(&scram->first, nonce, nonce_len);
	if (done)
		proofs_make(scram, salted, proof);
	explicit_bzero(salted, sizeof salted);
	return done && stralloc_cats(out, "c=biws,r=") && stralloc_catb(out, nonce, nonce_len)
	       && stralloc_cats(out, ",p=") && base64_encode(out, proof, sizeof proof);
}

bool
scram_client_check(const struct scram_client *scram, const char *message, size_t len)
{
	stralloc bytes = STRALLOC_ZERO;
	const char *value;
	size_t value_len;
	bool same = attribute(&message, &len, 'v', &value, &value_len)
	            && base64_decode(&bytes, value, value_len) && bytes.len == SHA256_BYTES
	            && equal_bytes(bytes.s, scram->proof, SHA256_BYTES);

	stralloc_free(&bytes);
	return same;
}

void
scram_client_free(struct scram_client *scram)
{
	if (scram->first.s)
		explicit_bzero(scram->first.s, scram->first.len);
	stralloc_free(&scram->first);
	explicit_bzero(scram, sizeof *scram);
}
