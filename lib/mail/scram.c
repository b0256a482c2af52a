#include "mail/scram.h"

#include "mail/base64.h"

#include <skalibs/types.h>

#include <string.h>

static const char scheme[] = "SCRAM-SHA-256$";

static void
server_keys(struct scram_keys *out, const char salted[SHA256_BYTES])
{
	char client[SHA256_BYTES];

	hmac_of(client, salted, SHA256_BYTES, "Client Key", 10);
	sha256_of(out->stored, client, sizeof client);
	hmac_of(out->server, salted, SHA256_BYTES, "Server Key", 10);
	explicit_bzero(client, sizeof client);
}

void
scram_keys_make(struct scram_keys *out, const char *password, const char *salt, size_t salt_len,
                unsigned int iterations)
{
	char salted[SHA256_BYTES];

	out->iterations = iterations;
	out->salt_len = salt_len;
	memcpy(out->salt, salt, salt_len);
	pbkdf2(salted, password, strlen(password), salt, salt_len, iterations);
	server_keys(out, salted);
	explicit_bzero(salted, sizeof salted);
}

void
scram_keys_pretend(struct scram_keys *out, const char *secret, size_t len, const char *login,
                   unsigned int iterations)
{
	char made[SHA256_BYTES];

	hmac_of(made, secret, len, login, strlen(login));
	memset(out, 0, sizeof *out);
	out->iterations = iterations;
	out->salt_len = SCRAM_SALT_BYTES;
	memcpy(out->salt, made, SCRAM_SALT_BYTES);
	/* No password has these. */
	hmac_of(out->stored, secret, len, made, sizeof made);
	hmac_of(out->server, secret, len, out->stored, SHA256_BYTES);
}

bool
scram_keys_format(stralloc *out, const struct scram_keys *keys)
{
	char number[UINT_FMT];

	number[uint_fmt(number, keys->iterations)] = 0;
	return stralloc_cats(out, scheme) && stralloc_cats(out, number) && stralloc_append(out, ':')
	       && base64_encode(out, keys->salt, keys->salt_len) && stralloc_append(out, '$')
	       && base64_encode(out, keys->stored, SHA256_BYTES) && stralloc_append(out, ':')
	       && base64_encode(out, keys->server, SHA256_BYTES);
}

/* base64 into a buffer; returns the length, 0: not base64, empty, or longer than max. */
static size_t
bytes_get(char *out, size_t max, const char *text, size_t len)
{
	stralloc bytes = STRALLOC_ZERO;
	size_t got = 0;

	if (base64_decode(&bytes, text, len) && bytes.len <= max) {
		memcpy(out, bytes.s, bytes.len);
		got = bytes.len;
	}
	stralloc_free(&bytes);
	return got;
}

/* Cuts a part off, up to the byte end or, where that is 0, all; false: end is not there. */
static bool
part(const char **text, size_t *len, char end, const char **out, size_t *out_len)
{
	const char *at = end ? memchr(*text, end, *len) : *text + *len;

	if (!at)
		return false;
	*out = *text;
	*out_len = (size_t)(at - *text);
	*len -= *out_len + (end != 0);
	*text = at + (end != 0);
	return true;
}

static bool
iterations_get(unsigned int *out, const char *text, size_t len)
{
	*out = 0;
	if (!len || len > 8)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (unsigned int)(text[i] - '0');
	}
	return *out >= SCRAM_ITERATIONS_MIN && *out <= SCRAM_ITERATIONS_MAX;
}

bool
scram_keys_parse(struct scram_keys *out, const char *text, size_t len)
{
	const char *iterations, *salt, *stored, *server;
	size_t iterations_len, salt_len, stored_len, server_len;

	memset(out, 0, sizeof *out);
	if (len < sizeof scheme - 1 || memcmp(text, scheme, sizeof scheme - 1) != 0)
		return false;
	text += sizeof scheme - 1;
	len -= sizeof scheme - 1;
	if (!part(&text, &len, ':', &iterations, &iterations_len)
	    || !part(&text, &len, '$', &salt, &salt_len)
	    || !part(&text, &len, ':', &stored, &stored_len)
	    || !part(&text, &len, 0, &server, &server_len))
		return false;
	out->salt_len = bytes_get(out->salt, sizeof out->salt, salt, salt_len);
	return iterations_get(&out->iterations, iterations, iterations_len) && out->salt_len
	       && bytes_get(out->stored, SHA256_BYTES, stored, stored_len) == SHA256_BYTES
	       && bytes_get(out->server, SHA256_BYTES, server, server_len) == SHA256_BYTES;
}

static bool
nonce_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == ',')
			return false;
	return len;
}

/* Cuts the next attribute off: "n=value" up to a comma or the end. */
static bool
attribute(const char **text, size_t *len, char name, const char **value, size_t *value_len)
{
	if (*len < 2 || (*text)[0] != name || (*text)[1] != '=')
		return false;
	*text += 2;
	*len -= 2;
	return part(text, len, memchr(*text, ',', *len) ? ',' : 0, value, value_len);
}

