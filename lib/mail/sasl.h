/*
 * sasl - what a client says to prove who it is, the server's side
 *
 *     PLAIN, LOGIN           a login and its password (RFC 4616; LOGIN was never a standard: old
 *                            clients know nothing else)
 *     SCRAM-SHA-256          a login, and that the client knows the password (mail/scram.h)
 *     OAUTHBEARER, XOAUTH2   a token of somebody whom we trust (RFC 7628; what came before it)
 *     EXTERNAL               nothing but a name: TLS has proved the rest (RFC 4422 appendix A)
 *
 * Only the words: base64, SMTP's replies and the judging are others' business.
 */
#ifndef MAIL_SASL_H
#define MAIL_SASL_H

#include "mail/scram.h"

#include <stdbool.h>
#include <stddef.h>

enum {                                  /* bytes; RFC 4616 2 asks for 255 at least */
       SASL_LOGIN_MAX = SCRAM_NAME_MAX, /* a whole mail address */
       SASL_PASSWORD_MAX = 511,         /* what crypt(3) takes */
};

enum sasl_kind { /* what is there to be judged */
	         SASL_PASSWORD,
	         SASL_KEYS, /* SCRAM: the keys are wanted; later, that the proof was right */
	         SASL_TOKEN,
	         SASL_CERTIFICATE,
};

struct sasl {
	int mechanism;      /* the module's own */
	unsigned int steps; /* responses so far */
	enum sasl_kind kind;
	char login[SASL_LOGIN_MAX + 1]; /* may be empty with SASL_TOKEN and SASL_CERTIFICATE */
	char password[SASL_PASSWORD_MAX + 1];
	const char *token; /* a view into the last response */
	size_t token_len;
	struct scram scram;
	char proof[64];
};

enum sasl_state {
	SASL_CHALLENGE,  /* ask the client for one more response */
	SASL_COMPLETE,   /* all is there */
	SASL_WANTS_KEYS, /* those of login; then sasl_keys goes on */
	SASL_REFUSED,    /* what the client says cannot be right: as for a wrong password */
};

/* The names of all mechanisms, parted by spaces. */
extern const char sasl_mechanisms[];

/*
 * sasl_start - begin an exchange
 *
 * offered   names of the mechanisms in use, parted by spaces
 * name      what the client named, in any case
 * returns   false: that is not offered
 */
bool sasl_start(struct sasl *sasl, const char *offered, const char *name, size_t len);

/*
 * sasl_step - take a response
 *
 * response   NULL: the client has sent none yet
 * challenge  set with SASL_CHALLENGE: a C string, to be written in base64
 */
enum sasl_state sasl_step(struct sasl *sasl, const char *response, size_t len,
                          const char **challenge);

/* After SASL_WANTS_KEYS: sets the next challenge. nonce: random bytes. false: no memory. */
bool sasl_keys(struct sasl *sasl, const struct scram_keys *keys,
               const char nonce[SCRAM_NONCE_BYTES], const char **challenge);

/* A last challenge that says why: for mechanisms that have one, else NULL (RFC 7628 3.2.2). */
const char *sasl_failure(const struct sasl *sasl);

/*
 * sasl_prepared - can this be a login or a password?
 *
 * It must be UTF-8 without control characters, and not empty. Who compares it prepares it further
 * (mail/saslprep.h).
 */
bool sasl_prepared(const char *text, size_t len);

/* Is this the name of one of these mechanisms, parted by spaces, in any letter case? */
bool sasl_offers(const char *offered, const char *name, size_t len);

/* The mechanism's name, as IANA has it; of a start that returned true. */
const char *sasl_name(const struct sasl *sasl);

/* Forgets login and password. */
void sasl_wipe(struct sasl *sasl);

#endif
