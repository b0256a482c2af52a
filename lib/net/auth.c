#include "net/auth.h"

#include "base/clock.h"
#include "base/io.h"
#include "net/auth_lines.h"

#include <skalibs/random.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool
auth_option(struct auth *auth, int option, const char *argument)
{
	switch (option) {
	case 'm':
		auth->mechanisms = argument;
		for (argument += strspn(argument, " "); *argument;
		     argument += strspn(argument, " ")) {
			size_t len = strcspn(argument, " ");

			if (!sasl_offers(auth->known, argument, len))
				return false;
			argument += len;
		}
		return true;
	case 'w': return uint0_scan(argument, &auth->delay_ms);
	case 'g': auth->guesses = argument; return true;
	default: return serve_option(&auth->serve, option, argument);
	}
}

struct exchange {
	const struct auth *auth;
	auth_judge *judge;
	const void *settings;
	struct auth_lines lines;
	struct sasl sasl;
	struct auth_attempt attempt;
	int64_t said_ms; /* when the last response was there */
	char reply[128];
};

static void
exchange_wipe(struct exchange *x)
{
	auth_lines_wipe(&x->lines);
	sasl_wipe(&x->sasl);
}

/* All that follows returns the reply that ends the exchange, "" to end it silently, or NULL. */

/* What the judge says, as a reply; NULL: right. */
static const char *
judge_ask(struct exchange *x)
{
	struct auth_attempt *attempt = &x->attempt;
	const char *known_as, *failure, *end;
	enum auth_verdict verdict;

	attempt->kind = x->sasl.kind;
	attempt->mechanism = sasl_name(&x->sasl);
	attempt->login = x->sasl.login;
	attempt->password = x->sasl.password;
	attempt->token = x->sasl.token;
	attempt->token_len = x->sasl.token_len;
	verdict = x->judge(attempt, x->settings);
	known_as = attempt->known_as.len ? attempt->known_as.s : NULL;
	switch (verdict) {
	case AUTH_RIGHT: return NULL;
	case AUTH_WRONG:
	case AUTH_WEAK: break;
	case AUTH_LATER: return auth_later;
	case AUTH_SLOWED:
		auth_lines_log(&x->lines, "login-slowed", known_as, attempt->mechanism, NULL);
		snprintf(x->reply, sizeof x->reply,
		         "454 4.7.0 too many wrong passwords; try again in %u seconds",
		         attempt->wait_s);
		return x->reply;
	}
	auth_lines_log(&x->lines, "login-refused", known_as, attempt->mechanism, attempt->why);
	if (verdict == AUTH_WEAK)
		return "534 5.7.9 this login may not use this mechanism; try a stronger one";
	failure = sasl_failure(&x->sasl);
	/* The answer to it has no meaning: RFC 7628 3.2.3. */
	end = failure ? auth_lines_ask(&x->lines, failure, strlen(failure)) : NULL;
	return end && !*end ? end : auth_wrong;
}

/* Keys for SCRAM, as a challenge. */
static const char *
keys_get(struct exchange *x, const char **challenge)
{
	char nonce[SCRAM_NONCE_BYTES];
	const char *end = judge_ask(x);

	if (end)
		return end;
	random_buf(nonce, sizeof nonce);
	return sasl_keys(&x->sasl, &x->attempt.keys, nonce, challenge) ? NULL : auth_later;
}

/* Until there is something to judge (NULL). */
static const char *
credentials_get(struct exchange *x)
{
	const char *known = x->auth->known, *offered = x->auth->mechanisms;
	const char *challenge, *mechanism, *end;
	size_t len;
	bool said;

	if ((end = auth_lines_command(&x->lines, &mechanism, &len, &said)))
		return end;
	if (!sasl_start(&x->sasl, offered ? offered : known, mechanism, len))
		return auth_no_mechanism;
	x->said_ms = clock_ms();
	for (;; said = true) {
		const stralloc *response = &x->lines.response;
		/* An empty response must not look like none. */
		const char *bytes = response->len ? response->s : "";

		switch (sasl_step(&x->sasl, said ? bytes : NULL, response->len, &challenge)) {
		case SASL_COMPLETE: return NULL;
		case SASL_REFUSED:
			auth_lines_log(&x->lines, "login-refused",
			               x->attempt.known_as.len ? x->attempt.known_as.s : NULL,
			               sasl_name(&x->sasl),
			               x->sasl.kind == SASL_KEYS && x->sasl.steps == 2
			                   ? "wrong password"
			                   : "not what this mechanism takes");
			return auth_wrong;
		case SASL_WANTS_KEYS:
			if ((end = keys_get(x, &challenge)))
				return end;
			break;
		case SASL_CHALLENGE: break;
		}
		if ((end = auth_lines_ask(&x->lines, challenge, strlen(challenge))))
			return end;
		x->said_ms = clock_ms();
	}
}

static const char *
c_string(const stralloc *text)
{
	return text->len ? text->s : "";
}

/* Asks the judge, and tells the acceptor before the client. */
static const char *
login_try(struct exchange *x)
{
	const struct auth_attempt *attempt = &x->attempt;
	const char *end;

	x->attempt.proved = true;
	if ((end = judge_ask(x)))
		return end;
	return attempt->known_as.len
	               && auth_lines_hand_over(attempt->known_as.s, c_string(&attempt->credential),
	                                       c_string(&attempt->grant))
	           ? auth_done
	           : auth_later;
}

static void
wait_until(int64_t time_ms)
{
	struct timespec until = { time_ms / 1000, time_ms % 1000 * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
	}
}

int
auth_run(const struct auth *auth, auth_judge *judge, const void *settings)
{
	static struct exchange x;
	const char *reply;

	x.auth = auth;
	x.judge = judge;
	x.settings = settings;
	x.attempt.facts = &x.lines.facts;
	if (!(reply = auth_lines_start(&x.lines)) && !(reply = credentials_get(&x)))
		reply = login_try(&x);
	exchange_wipe(&x);
	if (reply == auth_wrong)
		wait_until(x.said_ms + auth->delay_ms);
	stralloc_free(&x.attempt.known_as);
	stralloc_free(&x.attempt.credential);
	stralloc_free(&x.attempt.grant);
	return auth_lines_end(&x.lines, reply);
}

void
auth_give_up(void)
{
	(void)io_write(AUTH_FD_OUT, auth_later, strlen(auth_later));
	(void)io_write(AUTH_FD_OUT, "\r\n", 2);
}
