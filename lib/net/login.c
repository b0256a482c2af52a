#include "net/login.h"

#include "mail/sasl.h"
#include "net/ask.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LOGIN_TIMEOUT_S = 120, /* for an auth program's next line */
	TAKE_TIMEOUT_S = 300,  /* for one that does not take what we hand it */
	BAD_LOGIN_WEIGHT = 6,  /* so many bad commands is a failed login: after four, good bye */
};

/* Passes the dialogue on, line by line, until the auth program has said its last. RFC 4954 4 */
static const char *
relay_login(struct session *s, struct dialogue *judge, const char *first)
{
	static char last[REPLY_MAX + 1];
	enum line_status status;
	size_t len;
	char *line, *reply;

	if (!dialogue_add(judge, "AUTH ", 5))
		return NULL;
	for (const char *next = first;; next = line) {
		if (!dialogue_put(judge, next) || !dialogue_flush(judge, TAKE_TIMEOUT_S)
		    || dialogue_line(judge, LOGIN_TIMEOUT_S, &reply, &len) != LINE_OK
		    || len < sizeof "334" - 1)
			return NULL;
		if (strncmp(reply, "334", 3) != 0) {
			snprintf(last, sizeof last, "%s", reply);
			return last;
		}
		dialogue_put(s->client, reply);
		for (;;) {
			status =
			    dialogue_line(s->client, s->settings->command_timeout_s, &line, &len);
			if (status == LINE_OK)
				break;
			if (status == LINE_END || status == LINE_TIMEOUT) {
				s->ended = true;
				return status == LINE_TIMEOUT ? "421 4.4.2 too slow" : "";
			}
			return status == LINE_TOO_LONG ? "500 5.5.6 that line is too long"
			                               : "501 5.5.2 lines end in CRLF";
		}
	}
}

/* Is it one of those we show? Its name ends at a space. */
static bool
is_offered(const char *offered, const char *mechanism)
{
	return sasl_offers(offered, mechanism, strcspn(mechanism, " "));
}

void
login_auth(struct session *s, const char *argument)
{
	static struct dialogue judge;
	const char *reply;
	int fd;

	if (!s->settings->mechanisms) {
		session_say(s, "502 5.5.1 this server takes no logins");
		return;
	}
	if (s->logged_in) {
		session_say(s, "503 5.5.1 you are logged in already");
		return;
	}
	if (s->mail) {
		session_say(s, "503 5.5.1 no login inside a transaction");
		return;
	}
	if (!s->tls) {
		session_say(s, "538 5.7.11 log in over TLS only: say STARTTLS first");
		return;
	}
	if (!*argument) {
		session_say(s, "501 5.5.4 name a mechanism after AUTH");
		return;
	}
	if (!is_offered(s->settings->mechanisms, argument)) {
		session_say_text(s, "504 5.5.4", "this mechanism is not offered; we have ",
		                 s->settings->mechanisms);
		return;
	}
	if (ask(&s->channel, ASK_LOGIN, &fd, 1) != ANSWER_YES) {
		session_say(s, "454 4.7.0 logins are not possible for now, try again later");
		return;
	}
	dialogue_start(&judge, fd, fd);
	reply = relay_login(s, &judge, argument);
	close(fd);
	explicit_bzero(&judge, sizeof judge);
	if (!reply)
		reply = "454 4.7.0 logins are not possible for now, try again later";
	s->logged_in = strncmp(reply, "235", 3) == 0;
	if (strncmp(reply, "535", 3) == 0)
		s->bad_commands += BAD_LOGIN_WEIGHT - 1;
	if (*reply)
		session_say(s, reply);
}
