#include "net/auth.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "mail/base64.h"
#include "mail/sasl.h"
#include "net/dialogue.h"
#include "net/facts.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FD_CLIENT_IN, FD_CLIENT_OUT, FD_FACTS = 3, FD_LOGIN = 4 };
enum {
	AUTH_LINE_MAX = 12288, /* RFC 4954 4 */
	AUTH_TIMEOUT_S = 300,  /* for the whole exchange */
	WRITE_TIMEOUT_S = 60,
};

static const char reply_done[] = "235 2.7.0 you are logged in";
static const char reply_later[] = "454 4.7.0 cannot check passwords now; please try again later";
static const char reply_slow[] = "454 4.7.0 that took too long";
static const char reply_long[] = "500 5.5.6 this line is too long";
static const char reply_cancelled[] = "501 5.7.0 cancelled";
static const char reply_no_base64[] = "501 5.5.2 this is not base64";
static const char reply_syntax[] = "501 5.5.4 a mechanism and at most one response are wanted";
static const char reply_broken[] = "500 5.5.2 this is no line of text";
static const char reply_no_mechanism[] = "504 5.5.4 this mechanism is not offered";
static const char reply_wrong[] = "535 5.7.8 login or password is wrong";

bool
auth_option(struct auth *auth, int option, const char *argument)
{
	struct sasl sasl;

	switch (option) {
	case 'm':
		auth->mechanisms = argument;
		for (argument += strspn(argument, " "); *argument;
		     argument += strspn(argument, " ")) {
			size_t len = strcspn(argument, " ");

			if (!sasl_start(&sasl, sasl_mechanisms, argument, len))
				return false;
			argument += len;
		}
		return true;
	case 'w': return uint0_scan(argument, &auth->delay_ms);
	default: return serve_option(&auth->serve, option, argument);
	}
}

struct exchange {
	const struct auth *auth;
	struct facts facts;
	struct dialogue lines;
	int64_t deadline_ms;
	struct sasl sasl;
	stralloc response; /* decoded */
};

static void
exchange_wipe(struct exchange *x)
{
	explicit_bzero(x->lines.input, sizeof x->lines.input);
	sasl_wipe(&x->sasl);
	if (x->response.s)
		explicit_bzero(x->response.s, x->response.a);
}

static void
say(struct exchange *x, const char *line)
{
	/* A client that is gone shows at the next read. */
	if (dialogue_put(&x->lines, line))
		(void)dialogue_flush(&x->lines, WRITE_TIMEOUT_S);
}

/* All that follows returns the reply that ends the exchange, "" to end it silently, or NULL. */
static const char *
line_get(struct exchange *x, const char **line, size_t *len)
{
	int64_t left_ms = x->deadline_ms - clock_ms();
	char *text;

	if (left_ms < 0)
		return reply_slow;
	switch (dialogue_line(&x->lines, (int)(left_ms / 1000), &text, len)) {
	case LINE_OK: break;
	case LINE_TOO_LONG: return reply_long;
	case LINE_BAD: return reply_broken;
	case LINE_TIMEOUT: return reply_slow;
	case LINE_END: return ""; /* nobody is there to be told */
	}
	*line = text;
	return *len > AUTH_LINE_MAX ? reply_long : NULL;
}

static const char *
response_decode(struct exchange *x, const char *text, size_t len)
{
	x->response.len = 0;
	if (base64_decode(&x->response, text, len))
		return NULL;
	return errno == EINVAL ? reply_no_base64 : reply_later;
}

static const char *
challenge_say(struct exchange *x, const char *challenge)
{
	stralloc line = STRALLOC_ZERO;
	bool made = stralloc_cats(&line, "334 ")
	            && base64_encode(&line, challenge, strlen(challenge)) && stralloc_0(&line);

	if (made)
		say(x, line.s);
	stralloc_free(&line);
	return made ? NULL : reply_later;
}

/* Cuts the next word off a line. */
static size_t
word_cut(const char **line, size_t *len, const char **word)
{
	size_t word_len = 0;

	while (*len && **line == ' ') {
		++*line;
		--*len;
	}
	*word = *line;
	while (*len && **line != ' ') {
		++*line;
		--*len;
		word_len++;
	}
	return word_len;
}

/* The first line: AUTH, the mechanism, and perhaps a response (decoded, with *initial true). */
static const char *
command_get(struct exchange *x, bool *initial)
{
	const char *offered = x->auth->mechanisms;
	const char *line, *word, *mechanism, *response, *end;
	size_t len, mechanism_len, response_len;

	if ((end = line_get(x, &line, &len)))
		return end;
	if (word_cut(&line, &len, &word) != 4 || strncasecmp(word, "AUTH", 4) != 0)
		return reply_syntax;
	mechanism_len = word_cut(&line, &len, &mechanism);
	response_len = word_cut(&line, &len, &response);
	if (!mechanism_len || word_cut(&line, &len, &word))
		return reply_syntax;
	if (!sasl_start(&x->sasl, offered ? offered : sasl_mechanisms, mechanism, mechanism_len))
		return reply_no_mechanism;
	*initial = response_len;
	if (response_len == 1 && *response == '=') /* "=" is an empty response, here only */
		response_len = 0;
	return response_decode(x, response, response_len);
}

