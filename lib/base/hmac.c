#include "base/hmac.h"

#include <string.h>

enum { BLOCK_BYTES = 64 };

void
sha256_of(char out[SHA256_BYTES], const char *bytes, size_t len)
{
	SHA256Schedule schedule;

	sha256_init(&schedule);
	sha256_update(&schedule, bytes, len);
	sha256_final(&schedule, out);
}

static void
pad(SHA256Schedule *out, const char key[BLOCK_BYTES], char with)
{
	char block[BLOCK_BYTES];

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		block[i] = (char)(key[i] ^ with);
	sha256_init(out);
	sha256_update(out, block, sizeof block);
	explicit_bzero(block, sizeof block);
}

void
hmac_start(struct hmac *hmac, const char *key, size_t len)
{
	char block[BLOCK_BYTES] = { 0 };

	if (len > BLOCK_BYTES)
		sha256_of(block, key, len);
	else if (len)
		memcpy(block, key, len);
	pad(&hmac->inner, block, 0x36);
	pad(&hmac->outer, block, 0x5c);
	explicit_bzero(block, sizeof block);
}

void
hmac_add(struct hmac *hmac, const char *bytes, size_t len)
{
	sha256_update(&hmac->inner, bytes, len);
}

void
hmac_end(struct hmac *hmac, char out[SHA256_BYTES])
{
	sha256_final(&hmac->inner, out);
	sha256_update(&hmac->outer, out, SHA256_BYTES);
	sha256_final(&hmac->outer, out);
}

void
hmac_of(char out[SHA256_BYTES], const char *key, size_t key_len, const char *bytes, size_t len)
{
	struct hmac hmac;

	hmac_start(&hmac, key, key_len);
	hmac_add(&hmac, bytes, len);
	hmac_end(&hmac, out);
	explicit_bzero(&hmac, sizeof hmac);
}

void
pbkdf2(char out[SHA256_BYTES], const char *password, size_t password_len, const char *salt,
       size_t salt_len, unsigned int iterations)
{
	struct hmac keyed, hmac;
	char block[SHA256_BYTES];

	hmac_start(&keyed, password, password_len);
	hmac = keyed;
	hmac_add(&hmac, salt, salt_len);
	hmac_add(&hmac, "\0\0\0\1", 4);
	hmac_end(&hmac, block);
	memcpy(out, block, SHA256_BYTES);
	while (iterations-- > 1) {
		hmac = keyed;
		hmac_add(&hmac, block, sizeof block);
		hmac_end(&hmac, block);
		for (size_t i = 0; i < SHA256_BYTES; i++)
			out[i] = (char)(out[i] ^ block[i]);
	}
	explicit_bzero(&keyed, sizeof keyed);
	explicit_bzero(&hmac, sizeof hmac);
	explicit_bzero(block, sizeof block);
}

bool
equal_bytes(const char *a, const char *b, size_t len)
{
	volatile unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return !differ;
}
