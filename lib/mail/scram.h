/*
 * scram - SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677): keys, and the words of an exchange
 *
 * The server keeps two keys made of the password, with which nobody can log in, and which can be
 * tried out against guesses as any hash can. No channel binding: libtls tells us nothing to bind to.
 */
#ifndef MAIL_SCRAM_H
#define MAIL_SCRAM_H

#include "base/hmac.h"
#include "mail/gs2.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	SCRAM_SALT_BYTES = 16, /* of those we make */
	SCRAM_SALT_MAX = 64,
	SCRAM_ITERATIONS_MIN = 4096, /* RFC 7677 4 */
	SCRAM_ITERATIONS_MAX = 10000000,
	SCRAM_FIRST_MAX = 1536, /* bytes of a client's first message: a name quoted all over fits */
	SCRAM_NONCE_BYTES = 18, /* our part of the nonce, before base64 */
	SCRAM_NAME_MAX = 320,
};

struct scram_keys {
	unsigned int iterations;
	char salt[SCRAM_SALT_MAX];
	size_t salt_len;
	char stored[SHA256_BYTES], server[SHA256_BYTES];
};

/* Makes them; the password is prepared already. */
void scram_keys_make(struct scram_keys *out, const char *password, const char *salt,
                     size_t salt_len, unsigned int iterations);

/*
 * scram_keys_pretend - keys for a login that has none, the same each time (RFC 5802 9)
 *
 * secret    of this site; who does not know it cannot tell the salt from others
 * login     in one spelling
 */
void scram_keys_pretend(struct scram_keys *out, const char *secret, size_t len, const char *login,
                        unsigned int iterations);

/* "SCRAM-SHA-256$iterations:salt$stored:server", RFC 5803 with RFC 7677's name. false: no memory. */
bool scram_keys_format(stralloc *out, const struct scram_keys *keys);
/* false: not in that form, or fewer iterations than RFC 7677 allows. */
bool scram_keys_parse(struct scram_keys *out, const char *text, size_t len);

struct scram {
	char first[SCRAM_FIRST_MAX]; /* what the client said first */
	size_t first_len;
	struct gs2 gs2;    /* views into first */
	const char *nonce; /* the client's part; a view into first */
	size_t nonce_len;
	char name[SCRAM_NAME_MAX + 1];   /* who wants to log in */
	char keyed[2 * SCRAM_FIRST_MAX]; /* our answer: "r=...,s=...,i=...", a C string */
	size_t keyed_len, full_nonce_len;
	struct scram_keys keys;
};

/* Reads the client's first message; name is set. false: broken, or it wants what we have not. */
bool scram_first(struct scram *scram, const char *message, size_t len);

/* Makes our answer to it, in keyed. nonce: random bytes. false: no memory. */
bool scram_answer(struct scram *scram, const struct scram_keys *keys,
                  const char nonce[SCRAM_NONCE_BYTES]);

/*
 * scram_final - judge the client's last message
 *
 * proof     gets "v=..." as a C string: that we know the keys too
 * returns   false: wrong in any way (RFC 5802 5.1)
 */
bool scram_final(const struct scram *scram, const char *message, size_t len, char proof[64]);

#endif
