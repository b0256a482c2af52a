#include "net/speaker.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/record.h"
#include "base/verdict.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/dot.h"
#include "mail/envelope.h"
#include "net/ask.h"
#include "net/dialogue.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	DATA_TIMEOUT_S = 180,    /* RFC 5321 4.5.3.2.5: between two blocks of data */
	VERDICT_TIMEOUT_S = 600, /* RFC 5321 4.5.3.2.6: no client waits longer */
	STAGE_TIMEOUT_S = 300,   /* for a stage that does not take what we hand it */
	LOGIN_TIMEOUT_S = 120,   /* for an auth program's next line */
	POLICY_TIMEOUT_S = 60,
	DATA_GRACE_S = 300,       /* after that a client must be faster than ... */
	DATA_SLOWEST_BYTES = 100, /* ... so many bytes a second */
	BAD_COMMANDS_MAX = 20,
	BAD_LOGIN_WEIGHT = 6, /* so many bad commands is a failed login: after four, good bye */
	VERDICT_MAX_BYTES = 1 << 18,
	REPLY_MAX = 510, /* RFC 5321 4.5.3.1.5, without CRLF */
	MS = 1000,
};

struct session {
	const struct speaker_settings *settings;
	int channel;
	struct dialogue *client;
	bool tls;
	bool logged_in;
	bool greeted;  /* EHLO or HELO was accepted */
	bool extended; /* ... it was EHLO */
	bool mail;     /* a transaction is open */
	bool ended;
	unsigned int recipients;
	unsigned int bad_commands;
	int policy; /* -1: not asked for yet */
	char helo[DOMAIN_MAX + 1];
	stralloc sender;
	stralloc facts; /* envelope records of this transaction, without recipients */
	stralloc rcpts; /* recipient records */
};

static bool
say(struct session *s, const char *reply)
{
	/* RFC 2034 and 4.2: what is wrong counts, so that nobody can go on guessing for ever. */
	if (reply[0] == '5')
		s->bad_commands++;
	return dialogue_put(s->client, reply);
}

/* A reply made of parts, cut to the length that RFC 5321 4.5.3.1.5 gives. */
static void
say_text(struct session *s, const char *code, const char *text, const char *more)
{
	char reply[REPLY_MAX + 1];

	snprintf(reply, sizeof reply, "%s %s%s", code, text, more);
	say(s, reply);
}

/* 421: we end the session, for this reason. RFC 5321 3.8 */
static void
hang_up(struct session *s, const char *reply)
{
	say(s, reply);
	log_event("hung-up", "reply", reply, NULL);
	s->ended = true;
}

static void
transaction_reset(struct session *s)
{
	s->mail = false;
	s->recipients = 0;
	s->sender.len = s->facts.len = s->rcpts.len = 0;
}

/* STARTTLS and a new EHLO: nothing of before counts. RFC 3207 4.2 */
static void
session_reset(struct session *s)
{
	transaction_reset(s);
	s->greeted = s->extended = false;
	s->helo[0] = 0;
}

static void
no_memory(struct session *s)
{
	transaction_reset(s);
	hang_up(s, "421 4.3.0 out of memory, try again later");
}

/* --- greeting and small commands --- */

static void
run_hello(struct session *s, const char *argument, bool extended)
{
	const struct speaker_settings *settings = s->settings;
	char line[REPLY_MAX + 1], size[UINT64_FMT];

	if (!helo_valid(argument)) {
		say(s, "501 5.5.4 give your host name or [address] after EHLO or HELO");
		return; /* the state stays as it was: RFC 5321 4.1.4 */
	}
	transaction_reset(s);
	s->greeted = true;
	s->extended = extended;
	strcpy(s->helo, argument); /* helo_valid: at most DOMAIN_MAX */
	snprintf(line, sizeof line, extended ? "250-%s" : "250 %s", settings->server);
	say(s, line);
	if (!extended)
		return;
	say(s, "250-PIPELINING");
	size[uint64_fmt(size, settings->size_max)] = 0;
	snprintf(line, sizeof line, "250-SIZE %s", size);
	say(s, line);
	if (settings->starttls && !s->tls)
		say(s, "250-STARTTLS");
	if (settings->mechanisms && s->tls) {
		snprintf(line, sizeof line, "250-AUTH %s", settings->mechanisms);
		say(s, line);
	}
	say(s, "250-8BITMIME");
	say(s, "250 ENHANCEDSTATUSCODES");
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
		say(s, "501 5.5.4 RSET takes no argument");
		return;
	}
	transaction_reset(s);
	say(s, "250 2.0.0 as if you had said nothing");
}