static const char *
response_get(struct exchange *x)
{
	const char *line, *end;
	size_t len;

	if ((end = line_get(x, &line, &len)))
		return end;
	if (len == 1 && *line == '*')
		return reply_cancelled;
	return response_decode(x, line, len);
}

/* Until login and password are there (NULL). */
static const char *
credentials_get(struct exchange *x)
{
	const char *challenge, *end;
	bool said;

	if ((end = command_get(x, &said)))
		return end;
	for (;;) {
		/* An empty response must not look like none. */
		const char *bytes = x->response.len ? x->response.s : "";

		switch (sasl_step(&x->sasl, said ? bytes : NULL, x->response.len, &challenge)) {
		case SASL_COMPLETE: return NULL;
		case SASL_REFUSED: return reply_wrong;
		case SASL_CHALLENGE: break;
		}
		if ((end = challenge_say(x, challenge)) || (end = response_get(x)))
			return end;
		said = true;
	}
}

static bool
login_hand_over(const char *known_as)
{
	stralloc record = STRALLOC_ZERO;
	bool done = record_add(&record, ENVELOPE_LOGIN, known_as) && record_end(&record)
	            && io_write(FD_LOGIN, record.s, record.len);

	if (!done)
		log_warn_sys("cannot write the login to fd 4");
	stralloc_free(&record);
	return done;
}

static void
login_refused(const struct exchange *x, const char *login, const char *why)
{
	log_event("login-refused", "client", envelope_get(&x->facts.known, ENVELOPE_CLIENT),
	          "login", login, "mechanism", sasl_name(&x->sasl), "text", why, NULL);
}

static void
wait_until(int64_t time_ms)
{
	struct timespec until = { time_ms / 1000, time_ms % 1000 * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
	}
}

/* Asks the judge, and tells the acceptor before the client. */
static const char *
login_try(struct exchange *x, auth_judge *judge, const void *settings)
{
	struct auth_attempt attempt = { .login = x->sasl.login,
		                        .password = x->sasl.password,
		                        .known_as = STRALLOC_ZERO };
	enum auth_verdict verdict = judge(&attempt, settings);
	const char *known_as = attempt.known_as.len ? attempt.known_as.s : NULL;
	const char *reply = reply_later;

	if (verdict == AUTH_WRONG) {
		login_refused(x, known_as, attempt.why);
		reply = reply_wrong;
	} else if (verdict == AUTH_RIGHT && known_as && login_hand_over(known_as)) {
		reply = reply_done;
	}
	stralloc_free(&attempt.known_as);
	return reply;
}

static const char *
run(struct exchange *x, auth_judge *judge, const void *settings)
{
	const char *reply;
	int64_t said_ms;

	if (!facts_read(&x->facts, FD_FACTS)) {
		log_warn_sys("cannot read the facts of the connection on fd 3");
		return reply_later;
	}
	log_ids(envelope_get(&x->facts.known, ENVELOPE_CONNECTION), NULL);
	reply = credentials_get(x);
	said_ms = clock_ms();
	if (!reply)
		reply = login_try(x, judge, settings);
	else if (reply == reply_wrong)
		login_refused(x, NULL, "not a login and a password");
	exchange_wipe(x);
	if (reply == reply_wrong)
		wait_until(said_ms + x->auth->delay_ms);
	return reply;
}

int
auth_run(const struct auth *auth, auth_judge *judge, const void *settings)
{
	static struct exchange x;
	const char *reply;

	x.auth = auth;
	x.deadline_ms = clock_ms() + AUTH_TIMEOUT_S * 1000;
	/* No core file may hold a password. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	for (int fd = FD_FACTS; fd <= FD_LOGIN; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	dialogue_start(&x.lines, FD_CLIENT_IN, FD_CLIENT_OUT);
	x.lines.lf = isatty(FD_CLIENT_IN); /* typed by hand */
	reply = run(&x, judge, settings);
	if (*reply)
		say(&x, reply);
	log_ids(NULL, NULL);
	facts_free(&x.facts);
	stralloc_free(&x.response);
	return reply[0] == '2' ? 0 : reply[0] == '4' ? EXIT_TEMPORARY : EXIT_PERMANENT;
}

void
auth_give_up(void)
{
	(void)io_write(FD_CLIENT_OUT, reply_later, sizeof reply_later - 1);
	(void)io_write(FD_CLIENT_OUT, "\r\n", 2);
}
