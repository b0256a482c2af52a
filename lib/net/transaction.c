#include "net/transaction.h"

#include "base/die.h"
#include "base/record.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/envelope.h"
#include "mail/utf8.h"
#include "net/mail_parameter.h"
#include "net/policy_ask.h"

#include <stdio.h>
#include <string.h>

static const char *
path_reply(enum path_fault fault, bool sender)
{
	switch (fault) {
	case PATH_OK: return NULL;
	case PATH_NOT_ASCII:
		return sender ? "550 5.6.7 this address is not ASCII: say SMTPUTF8 behind it"
		              : "553 5.6.7 this address is not ASCII: say SMTPUTF8 after MAIL";
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

/* Behind the ">" of a path that has no "@" outside quotes; NULL: it has, or is no path. */
static const char *
local_end(const char *path)
{
	bool quoted = false;

	if (*path != '<')
		return NULL;
	for (path++; *path && (quoted || (*path != '@' && *path != '>')); path++)
		if (*path == '"')
			quoted = !quoted;
		else if (*path == '\\' && path[1])
			path++;
	return *path == '>' ? path : NULL;
}

/*
 * Reads a path, and completes it where the settings say how (RFC 6409 4.2): a mailbox without domain,
 * but for Postmaster, and a domain of one label.
 *
 * rest  set to what stands behind the path; only with PATH_OK
 */
static enum path_fault
take_path(const struct session *s, const char *path, enum path_kind kind, bool utf8,
          stralloc *mailbox, const char **rest)
{
	const char *domain = s->settings->qualify, *end;
	stralloc whole = STRALLOC_ZERO;
	enum path_fault fault;
	struct address parts;
	size_t used;

	fault = path_parse(path, strlen(path), kind, utf8, &used, mailbox);
	if (fault == PATH_OK)
		*rest = path + used;
	if (!domain || (fault != PATH_OK && fault != PATH_SYNTAX))
		return fault;
	if (fault == PATH_SYNTAX) {
		end = local_end(path);
		if (!end || end == path + 1)
			return fault;
		if (!stralloc_catb(&whole, path, (size_t)(end - path))
		    || !stralloc_append(&whole, '@') || !stralloc_cats(&whole, domain)
		    || !stralloc_append(&whole, '>'))
			return PATH_SYNTAX;
		fault = path_parse(whole.s, whole.len, kind, utf8, &used, mailbox);
		*rest = end + 1;
		stralloc_free(&whole);
		return fault;
	}
	if (!stralloc_readyplus(mailbox, 1))
		return PATH_SYNTAX;
	mailbox->s[mailbox->len] = 0;
	address_split(mailbox->s, &parts);
	if (parts.domain_len && parts.domain[0] != '['
	    && !memchr(parts.domain, '.', parts.domain_len)
	    && (!stralloc_append(mailbox, '.') || !stralloc_cats(mailbox, domain)))
		return PATH_SYNTAX;
	return PATH_OK;
}

void
transaction_mail(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "FROM:"), *reply, *rest = NULL;
	char lowered[8];

	if (s->mail) {
		session_say(s, "503 5.5.1 one sender only; RSET starts anew");
		return;
	}
	if (!path) {
		session_say(s, "501 5.5.4 write MAIL FROM:<name@example.org>");
		return;
	}
	session_clear(s);
	/* Whether SMTPUTF8 was said is known only behind it. */
	reply = path_reply(take_path(s, path, PATH_REVERSE, true, &s->sender, &rest), true);
	if (!stralloc_0(&s->sender)) {
		session_no_memory(s);
		return;
	}
	if (!reply && !qualified(s, s->sender.s))
		reply = "554 5.1.8 write the sender's domain in full, as name@host.example.org";
	if (!reply)
		reply = mail_parameters(s, rest);
	if (!reply && !s->utf8 && !utf8_is_ascii(s->sender.s))
		reply = path_reply(PATH_NOT_ASCII, true);
	/* On an MX the questions about recipients tell the sender, too. */
	if (!reply && s->settings->policy && s->settings->mechanisms)
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
	if (s->priority_lowered) {
		snprintf(lowered, sizeof lowered, "%d", mail_priority_max(s));
		session_say_text(s, "250 2.3.6", lowered, " is the highest priority you may have");
	} else {
		session_say(s, "250 2.1.0 sender ok");
	}
}

/* The same mailbox twice gets one copy. */
static bool
recipient_known(const struct session *s, const char *mailbox)
{
	const char *record;
	size_t at = 0;

	while ((record = record_next(s->rcpts.s, s->rcpts.len, &at)) != NULL)
		if (record[0] == ENVELOPE_RECIPIENT && strcmp(record + 1, mailbox) == 0)
			return true;
	return false;
}

void
transaction_rcpt(struct session *s, const char *argument)
{
	const char *path = command_after(argument, "TO:"), *reply, *rest;
	stralloc mailbox = STRALLOC_ZERO, records = STRALLOC_ZERO;

	if (!path) {
		session_say(s, "501 5.5.4 write RCPT TO:<name@example.org>");
		return;
	}
	if (s->intake.is_open) {
		session_say(s, "503 5.5.1 the message has begun; its recipients are known");
		return;
	}
	reply = path_reply(take_path(s, path, PATH_FORWARD, s->utf8, &mailbox, &rest), false);
	if (!stralloc_0(&mailbox)) {
		session_no_memory(s);
		return;
	}
	if (!reply && !qualified(s, mailbox.s))
		reply = "554 5.1.2 write the recipient's domain in full, as name@host.example.org";
	if (!reply)
		reply = rcpt_parameters(s, rest, &records);
	if (!reply && s->recipients == s->settings->recipients_max)
		reply = "452 4.5.3 too many recipients; send the message again to the others";
	if (!reply && s->settings->policy)
		reply = policy_ask(s, "RCPT", mailbox.s);
	if (!reply && !recipient_known(s, mailbox.s)) {
		if (record_add(&s->rcpts, ENVELOPE_RECIPIENT, mailbox.s)
		    && stralloc_catb(&s->rcpts, records.s, records.len))
			s->recipients++;
		else
			reply = "451 4.3.0 out of memory, try again later";
	}
	if (reply)
		log_event("refused", "command", "RCPT", "sender", s->sender.s, "recipient",
		          mailbox.s, "reply", reply, NULL);
	session_say(s, reply ? reply : "250 2.1.5 recipient ok");
	stralloc_free(&mailbox);
	stralloc_free(&records);
}
