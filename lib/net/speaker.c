#include "net/speaker.h"

#include "base/die.h"
#include "mail/command.h"
#include "net/ask.h"
#include "net/extension.h"
#include "net/intake.h"
#include "net/login.h"
#include "net/policy_ask.h"
#include "net/session.h"
#include "net/transaction.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	BAD_COMMANDS_MAX = 20,
	CLOSING_TIMEOUT_S = 30, /* for the next command of a transaction when we want to end */
};

static void
run_hello(struct session *s, const char *argument, bool extended)
{
	if (!helo_valid(argument)) {
		session_say(s, "501 5.5.4 give your host name or [address] after EHLO or HELO");
		return; /* the state stays as it was: RFC 5321 4.1.4 */
	}
	session_clear(s);
	s->greeted = true;
	s->extended = extended;
	strcpy(s->helo, argument); /* helo_valid: at most DOMAIN_MAX */
	if (extended)
		extension_list(s);
	else
		session_say_text(s, "250", s->settings->server, "");
}

static void
run_ehlo(struct session *s, const char *argument)
{
	run_hello(s, argument, true);
}

static void
run_helo(struct session *s, const char *argument)
{
	run_hello(s, argument, false);
}

static void
run_rset(struct session *s, const char *argument)
{
	if (*argument) {
		session_say(s, "501 5.5.4 RSET takes no argument");
		return;
	}
	session_clear(s);
	session_say(s, "250 2.0.0 as if you had said nothing");
}

static void
run_noop(struct session *s, const char *argument)
{
	(void)argument; /* RFC 5321 4.1.1.9: it may have one, of no meaning */
	session_say(s, "250 2.0.0 ok");
}

static void
run_help(struct session *s, const char *argument)
{
	(void)argument;
	session_say(s, "214 2.0.0 RFC 5321; this is smtpipe");
}

static void
run_vrfy(struct session *s, const char *argument)
{
	if (!*argument)
		session_say(s, "501 5.5.4 VRFY needs an address");
	else
		session_say(s, "252 2.0.0 send mail to it, and you will know");
}

static void
run_not_here(struct session *s, const char *argument)
{
	(void)argument;
	session_say(s, "502 5.5.1 this command is not offered here");
}

/* Somebody makes a browser talk to us: the lines that follow are not meant for us either. */
static void
run_other_protocol(struct session *s, const char *argument)
{
	(void)argument;
	session_hang_up(s, "421 4.7.0 this is a mail server");
}

static void
run_quit(struct session *s, const char *argument)
{
	if (*argument) {
		session_say(s, "501 5.5.4 QUIT takes no argument");
		return;
	}
	session_say(s, "221 2.0.0 bye");
	s->ended = true;
}

static void
run_starttls(struct session *s, const char *argument)
{
	enum answer answer = ANSWER_LATER;
	int fds[2];

	if (*argument) {
		session_say(s, "501 5.5.4 STARTTLS takes no argument");
		return;
	}
	if (s->tls) {
		session_say(s, "503 5.5.1 TLS is on already");
		return;
	}
	if (!s->settings->starttls) {
		session_say(s, "502 5.5.1 STARTTLS is not offered here");
		return;
	}
	if (dialogue_pending(s->client)) {
		/* Commands that were sent in the clear, to be obeyed inside TLS: RFC 3207 6. */
		session_hang_up(s, "503 5.5.1 nothing may follow STARTTLS before its reply");
		return;
	}
	session_say(s, "220 2.0.0 start TLS now");
	if (dialogue_flush(s->client, s->settings->command_timeout_s))
		answer = ask(&s->channel, ASK_TLS, fds, 2);
	if ((answer != ANSWER_YES && answer != ANSWER_YES_CERTIFICATE) || dup2(fds[0], 0) < 0
	    || dup2(fds[1], 1) < 0) {
		/* A failed handshake: there is nobody left to talk to, and never in the clear. */
		log_event("tls-failed", "client", s->settings->client, NULL);
		s->ended = true;
		return;
	}
	close(fds[0]);
	close(fds[1]);
	session_forget(s);
	dialogue_start(s->client, 0, 1);
	s->tls = true;
	s->certificate = answer == ANSWER_YES_CERTIFICATE;
}

/* What must have gone before a command, and where it is allowed all the same. */
enum {
	AFTER_HELLO = 1,
	AFTER_MAIL = 2,
	IN_CLEAR = 4,     /* on submission: before TLS too. RFC 3207 4 */
	BEFORE_LOGIN = 8, /* on submission: before AUTH too. RFC 4954 6 */
	MAY_WAIT = 16,    /* its reply may go out with those that follow. RFC 2920 3.2 (5) */
};

