/*
 * scram_client - SCRAM-SHA-256, the client's side (RFC 5802, RFC 7677): the words of an exchange
 *
 * The password never goes to the server, and the server has to prove that it knows it, too. No channel
 * binding: nothing tells us what to bind to.
 */
#ifndef MAIL_SCRAM_CLIENT_H
#define MAIL_SCRAM_CLIENT_H

#include "base/hmac.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	SCRAM_CLIENT_NONCE_BYTES = 18,         /* random ones, before base64 */
	SCRAM_CLIENT_ITERATIONS_MAX = 1000000, /* a second of work: what a server may ask for */
};

struct scram_client {
	stralloc first;  /* our first message without "n,,"; then with what follows: AuthMessage */
	size_t nonce_at; /* in first: our nonce runs to its end */
	char proof[SHA256_BYTES]; /* the server's, as it must be */
};

/* Our first message, appended to out. login in UTF-8. false: no memory. */
bool scram_client_first(struct scram_client *scram, const char *login,
                        const char nonce[SCRAM_CLIENT_NONCE_BYTES], stralloc *out);

/*
 * scram_client_final - our answer to the server's first message, appended to out
 *
 * returns  false: no memory, or that message is broken, not meant for us, or asks for too little or
 *          too much work
 */
bool scram_client_final(struct scram_client *scram, const char *password, const char *message,
                        size_t len, stralloc *out);

/* Is the server's last message, "v=...", its proof? */
bool scram_client_check(const struct scram_client *scram, const char *message, size_t len);

/* Wipes it all. */
void scram_client_free(struct scram_client *scram);

#endif
