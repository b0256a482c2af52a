/*
 * hmac - SHA-256 and what is made of it: HMAC (RFC 2104) and PBKDF2 (RFC 8018 5.2)
 *
 * No memory from the heap, no errors. What a key leaves in a struct is the caller's to wipe.
 */
#ifndef BASE_HMAC_H
#define BASE_HMAC_H

#include <skalibs/sha256.h>

#include <stdbool.h>
#include <stddef.h>

enum { SHA256_BYTES = 32 };

/* One digest of one text. */
void sha256_of(char out[SHA256_BYTES], const char *bytes, size_t len);

struct hmac {
	SHA256Schedule inner, outer;
};

/* A copy of a struct that has only its key serves for another text. */
void hmac_start(struct hmac *hmac, const char *key, size_t len);
void hmac_add(struct hmac *hmac, const char *bytes, size_t len);
void hmac_end(struct hmac *hmac, char out[SHA256_BYTES]);

/* All three for one text. */
void hmac_of(char out[SHA256_BYTES], const char *key, size_t key_len, const char *bytes,
             size_t len);

/* The first block of PBKDF2-HMAC-SHA-256: SCRAM's Hi() (RFC 5802 2.2). */
void pbkdf2(char out[SHA256_BYTES], const char *password, size_t password_len, const char *salt,
            size_t salt_len, unsigned int iterations);

/* Takes the same time wherever they differ. */
bool equal_bytes(const char *a, const char *b, size_t len);

#endif
