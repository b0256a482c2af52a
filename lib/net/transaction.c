#include "net/transaction.h"

#include "base/die.h"
#include "base/record.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/envelope.h"
#include "net/policy_ask.h"

#include <string.h>
#include <strings.h>

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

void
transaction_mail(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "FROM:"), *reply;
	size_t used;

	if (s->mail) {
		session_say(s, "503 5.5.1 one sender only; RSET starts anew");
		return;
	}
	if (!path) {
		session_say(s, "501 5.5.4 write MAIL FROM:<name@example.org>");
		return;
	}
	session_clear(s);
	reply = path_reply(path_parse(path, strlen(path), PATH_REVERSE, false, &used, &s->sender),
	                   true);
	if (!stralloc_0(&s->sender)) {
		session_no_memory(s);
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
		session_clear(s);
		session_say(s, reply);
		return;
	}
	s->mail = true;
	session_say(s, "250 2.1.0 sender ok");
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

void
transaction_rcpt(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "TO:"), *reply, *rest;
	stralloc mailbox = STRALLOC_ZERO;
	struct parameter parameter;
	size_t used;

	if (!path) {
		session_say(s, "501 5.5.4 write RCPT TO:<name@example.org>");
		return;
	}
	reply =
	    path_reply(path_parse(path, strlen(path), PATH_FORWARD, false, &used, &mailbox), false);
	if (!stralloc_0(&mailbox)) {
		session_no_memory(s);
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
	session_say(s, reply ? reply : "250 2.1.5 recipient ok");
	stralloc_free(&mailbox);
}
