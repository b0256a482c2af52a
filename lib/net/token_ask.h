/*
 * token_ask - have another program judge a bearer token (token(7))
 */
#ifndef NET_TOKEN_ASK_H
#define NET_TOKEN_ASK_H

#include "mail/sasl.h"
#include "net/facts.h"

#include <stdbool.h>
#include <stddef.h>

enum token_verdict {
	TOKEN_VALID,
	TOKEN_INVALID,
	TOKEN_LATER, /* logged */
};

/*
 * token_ask - ask, and wait for half a minute at most
 *
 * command   a program with its arguments, or unix:PATH of a waiting one
 * facts     of the connection; the program gets them too
 * login     after TOKEN_VALID: whose token it is, prepared, a C string
 */
enum token_verdict token_ask(const char *const *command, const char *token, size_t len,
                             const struct facts *facts, char login[SASL_LOGIN_MAX + 1]);

#endif
