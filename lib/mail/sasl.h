/*
 * sasl - what a client says to prove who it is: PLAIN (RFC 4616) and LOGIN, the server's side
 *
 * Only the words: base64, SMTP's replies and the judging of the password are others' business.
 * LOGIN was never a standard; old clients know nothing else. It asks for the two in turn.
 */
#ifndef MAIL_SASL_H
#define MAIL_SASL_H

#include <stdbool.h>
#include <stddef.h>

enum {                          /* bytes; RFC 4616 2 asks for 255 at least */
       SASL_LOGIN_MAX = 320,    /* a whole mail address */
       SASL_PASSWORD_MAX = 511, /* what crypt(3) takes */
};

struct sasl {
	int mechanism;      /* the module's own */
	unsigned int steps; /* responses so far */
	char login[SASL_LOGIN_MAX + 1];
	char password[SASL_PASSWORD_MAX + 1];
};

enum sasl_state {
	SASL_CHALLENGE, /* ask the client for one more response */
	SASL_COMPLETE,  /* login and password are there, neither of them empty */
	SASL_REFUSED,   /* what the client says cannot be right: as for a wrong password */
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

/*
 * sasl_prepared - can this be a login or a password?
 *
 * It must be UTF-8 without control characters, and not empty. That is what we take of SASLprep
 * (RFC 4013) and of its successor (RFC 8265): nothing is normalized, so both sides have to use the
 * composed form, as keyboards do.
 */
bool sasl_prepared(const char *text, size_t len);

/* The mechanism's name, as IANA has it; of a start that returned true. */
const char *sasl_name(const struct sasl *sasl);

/* Forgets login and password. */
void sasl_wipe(struct sasl *sasl);

#endif