static const struct command {
	const char *verb;
	int rules;
	void (*run)(struct session *, const char *argument);
} commands[] = {
	{ "EHLO", IN_CLEAR | BEFORE_LOGIN, run_ehlo },
	{ "HELO", IN_CLEAR | BEFORE_LOGIN, run_helo },
	{ "MAIL", AFTER_HELLO | MAY_WAIT, transaction_mail },
	{ "RCPT", AFTER_HELLO | AFTER_MAIL | MAY_WAIT, transaction_rcpt },
	{ "DATA", AFTER_HELLO | AFTER_MAIL | MAY_WAIT, intake_data },
	{ "BDAT", AFTER_HELLO | AFTER_MAIL | MAY_WAIT, intake_bdat },
	{ "RSET", IN_CLEAR | BEFORE_LOGIN | MAY_WAIT, run_rset },
	{ "NOOP", IN_CLEAR | BEFORE_LOGIN, run_noop },
	{ "QUIT", IN_CLEAR | BEFORE_LOGIN, run_quit },
	{ "STARTTLS", IN_CLEAR | BEFORE_LOGIN, run_starttls },
	{ "AUTH", AFTER_HELLO | IN_CLEAR | BEFORE_LOGIN, login_auth },
	{ "VRFY", 0, run_vrfy },
	{ "HELP", IN_CLEAR | BEFORE_LOGIN, run_help },
	{ "EXPN", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "ETRN", IN_CLEAR | BEFORE_LOGIN, run_not_here }, /* RFC 6409 7 */
	{ "ATRN", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "TURN", IN_CLEAR | BEFORE_LOGIN, run_not_here }, /* RFC 5321 Appendix F */
	{ "SEND", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "SOML", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "SAML", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "GET", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "POST", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "PUT", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "CONNECT", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
};

/* Why this command may not be now; NULL: it may. */
static const char *
refusal(const struct session *s, const struct command *command)
{
	bool submission = s->settings->mechanisms;

	if (s->refused && command->run != run_quit)
		return "503 5.5.1 there is no service for you here; say QUIT";
	if (command->rules & AFTER_HELLO && !s->greeted)
		return "503 5.5.1 say EHLO first";
	if (submission && !s->tls && !(command->rules & IN_CLEAR))
		return "530 5.7.0 say STARTTLS first";
	if (submission && !s->logged_in && !(command->rules & BEFORE_LOGIN))
		return "530 5.7.0 log in first (AUTH)";
	if (command->rules & AFTER_MAIL && !s->mail)
		return "503 5.5.1 say MAIL first";
	return NULL;
}

static void
run_command(struct session *s, char *line)
{
	const struct command *command = commands;
	const struct command *end = commands + sizeof commands / sizeof *commands;
	const char *argument, *reply;

	while (command < end && !command_is(line, command->verb, &argument))
		command++;
	if (command == end)
		session_say(s, "500 5.5.2 command not understood");
	else if ((reply = refusal(s, command)) == NULL)
		command->run(s, argument);
	else if (command->run == intake_bdat)
		intake_refuse_chunk(s, argument, reply);
	else
		session_say(s, reply);
	if (command == end || !(command->rules & MAY_WAIT))
		dialogue_flush(s->client, s->settings->command_timeout_s);
}

/* The next line, or what became of it. */
static void
take_line(struct session *s)
{
	int timeout_s = s->settings->command_timeout_s;
	size_t len;
	char *line;

	if (s->channel.is_closing && timeout_s > CLOSING_TIMEOUT_S)
		timeout_s = CLOSING_TIMEOUT_S;
	s->client->waker = s->channel.is_closing ? -1 : s->channel.fd;
	switch (dialogue_line(s->client, timeout_s, &line, &len)) {
	case LINE_OK:
		s->client->waker = -1; /* what a command waits for is the client */
		run_command(s, line);
		break;
	case LINE_TOO_LONG: session_say(s, "500 5.5.6 that line is too long"); break;
	case LINE_BAD: session_say(s, "500 5.5.2 lines end in CRLF, and hold no NUL"); break;
	case LINE_TIMEOUT: session_hang_up(s, "421 4.4.2 nothing heard for too long"); break;
	case LINE_END: s->ended = true; break;
	case LINE_WOKEN: ask_hear(&s->channel); break;
	}
	if (s->bad_commands > BAD_COMMANDS_MAX && !s->ended)
		session_hang_up(s, "421 4.7.0 too many errors");
	/* RFC 5321 3.8: a transaction may come to its end, another may not begin. */
	if (s->channel.is_closing && !s->mail && !s->ended)
		session_hang_up(s, "421 4.3.2 the server is shutting down, try again later");
}

/* The greeting, or why there is none. RFC 5321 3.1 */
static void
greet(struct session *s)
{
	const char *reply = s->settings->policy_first ? policy_ask(s, "CONNECT", "") : NULL;
	char line[REPLY_MAX + 1];

	if (!reply) {
		session_say_text(s, "220", s->settings->server, " ESMTP");
		return;
	}
	if (reply[0] != '5') {
		session_hang_up(s, "421 4.7.0 not now, try again later");
		return;
	}
	/* The greeting has no enhanced code: RFC 2034 4. */
	log_event("refused", "command", "CONNECT", "reply", reply, NULL);
	snprintf(line, sizeof line, "554 %s %s", s->settings->server,
	         reply + strcspn(reply, " ") + strspn(reply + strcspn(reply, " "), " .0123456789"));
	session_say(s, line);
	s->refused = true;
}

void
speaker_run(const struct speaker_settings *settings, int channel)
{
	static struct dialogue client;
	struct session s;

	dialogue_start(&client, 0, 1);
	session_start(&s, settings, channel, &client);
	greet(&s);
	while (!s.ended)
		take_line(&s);
	dialogue_flush(&client, settings->command_timeout_s);
	session_end(&s);
	log_event("disconnect", "client", settings->client, NULL);
}
