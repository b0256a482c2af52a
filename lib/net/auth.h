/*
 * auth - a login program that knows SASL, and asks a judge (login(7), RFC 4954 4)
 *
 *     exit      0 logged in, 100 refused, 111 a fault of ours
 *
 * One process serves one AUTH command. Whether a password is right is the judge's to say.
 */
#ifndef NET_AUTH_H
#define NET_AUTH_H

#include "base/serve.h"
#include "mail/sasl.h"
#include "net/facts.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct auth {
	const char *known;      /* what the program's judge can judge: names parted by spaces */
	const char *mechanisms; /* -m: those offered; NULL: all of known */
	unsigned int delay_ms; /* -w: a refusal comes this long after the password: AUTH_DELAY_MS */
	const char *guesses;   /* -g: where guesses are counted (store/guesses.h); NULL: nowhere */
	struct serve serve;
};

#define AUTH_OPTIONS SERVE_OPTIONS "m:w:g:"
#define AUTH_USAGE   "[-m mechanisms] [-w milliseconds] [-g guesses] [-S address] [-j jobs] [-R fd]"

/* A second slows guessing down, and hides how long the judge took. */
enum { AUTH_DELAY_MS = 1000 };

/* Takes one of AUTH_OPTIONS; false: it is none of them, or its argument is wrong. */
bool auth_option(struct auth *auth, int option, const char *argument);

enum auth_verdict {
	AUTH_RIGHT,
	AUTH_WRONG,
	AUTH_LATER,  /* cannot tell now; the judge has logged why */
	AUTH_SLOWED, /* was not looked at: too many were wrong before */
	AUTH_WEAK,   /* it is right, but this login wants another mechanism: RFC 4954 6 */
};

struct auth_attempt {
	enum sasl_kind kind;
	const char *mechanism;
	bool proved;       /* SASL_KEYS: the proof was right. Before it, the keys are asked for. */
	const char *login; /* as typed; UTF-8 without control characters, as the password. Empty
	                         with a token or certificate: whoever that is about */
	const char *password; /* wiped after the judge returns */
	const char *token;    /* of letters, digits and "-._~+/=" only */
	size_t token_len;
	const struct facts *facts;
	/* the judge's answers: */
	/*
	 * The canonical login, a C string. len 0: no such login is known; what was typed may then
	 * be a password in the wrong place, and is not logged.
	 */
	stralloc known_as;
	stralloc credential; /* which of its passwords, and what that may send as: envelope(5); */
	stralloc grant;      /* C strings, or len 0 */
	struct scram_keys keys;
	unsigned int wait_s; /* AUTH_SLOWED: for so long */
	const char *why;     /* for the log, with AUTH_WRONG and AUTH_WEAK */
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