static void
run_noop(struct session *s, const char *argument)
{
	(void)argument; /* RFC 5321 4.1.1.9: it may have one, of no meaning */
	say(s, "250 2.0.0 ok");
}

static void
run_help(struct session *s, const char *argument)
{
	(void)argument;
	say(s, "214 2.0.0 RFC 5321; this is smtpipe");
}

static void
run_vrfy(struct session *s, const char *argument)
{
	if (!*argument)
		say(s, "501 5.5.4 VRFY needs an address");
	else
		say(s, "252 2.0.0 send mail to it, and you will know");
}

static void
run_not_here(struct session *s, const char *argument)
{
	(void)argument;
	say(s, "502 5.5.1 this command is not offered here");
}

/* Somebody makes a browser talk to us: the lines that follow are not meant for us either. */
static void
run_other_protocol(struct session *s, const char *argument)
{
	(void)argument;
	hang_up(s, "421 4.7.0 this is a mail server");
}

static void
run_quit(struct session *s, const char *argument)
{
	if (*argument) {
		say(s, "501 5.5.4 QUIT takes no argument");
		return;
	}
	say(s, "221 2.0.0 bye");
	s->ended = true;
}

/* --- TLS and login --- */

static void
run_starttls(struct session *s, const char *argument)
{
	int fds[2];

	if (*argument) {
		say(s, "501 5.5.4 STARTTLS takes no argument");
		return;
	}
	if (s->tls) {
		say(s, "503 5.5.1 TLS is on already");
		return;
	}
	if (!s->settings->starttls) {
		say(s, "502 5.5.1 STARTTLS is not offered here");
		return;
	}
	if (dialogue_pending(s->client)) {
		/* Commands that were sent in the clear, to be obeyed inside TLS: RFC 3207 6. */
		hang_up(s, "503 5.5.1 nothing may follow STARTTLS before its reply");
		return;
	}
	say(s, "220 2.0.0 start TLS now");
	if (!dialogue_flush(s->client, s->settings->command_timeout_s)
	    || ask(s->channel, ASK_TLS, fds, 2) != ANSWER_YES || dup2(fds[0], 0) < 0
	    || dup2(fds[1], 1) < 0) {
		/* A failed handshake: there is nobody left to talk to, and never in the clear. */
		log_event("tls-failed", "client", s->settings->client, NULL);
		s->ended = true;
		return;
	}
	close(fds[0]);
	close(fds[1]);
	session_reset(s);
	dialogue_start(s->client, 0, 1);
	s->tls = true;
}

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
		if (!dialogue_put(judge, next) || !dialogue_flush(judge, STAGE_TIMEOUT_S)
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

static void
run_auth(struct session *s, const char *argument)
{
	static struct dialogue judge;
	const char *reply;
	int fd;

	if (!s->settings->mechanisms) {
		say(s, "502 5.5.1 this server takes no logins");
		return;
	}
	if (s->logged_in) {
		say(s, "503 5.5.1 you are logged in already");
		return;
	}
	if (s->mail) {
		say(s, "503 5.5.1 no login inside a transaction");
		return;
	}
	if (!s->tls) {
		say(s, "538 5.7.11 log in over TLS only: say STARTTLS first");
		return;
	}
	if (!*argument) {
		say(s, "501 5.5.4 name a mechanism after AUTH");
		return;
	}
	if (ask(s->channel, ASK_LOGIN, &fd, 1) != ANSWER_YES) {
		say(s, "454 4.7.0 logins are not possible for now, try again later");
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
		say(s, reply);
}

/* --- policy --- */

/* An action of Postfix's access(5) as a reply; NULL: nothing against it. */
static const char *
policy_reply(const char *action)
{
	static char reply[REPLY_MAX + 1];
	const char *text = strchr(action, ' ');

	text = text ? text + 1 : "";
	if (strcasecmp(action, "OK") == 0 || strcasecmp(action, "DUNNO") == 0)
		return NULL;
	if (strncasecmp(action, "REJECT", 6) == 0)
		snprintf(reply, sizeof reply, "554 5.7.1 %s", *text ? text : "not permitted");
	else if (strncasecmp(action, "DEFER", 5) == 0)
		snprintf(reply, sizeof reply, "450 4.7.1 %s", *text ? text : "not now");
	else if ((action[0] == '4' || action[0] == '5') && strspn(action, "0123456789") == 3
	         && action[3] == ' ' && action[4] == action[0] && action[5] == '.')
		snprintf(reply, sizeof reply, "%s", action);
	else
		return "451 4.3.5 our policy program is not understood, try again later";
	return reply;
}

/* Asks the policy program; NULL: it has nothing against it. */
static const char *
policy_ask(struct session *s, const char *state, const char *recipient)
{
	static struct dialogue judge;
	static char reply[REPLY_MAX + 1];
	const struct {
		const char *name, *value;
	} question[] = {
		{ "request", "smtpd_access_policy" },
		{ "protocol_state", state },
		{ "protocol_name", s->extended ? "ESMTP" : "SMTP" },
		{ "client_address", s->settings->client },
		{ "helo_name", s->helo },
		{ "sender", s->sender.s },
		{ "recipient", recipient },
		{ "instance", s->settings->conn },
	};
	enum line_status status;
	size_t len;
	char *line;

	if (s->policy < 0) {
		if (ask(s->channel, ASK_POLICY, &s->policy, 1) != ANSWER_YES) {
			s->policy = -1;
			return "451 4.3.5 our policy program cannot be asked, try again later";
		}
		dialogue_start(&judge, s->policy, s->policy);
		judge.lf = true;
	}
	for (size_t i = 0; i < sizeof question / sizeof *question; i++) {
		char attribute[REPLY_MAX + 1];

		snprintf(attribute, sizeof attribute, "%s=%s", question[i].name, question[i].value);
		if (!dialogue_put(&judge, attribute))
			goto broken;
	}
	if (!dialogue_put(&judge, "") || !dialogue_flush(&judge, POLICY_TIMEOUT_S))
		goto broken;
	reply[0] = 0;
	while ((status = dialogue_line(&judge, POLICY_TIMEOUT_S, &line, &len)) == LINE_OK && len)
		if (strncmp(line, "action=", 7) == 0)
			snprintf(reply, sizeof reply, "%s", line + 7);
	if (status == LINE_OK && reply[0])
		return policy_reply(reply);
broken:
	close(s->policy);
	s->policy = -1;
	return "451 4.3.5 our policy program gave no answer, try again later";
}

/* --- the transaction --- */

static const char *
path_reply(enum path_fault fault, bool sender)
{
	switch (fault) {
	case PATH_OK: return NULL;
	case PATH_NOT_ASCII:
		return sender ? "550 5.6.7 only ASCII in addresses here"
		              : "553 5.6.7 only ASCII in addresses here";
	case PATH_TOO_LONG:
		return sender ? "501 5.1.7 a part of the sender address is too long"
		              : "501 5.1.3 a part of the recipient address is too long";
	default:
		return sender ? "501 5.1.7 bad sender address; write MAIL FROM:<name@example.org>"
		              : "501 5.1.3 bad recipient address; write RCPT TO:<name@example.org>";
	}
}

/* RFC 6409 4.2: on submission, what is not fully qualified is refused. Literals are. */
static bool
qualified(const struct session *s, const char *mailbox)
{
	struct address parts;

	address_split(mailbox, &parts);
	return !s->settings->mechanisms || !parts.domain_len || parts.domain[0] == '['
	       || memchr(parts.domain, '.', parts.domain_len);
}

/* MAIL's parameters. A new extension is a new line; each answers NULL or a refusal. */

static const char *
take_size(struct session *s, const struct parameter *parameter)
{
	uint64_t bytes;

	if (!size_parse(parameter, &bytes))
		return "501 5.5.4 SIZE wants 1 to 20 digits";
	if (bytes > s->settings->size_max)
		return "552 5.3.4 that message is too big for us";
	return NULL;
}

static const char *
take_body(struct session *s, const struct parameter *parameter)
{
	static const char *const bodies[] = { "7BIT", "8BITMIME" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (parameter->value && strlen(bodies[i]) == parameter->value_len
		    && strncasecmp(parameter->value, bodies[i], parameter->value_len) == 0) {
			if (!record_add(&s->facts, ENVELOPE_BODY, bodies[i]))
				return "451 4.3.0 out of memory, try again later";
			return NULL;
		}
	return "501 5.5.4 BODY is 7BIT or 8BITMIME";
}

static const char *
take_auth(struct session *s, const struct parameter *parameter)
{
	/* RFC 4954 5: read, and not believed; who has logged in is known better. */
	if (!s->settings->mechanisms)
		return "555 5.5.4 AUTH= is not known here";
	if (!parameter->value || !xtext_valid(parameter->value, parameter->value_len))
		return "501 5.5.4 AUTH= wants xtext";
	return NULL;
}

static const struct mail_parameter {
	const char *keyword;
	const char *(*take)(struct session *, const struct parameter *);
} mail_parameters[] = {
	{ "SIZE", take_size },
	{ "BODY", take_body },
	{ "AUTH", take_auth },
};

static const char *
take_mail_parameters(struct session *s, const char *rest)
{
	enum { COUNT = sizeof mail_parameters / sizeof *mail_parameters };
	bool seen[COUNT] = { false };
	struct parameter parameter;
	enum parameter_status status;

	while ((status = parameter_next(&rest, &parameter)) == PARAMETER_OK) {
		const char *reply;
		size_t i = 0;

		while (i < COUNT && !parameter_is(&parameter, mail_parameters[i].keyword))
			i++;
		if (i == COUNT || !s->extended)
			return "555 5.5.4 a parameter of MAIL is not known here";
		if (seen[i])
			return "501 5.5.4 a parameter is given twice";
		seen[i] = true;
		if ((reply = mail_parameters[i].take(s, &parameter)) != NULL)
			return reply;
	}
	return status == PARAMETER_BAD ? "501 5.5.4 bad parameter" : NULL;
}

static void
run_mail(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "FROM:"), *reply;
	size_t used;

	if (s->mail) {
		say(s, "503 5.5.1 one sender only; RSET starts anew");
		return;
	}
	if (!path) {
		say(s, "501 5.5.4 write MAIL FROM:<name@example.org>");
		return;
	}
	transaction_reset(s);
	reply = path_reply(path_parse(path, strlen(path), PATH_REVERSE, false, &used, &s->sender),
	                   true);
	if (!stralloc_0(&s->sender)) {
		no_memory(s);
		return;
	}
	if (!reply && !qualified(s, s->sender.s))
		reply = "554 5.1.8 the sender's domain is not fully qualified";
	if (!reply)
		reply = take_mail_parameters(s, path + used);
	if (!reply && s->settings->policy)
		reply = policy_ask(s, "MAIL", "");
	if (!reply
	    && (!record_add(&s->facts, ENVELOPE_HELO, s->helo)
	        || !record_add(&s->facts, ENVELOPE_PROTOCOL, s->extended ? "ESMTP" : "SMTP")
	        || !record_add(&s->facts, ENVELOPE_SENDER, s->sender.s)))
		reply = "451 4.3.0 out of memory, try again later";
	if (reply) {
		log_event("refused", "command", "MAIL", "sender", s->sender.s, "reply", reply,
		          NULL);
		transaction_reset(s);
		say(s, reply);
		return;
	}
	s->mail = true;
	say(s, "250 2.1.0 sender ok");
}

/* The same mailbox twice gets one copy. */
static bool
recipient_known(const struct session *s, const char *mailbox)
{
	const char *record;
	size_t at = 0;

	while ((record = record_next(s->rcpts.s, s->rcpts.len, &at)) != NULL)
		if (strcmp(record + 1, mailbox) == 0)
			return true;
	return false;
}

static void
run_rcpt(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "TO:"), *reply, *rest;
	stralloc mailbox = STRALLOC_ZERO;
	struct parameter parameter;
	size_t used;

	if (!path) {
		say(s, "501 5.5.4 write RCPT TO:<name@example.org>");
		return;
	}
	reply =
	    path_reply(path_parse(path, strlen(path), PATH_FORWARD, false, &used, &mailbox), false);
	if (!stralloc_0(&mailbox)) {
		no_memory(s);
		return;
	}
	if (!reply && !qualified(s, mailbox.s))
		reply = "554 5.1.2 the recipient's domain is not fully qualified";
	if (!reply) {
		rest = path + used;
		switch (parameter_next(&rest, &parameter)) {
		case PARAMETER_NONE: break;
		case PARAMETER_OK: reply = "555 5.5.4 a parameter of RCPT is not known here"; break;
		case PARAMETER_BAD: reply = "501 5.5.4 bad parameter"; break;
		}
	}
	if (!reply && s->recipients == s->settings->recipients_max)
		reply = "452 4.5.3 too many recipients; send the message again to the others";
	if (!reply && s->settings->policy)
		reply = policy_ask(s, "RCPT", mailbox.s);
	if (!reply && !recipient_known(s, mailbox.s)) {
		if (record_add(&s->rcpts, ENVELOPE_RECIPIENT, mailbox.s))
			s->recipients++;
		else
			reply = "451 4.3.0 out of memory, try again later";
	}
	if (reply)
		log_event("refused", "command", "RCPT", "sender", s->sender.s, "recipient",
		          mailbox.s, "reply", reply, NULL);
	say(s, reply ? reply : "250 2.1.5 recipient ok");
	stralloc_free(&mailbox);
}

/* --- the message --- */

struct chain {
	int message, envelope, verdict;
	bool broken;    /* it takes no more; its verdict says why */
	bool stuck;     /* it took too long */
	uint64_t bytes; /* handed over */
};

/* Writes to a stage, which may be slow or gone. */
static void
chain_write(struct chain *chain, int fd, const char *bytes, size_t len)
{
	int64_t deadline_ms = clock_ms() + STAGE_TIMEOUT_S * MS;

	while (len && !chain->broken) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EAGAIN) {
			if (!clock_wait(fd, POLLOUT, deadline_ms))
				chain->broken = chain->stuck = true;
		} else if (n < 0 && errno != EINTR) {
			chain->broken = true;
		} else if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static bool
chain_start(struct session *s, struct chain *chain)
{
	int fds[ASK_FDS_MAX];

	if (ask(s->channel, ASK_MESSAGE, fds, 3) != ANSWER_YES)
		return false;
	*chain = (struct chain){ .message = fds[0], .envelope = fds[1], .verdict = fds[2] };
	fcntl(chain->message, F_SETFL, O_NONBLOCK);
	fcntl(chain->envelope, F_SETFL, O_NONBLOCK);
	/* The steward has written its facts before ours: see envelope.h. */
	chain_write(chain, chain->envelope, s->facts.s, s->facts.len);
	chain_write(chain, chain->envelope, s->rcpts.s, s->rcpts.len);
	chain_write(chain, chain->envelope, "", 1);
	return true;
}

static void
chain_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
chain_seal(struct chain *chain)
{
	char seal[UINT64_FMT + 2] = ".";
	size_t len = 1 + uint64_fmt(seal + 1, chain->bytes);

	seal[len++] = 0;
	chain_write(chain, chain->envelope, seal, len);
}

/*
 * All outcomes as one reply. Where some recipients have got it and some have not, no reply of SMTP
 * tells the truth: "later" makes a second copy for some, any other would lose one.
 */
static const char *
verdict_reply(stralloc *verdict)
{
	static char reply[REPLY_MAX + 1];
	size_t len = record_list_len(verdict->s, verdict->len), at = 0;
	const char *record;
	bool done = false;

	reply[0] = 0;
	while (len && (record = record_next(verdict->s, len, &at)) != NULL) {
		struct outcome outcome;

		if (!outcome_parse(verdict->s + (record - verdict->s), &outcome))
			return "451 4.3.0 a program of ours is not understood, try again later";
		/* Once cut apart, the record's NULs are no ends: step over the whole of it. */
		at = (size_t)(outcome.text + strlen(outcome.text) + 1 - verdict->s);
		if (outcome.fate == FATE_DONE)
			done = true;
		if (!reply[0] || outcome.fate == FATE_LATER
		    || (outcome.fate == FATE_NEVER && reply[0] == '2'))
			snprintf(reply, sizeof reply, "%d %s %s", outcome.code, outcome.enhanced,
			         outcome.text);
	}
	if (!reply[0])
		return "451 4.3.0 a program of ours gave no verdict, try again later";
	if (done && reply[0] == '5')
		return "451 4.3.0 only some recipients could be served, try again later";
	return reply;
}

static const char *
verdict_read(struct chain *chain)
{
	int64_t deadline_ms = clock_ms() + VERDICT_TIMEOUT_S * MS;
	stralloc verdict = STRALLOC_ZERO;
	const char *reply;
	ssize_t n;

	do {
		if (verdict.len > VERDICT_MAX_BYTES || !stralloc_readyplus(&verdict, 1024)
		    || !clock_wait(chain->verdict, POLLIN, deadline_ms)) {
			stralloc_free(&verdict);
			return "451 4.3.0 a program of ours gave no verdict, try again later";
		}
		n = read(chain->verdict, verdict.s + verdict.len, 1024);
		if (n > 0)
			verdict.len += (size_t)n;
	} while ((n > 0 || (n < 0 && errno == EINTR)) && !record_list_len(verdict.s, verdict.len));
	reply = verdict_reply(&verdict);
	stralloc_free(&verdict);
	return reply;
}

/* Why this message cannot be taken, whatever the chain says; NULL: it can. */
static const char *
data_fault(const struct session *s, const struct dot *dot, uint64_t bytes)
{
	static char reply[REPLY_MAX + 1];

	if (dot->bare_cr || dot->bare_lf)
		return "554 5.6.0 the message has a bare CR or LF; lines end in CRLF (RFC 5321 "
		       "2.3.8)";
	if (dot->nul)
		return "554 5.6.0 the message has a NUL byte";
	if (bytes > s->settings->size_max)
		return "552 5.3.4 the message is too big for us";
	if (s->settings->mechanisms && dot->long_line) {
		snprintf(
		    reply, sizeof reply,
		    "554 5.6.0 line %llu of the message is longer than 998 octets (RFC 5322 2.1.1)",
		    (unsigned long long)dot->long_line);
		return reply;
	}
	return NULL;
}

/* Reads the data to their end. false: the client is gone or too slow, and the session is over. */
static bool
data_read(struct session *s, struct chain *chain, struct dot *dot, uint64_t *bytes)
{
	int64_t start_ms = clock_ms();

	while (!dot->ended) {
		char *input;
		size_t len = dialogue_bytes(s->client, DATA_TIMEOUT_S, &input), used, made;
		int64_t spent_s = (clock_ms() - start_ms) / MS;

		if (!len
		    || (spent_s > DATA_GRACE_S
		        && *bytes / DATA_SLOWEST_BYTES < (uint64_t)(spent_s - DATA_GRACE_S))) {
			if (len || errno == ETIMEDOUT)
				hang_up(s, "421 4.4.2 the message comes too slowly");
			s->ended = true;
			return false;
		}
		made = dot_decode(dot, input, len, &used);
		dialogue_skip(s->client, used);
		*bytes += made;
		if (data_fault(s, dot, *bytes)) {
			chain_close(&chain->message); /* never sealed: it's dropped */
			chain->broken = true;
		}
		if (!chain->broken) {
			chain_write(chain, chain->message, input, made);
			chain->bytes += made;
		}
	}
	return true;
}

static void
run_data(struct session *s, const char *argument)
{
	struct dot dot = DOT_ZERO;
	struct chain chain;
	uint64_t bytes = 0;
	const char *reply;

	if (*argument) {
		say(s, "501 5.5.4 DATA takes no argument");
		return;
	}
	if (!s->recipients) {
		say(s, "554 5.5.1 no recipient was accepted");
		return;
	}
	if (!chain_start(s, &chain)) {
		transaction_reset(s);
		say(s, "451 4.3.0 the message cannot be taken for now, try again later");
		return;
	}
	say(s, "354 send the message, end with a line that is a dot");
	if (data_read(s, &chain, &dot, &bytes)) {
		reply = data_fault(s, &dot, bytes);
		if (!reply)
			chain_seal(&chain);
		chain_close(&chain.message);
		chain_close(&chain.envelope);
		if (!reply)
			reply = chain.stuck
			            ? "451 4.3.0 a program of ours does not answer, try again later"
			            : verdict_read(&chain);
		log_event(reply[0] == '2' ? "accepted" : "refused", "command", "DATA", "sender",
		          s->sender.s, "reply", reply, NULL);
		say(s, reply);
	}
	chain_close(&chain.message);
	chain_close(&chain.envelope);
	chain_close(&chain.verdict);
	transaction_reset(s);
}

/* --- the session --- */

/* What must have gone before a command, and where it is allowed all the same. */
enum {
	AFTER_HELLO = 1,
	AFTER_MAIL = 2,
	IN_CLEAR = 4,     /* on submission: before TLS too. RFC 3207 4 */
	BEFORE_LOGIN = 8, /* on submission: before AUTH too. RFC 4954 6 */
};

static const struct command {
	const char *verb;
	int rules;
	void (*run)(struct session *, const char *argument);
} commands[] = {
	{ "EHLO", IN_CLEAR | BEFORE_LOGIN, run_ehlo },
	{ "HELO", IN_CLEAR | BEFORE_LOGIN, run_helo },
	{ "MAIL", AFTER_HELLO, run_mail },
	{ "RCPT", AFTER_HELLO | AFTER_MAIL, run_rcpt },
	{ "DATA", AFTER_HELLO | AFTER_MAIL, run_data },
	{ "RSET", IN_CLEAR | BEFORE_LOGIN, run_rset },
	{ "NOOP", IN_CLEAR | BEFORE_LOGIN, run_noop },
	{ "QUIT", IN_CLEAR | BEFORE_LOGIN, run_quit },
	{ "STARTTLS", IN_CLEAR | BEFORE_LOGIN, run_starttls },
	{ "AUTH", AFTER_HELLO | IN_CLEAR | BEFORE_LOGIN, run_auth },
	{ "VRFY", 0, run_vrfy },
	{ "HELP", IN_CLEAR | BEFORE_LOGIN, run_help },
	{ "EXPN", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "ETRN", IN_CLEAR | BEFORE_LOGIN, run_not_here }, /* RFC 6409 7 */
	{ "ATRN", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "BDAT", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "TURN", IN_CLEAR | BEFORE_LOGIN, run_not_here }, /* RFC 5321 Appendix F */
	{ "SEND", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "SOML", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "SAML", IN_CLEAR | BEFORE_LOGIN, run_not_here },
	{ "GET", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "POST", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "PUT", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
	{ "CONNECT", IN_CLEAR | BEFORE_LOGIN, run_other_protocol },
};

static void
run_command(struct session *s, char *line)
{
	const struct command *command = commands;
	const struct command *end = commands + sizeof commands / sizeof *commands;
	const char *argument;
	bool submission = s->settings->mechanisms;

	while (command < end && !command_is(line, command->verb, &argument))
		command++;
	if (command == end)
		say(s, "500 5.5.2 command not understood");
	else if (command->rules & AFTER_HELLO && !s->greeted)
		say(s, "503 5.5.1 say EHLO first");
	else if (submission && !s->tls && !(command->rules & IN_CLEAR))
		say(s, "530 5.7.0 say STARTTLS first");
	else if (submission && !s->logged_in && !(command->rules & BEFORE_LOGIN))
		say(s, "530 5.7.0 log in first (AUTH)");
	else if (command->rules & AFTER_MAIL && !s->mail)
		say(s, "503 5.5.1 say MAIL first");
	else
		command->run(s, argument);
}

void
speaker_run(const struct speaker_settings *settings, int channel)
{
	static struct dialogue client;
	struct session s = { .settings = settings,
		             .channel = channel,
		             .client = &client,
		             .tls = settings->tls,
		             .policy = -1 };
	size_t len;
	char *line;

	dialogue_start(&client, 0, 1);
	say_text(&s, "220", settings->server, " ESMTP");
	while (!s.ended) {
		switch (dialogue_line(&client, settings->command_timeout_s, &line, &len)) {
		case LINE_OK: run_command(&s, line); break;
		case LINE_TOO_LONG: say(&s, "500 5.5.6 that line is too long"); break;
		case LINE_BAD: say(&s, "500 5.5.2 lines end in CRLF, and hold no NUL"); break;
		case LINE_TIMEOUT: hang_up(&s, "421 4.4.2 nothing heard for too long"); break;
		case LINE_END: s.ended = true; break;
		}
		if (s.bad_commands > BAD_COMMANDS_MAX && !s.ended)
			hang_up(&s, "421 4.7.0 too many errors");
	}
	dialogue_flush(&client, settings->command_timeout_s);
	log_event("disconnect", "client", settings->client, NULL);
}
