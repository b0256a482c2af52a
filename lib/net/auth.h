/*
 * auth - the AUTH dialogue of a login program (login(7), RFC 4954 4)
 *
 *     fd 0, 1   the dialogue, as the client types and sees it; its first line is "AUTH PLAIN ...".
 *               Lines end in CRLF; on a terminal, in LF
 *     fd 3      the facts of the connection (net/facts.h)
 *     fd 4      after success, before the 235: the record A and the canonical login, then the end
 *     exit      0 logged in, 100 refused, 111 a fault of ours
 *
 * One process serves one AUTH command. Whether a password is right is the judge's to say.
 */
#ifndef NET_AUTH_H
#define NET_AUTH_H

#include "base/serve.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct auth {
	const char *mechanisms; /* -m: those offered, parted by spaces; NULL: all we know */
	unsigned int delay_ms; /* -w: a refusal comes this long after the password: AUTH_DELAY_MS */
	struct serve serve;
};

#define AUTH_OPTIONS SERVE_OPTIONS "m:w:"
#define AUTH_USAGE   "[-m mechanisms] [-w milliseconds] [-S address] [-j jobs] [-R fd]"

/* A second slows guessing down, and hides how long the judge took. */
enum { AUTH_DELAY_MS = 1000 };

/* Takes one of AUTH_OPTIONS; false: it is none of them, or its argument is wrong. */
bool auth_option(struct auth *auth, int option, const char *argument);

enum auth_verdict {
	AUTH_RIGHT,
	AUTH_WRONG,
	AUTH_LATER, /* cannot tell now; the judge has logged why */
};

struct auth_attempt {
	const char *login;    /* as typed; UTF-8 without control characters, as the password */
	const char *password; /* wiped after the judge returns */
	/* the judge's answers: */
	/*
	 * The canonical login, a C string. len 0: no such login is known; what was typed may then
	 * be a password in the wrong place, and is not logged.
	 */
	stralloc known_as;
	const char *why; /* for the log, with AUTH_WRONG */
};

typedef enum auth_verdict auth_judge(struct auth_attempt *attempt, const void *settings);

/*
 * auth_run - speak to one client; call it after serve()
 *
 * settings  handed to the judge
 * returns   what to exit with
 */
int auth_run(const struct auth *auth, auth_judge *judge, const void *settings);

/* For a judge that ran out of its time: says "later". Safe in a signal handler. */
void auth_give_up(void);

#endif