bool
scram_first(struct scram *scram, const char *message, size_t len)
{
	char identity[SCRAM_NAME_MAX + 1];
	const char *rest, *name;
	size_t name_len;

	if (len > sizeof scram->first)
		return false;
	memcpy(scram->first, message, len);
	scram->first_len = len;
	if (!gs2_parse(&scram->gs2, scram->first, len))
		return false;
	rest = scram->first + scram->gs2.len;
	len -= scram->gs2.len;
	/* Extensions may follow the nonce; those that must be understood ("m=") come first. */
	if (!attribute(&rest, &len, 'n', &name, &name_len)
	    || !gs2_name(scram->name, sizeof scram->name, name, name_len)
	    || !attribute(&rest, &len, 'r', &scram->nonce, &scram->nonce_len)
	    || !nonce_valid(scram->nonce, scram->nonce_len))
		return false;
	/* Nobody acts for another here. */
	return !scram->gs2.identity
	       || (gs2_name(identity, sizeof identity, scram->gs2.identity, scram->gs2.identity_len)
	           && strcmp(identity, scram->name) == 0);
}

bool
scram_answer(struct scram *scram, const struct scram_keys *keys,
             const char nonce[SCRAM_NONCE_BYTES])
{
	stralloc text = STRALLOC_ZERO;
	char number[UINT_FMT];
	bool done;

	number[uint_fmt(number, keys->iterations)] = 0;
	scram->keys = *keys;
	done = stralloc_cats(&text, "r=") && stralloc_catb(&text, scram->nonce, scram->nonce_len)
	       && base64_encode(&text, nonce, SCRAM_NONCE_BYTES);
	scram->full_nonce_len = text.len - 2;
	done = done && stralloc_cats(&text, ",s=")
	       && base64_encode(&text, keys->salt, keys->salt_len) && stralloc_cats(&text, ",i=")
	       && stralloc_cats(&text, number) && stralloc_0(&text)
	       && text.len <= sizeof scram->keyed;
	if (done) {
		scram->keyed_len = text.len - 1;
		memcpy(scram->keyed, text.s, text.len);
	}
	stralloc_free(&text);
	return done;
}

/* An HMAC over client-first-message-bare "," server-first-message "," the last one without proof. */
static void
sign(const struct scram *scram, const char key[SHA256_BYTES], const char *last, size_t len,
     char out[SHA256_BYTES])
{
	struct hmac hmac;

	hmac_start(&hmac, key, SHA256_BYTES);
	hmac_add(&hmac, scram->first + scram->gs2.len, scram->first_len - scram->gs2.len);
	hmac_add(&hmac, ",", 1);
	hmac_add(&hmac, scram->keyed, scram->keyed_len);
	hmac_add(&hmac, ",", 1);
	hmac_add(&hmac, last, len);
	hmac_end(&hmac, out);
}

/* c= repeats the header of the first message. */
static bool
binding_right(const struct scram *scram, const char *text, size_t len)
{
	char header[SCRAM_FIRST_MAX];

	return bytes_get(header, sizeof header, text, len) == scram->gs2.len
	       && memcmp(header, scram->first, scram->gs2.len) == 0;
}

bool
scram_final(const struct scram *scram, const char *message, size_t len, char proof[64])
{
	const char *rest = message, *binding, *nonce, *value, *end = NULL;
	size_t left = len, binding_len, nonce_len, value_len;
	char given[SHA256_BYTES], key[SHA256_BYTES], signature[SHA256_BYTES];
	stralloc text = STRALLOC_ZERO;
	bool right;

	if (!attribute(&rest, &left, 'c', &binding, &binding_len)
	    || !attribute(&rest, &left, 'r', &nonce, &nonce_len))
		return false;
	/* Extensions are passed over; the proof is last. */
	while (left && rest[0] != 'p')
		if (!attribute(&rest, &left, rest[0], &value, &value_len))
			return false;
	end = rest - 1;
	if (!attribute(&rest, &left, 'p', &value, &value_len) || left
	    || value + value_len != message + len
	    || bytes_get(given, sizeof given, value, value_len) != sizeof given
	    || nonce_len != scram->full_nonce_len || memcmp(nonce, scram->keyed + 2, nonce_len) != 0
	    || !binding_right(scram, binding, binding_len))
		return false;
	sign(scram, scram->keys.stored, message, (size_t)(end - message), signature);
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (char)(given[i] ^ signature[i]);
	sha256_of(key, key, sizeof key);
	right = equal_bytes(key, scram->keys.stored, sizeof key);
	sign(scram, scram->keys.server, message, (size_t)(end - message), signature);
	right = right && base64_encode(&text, signature, sizeof signature) && stralloc_0(&text);
	if (right) {
		memcpy(proof, "v=", 2);
		memcpy(proof + 2, text.s, text.len); /* 45 bytes with its NUL */
	}
	stralloc_free(&text);
	explicit_bzero(key, sizeof key);
	return right;
}
