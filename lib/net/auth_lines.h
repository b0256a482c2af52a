/*
 * auth_lines - the lines of an AUTH dialogue (login(7), RFC 4954 4): what all login programs share
 *
 *     fd 0, 1   the dialogue, as the client types and sees it; its first line is "AUTH PLAIN ...".
 *               Lines end in CRLF; on a terminal, in LF
 *     fd 3      the facts of the connection (net/facts.h)
 *     fd 4      after success, before the 235: records A, a and G, then the end
 *
 * What can end a dialogue returns the reply that ends it, "" to end it silently, or NULL to go on.
 */
#ifndef NET_AUTH_LINES_H
#define NET_AUTH_LINES_H

#include "net/dialogue.h"
#include "net/facts.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUTH_FD_OUT = 1 };

struct auth_lines {
	struct facts facts;
	stralloc response; /* decoded; grows in one step, so a secret in it has no second copy */

	struct dialogue lines; /* the rest is the module's own */
	int64_t deadline_ms;
};

/* Replies that callers give too. */
extern const char auth_done[], auth_later[], auth_wrong[], auth_no_mechanism[];

/* Takes the descriptors of the contract, and reads the facts. */
const char *auth_lines_start(struct auth_lines *x);

/*
 * auth_lines_command - the first line
 *
 * mechanism  its name, a view that the next line ends; checked by nobody yet
 * initial    there is a response, in x->response
 */
const char *auth_lines_command(struct auth_lines *x, const char **mechanism, size_t *len,
                               bool *initial);

/* Asks the client; the response is in x->response then. Who cancels gets 501. */
const char *auth_lines_ask(struct auth_lines *x, const char *challenge, size_t len);

/*
 * auth_lines_hand_over - tell the acceptor who has logged in; before the client hears of it
 *
 * credential, grant  as in envelope(5), empty where there is nothing to say
 * returns            false: logged
 */
bool auth_lines_hand_over(const char *login, const char *credential, const char *grant);

/* A refusal, in the log; login: NULL where what was typed may be a password. */
void auth_lines_log(const struct auth_lines *x, const char *event, const char *login,
                    const char *mechanism, const char *why);

/* Forgets all that the client has said. */
void auth_lines_wipe(struct auth_lines *x);

/* Says the last reply, and returns what to exit with. */
int auth_lines_end(struct auth_lines *x, const char *reply);

#endif
