#include "net/relay.h"

#include "base/die.h"
#include "base/io.h"
#include "base/more.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/utf8.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each outcome is written as soon as it's known: what we say is true even if we die next. */
static void
report(const struct smtp_recipient *recipient, const struct outcome *outcome)
{
	static const char *const events[] = {
		[FATE_DONE] = "delivered", [FATE_LATER] = "deferred", [FATE_NEVER] = "refused"
	};
	stralloc record = STRALLOC_ZERO;

	log_event(events[outcome->fate], "recipient", recipient->address, "host", outcome->host,
	          "tls", outcome->tls, "code", outcome->enhanced, "text", outcome->text, NULL);
	if (!outcome_add(&record, outcome))
		die_memory();
	if (!io_write(FD_VERDICT, record.s, record.len))
		die_temporary("cannot write the verdict");
	stralloc_free(&record);
}

/* What goes into a command line between "<" and ">" must be an address and nothing else. */
static bool
address_is_sound(const char *address, enum path_kind kind)
{
	stralloc path = STRALLOC_ZERO, mailbox = STRALLOC_ZERO;
	size_t used;
	bool sound;

	if (!stralloc_cats(&path, "<") || !stralloc_cats(&path, address)
	    || !stralloc_cats(&path, ">"))
		die_memory();
	sound = path_parse(path.s, path.len, kind, true, &used, &mailbox) == PATH_OK
	        && used == path.len;
	stralloc_free(&path);
	stralloc_free(&mailbox);
	return sound;
}

/* A parameter's value: no control, and no space or "=" that would begin another one. */
static const char *
parameter(const char *value)
{
	if (!value)
		return NULL;
	for (const char *c = value; *c; c++)
		if (!(*c & 0x80) && (*c <= ' ' || *c > '~' || *c == '='))
			die_later("the envelope has a parameter that no command line can hold");
	return *value ? value : NULL;
}

static void
choose_all(struct relay *relay, bool chosen)
{
	for (size_t i = 0; i < relay->mail.count; i++)
		relay->mail.recipients[i].chosen = chosen;
}

/* Those that no server need be asked about. */
static void
refuse_unsendable(struct relay *relay)
{
	struct smtp_mail *mail = &relay->mail;
	struct trouble why;

	trouble_set(&why, 553, "5.1.3", "this is not a mail address");
	choose_all(relay, false);
	for (size_t i = 0; i < mail->count; i++) {
		mail->recipients[i].chosen =
		    !address_is_sound(mail->recipients[i].address, PATH_FORWARD);
	}
	relay_decide(relay, &why, "-", "-");
	choose_all(relay, true);
	if (relay->message.content.has_bare_cr_or_lf && !mail->declared_binary) {
		trouble_set(&why, 554, "5.6.0", "the message has a bare CR or LF");
		relay_decide(relay, &why, "-", "-");
	}
}

/* "1795314600;RT": seconds since 1970, and the mode. NULL is none. */
static bool
deadline_read(struct smtp_mail *mail, const char *value)
{
	static const char *const modes[] = { "R", "RT", "N", "NT" };
	size_t len = value ? int64_scan(value, &mail->deadline_s) : 0;

	if (!value)
		return true;
	mail->has_deadline = true;
	mail->by_mode = value + len + 1;
	for (size_t i = 0; len && value[len] == ';' && i < sizeof modes / sizeof *modes; i++)
		if (strcmp(mail->by_mode, modes[i]) == 0)
			return true;
	return false;
}

/* As to_ascii wants it. What it makes is kept at this place of rewritten. */
static const char *
ascii_form(struct relay *relay, const char *address, size_t place)
{
	stralloc text = STRALLOC_ZERO;
	char ascii[DOMAIN_MAX + 1];
	struct address parts;

	address_split(address, &parts);
	if (!relay->to_ascii || !parts.domain_len || utf8_is_ascii(parts.domain)
	    || !relay->to_ascii(ascii, parts.domain))
		return address;
	if (!stralloc_catb(&text, address, (size_t)(parts.domain - address)) || !stralloc_0(&text))
		die_memory();
	if (utf8_is_ascii(text.s)) {
		text.len--;
		if (!stralloc_cats(&text, ascii) || !stralloc_0(&text))
			die_memory();
		relay->rewritten[place] = text.s;
		return text.s;
	}
	stralloc_free(&text);
	return address;
}

static void
mail_fill(struct relay *relay)
{
	const struct envelope *envelope = &relay->envelope;
	struct smtp_mail *mail = &relay->mail;
	struct recipient recipient;
	size_t at = 0;

	*mail = (struct smtp_mail){
		.sender = envelope_get(envelope, ENVELOPE_SENDER),
		.ret = parameter(envelope_get(envelope, ENVELOPE_RET)),
		.envid = parameter(envelope_get(envelope, ENVELOPE_ENVID)),
		.declared_8bit = strcmp(envelope_get(envelope, ENVELOPE_BODY), "8BITMIME") == 0,
		.declared_binary = envelope_is_binary(envelope),
		.needs_tls = envelope->value[ENVELOPE_REQUIRETLS] != NULL,
		.priority = parameter(envelope->value[ENVELOPE_PRIORITY]),
		.solicit = parameter(envelope->value[ENVELOPE_SOLICIT]),
		.message = &relay->message,
		.recipients = calloc(envelope->recipients + 1, sizeof *mail->recipients),
		.report = report,
	};
	relay->rewritten = calloc(envelope->recipients + 2, sizeof *relay->rewritten);
	if (!mail->recipients || !relay->rewritten)
		die_memory();
	mail->sender = ascii_form(relay, mail->sender, envelope->recipients);
	if (!deadline_read(mail, parameter(envelope->value[ENVELOPE_DELIVER_BY])))
		die_later("the envelope's time to deliver by is broken");
	if (!address_is_sound(mail->sender, PATH_REVERSE))
		die_later("the envelope's sender is not an address");
	while (envelope_recipient(envelope, &at, &recipient)) {
		mail->recipients[mail->count] =
		    (struct smtp_recipient){ .address =
			                         ascii_form(relay, recipient.address, mail->count),
			                     .notify = parameter(recipient.notify),
			                     .orcpt = parameter(recipient.orcpt),
			                     .number = (int)mail->count };
		mail->count++;
	}
	relay->message_needs_utf8 =
	    !utf8_is_ascii(mail->sender)
	    || (envelope->value[ENVELOPE_UTF8] && relay->message.content.header_has_8bit);
}

static void
take(struct relay *relay, const char *name)
{
	if (relay->stage.by_hand
	    || !envelope_parse(&relay->envelope, relay->stage.envelope.s,
	                       relay->stage.envelope.len))
		die_later("the envelope is broken or missing");
	log_ids(envelope_get(&relay->envelope, ENVELOPE_CONNECTION),
	        envelope_get(&relay->envelope, ENVELOPE_MESSAGE));
	relay->name = name ? name : envelope_get(&relay->envelope, ENVELOPE_SERVER);
	if (!domain_valid(relay->name, strlen(relay->name), false))
		die_later("we have no name to say hello with; give this host's with -e");
	outgoing_take(&relay->message, &relay->stage);
	mail_fill(relay);
	refuse_unsendable(relay);
}

void
relay_take(struct relay *relay, const struct serve *settings, const char *name)
{
	*relay = (struct relay){ .to_ascii = relay->to_ascii, .domain = "" };
	stage_start(&relay->stage, settings, NULL);
	take(relay, name);
}

bool
relay_again(struct relay *relay, const char *name, int connection)
{
	for (size_t i = 0; i <= relay->mail.count; i++)
		free(relay->rewritten[i]);
	free(relay->rewritten);
	free(relay->mail.recipients);
	if (relay->message.fd != FD_MESSAGE)
		close(relay->message.fd);
	*relay = (struct relay){ .to_ascii = relay->to_ascii, .stage = relay->stage, .domain = "" };
	if (!stage_more(&relay->stage, connection))
		return false;
	take(relay, name);
	return true;
}

static bool
same_domain(const char *a, const char *b)
{
	struct address x, y;

	address_split(a, &x);
	address_split(b, &y);
	return domain_equal(x.domain, x.domain_len, y.domain, y.domain_len);
}

bool
relay_choose(struct relay *relay, bool by_domain)
{
	struct smtp_mail *mail = &relay->mail;
	const struct smtp_recipient *first = NULL;
	struct address parts;

	for (size_t i = 0; i < mail->count; i++) {
		struct smtp_recipient *recipient = &mail->recipients[i];

		recipient->chosen = false;
		if (recipient->fate != FATE_NONE)
			continue;
		if (!first)
			first = recipient;
		recipient->chosen =
		    (!by_domain || same_domain(first->address, recipient->address))
		    && (relay->message_needs_utf8
		        || utf8_is_ascii(first->address) == utf8_is_ascii(recipient->address));
	}
	if (!first)
		return false;
	address_split(first->address, &parts);
	relay->domain = parts.domain;
	mail->needs_utf8 = relay->message_needs_utf8 || !utf8_is_ascii(first->address);
	return true;
}

bool
relay_waives_tls(const struct relay *relay)
{
	char chunk[4096];
	stralloc text = STRALLOC_ZERO;
	size_t end = 0;
	bool waives, whole = false;
	ssize_t n = 1;

	if (relay->mail.needs_tls)
		return false;
	while (!whole && n > 0 && text.len < HEADER_MAX_BYTES) {
		n = outgoing_read(&relay->message, text.len, chunk, sizeof chunk);
		if (n < 0)
			die_temporary("cannot read the message again");
		if (!stralloc_catb(&text, chunk, (size_t)n))
			die_memory();
		whole = header_end(text.s, text.len, &end);
	}
	waives = header_waives_tls(text.s, whole ? end : text.len);
	stralloc_free(&text);
	return waives;
}

bool
relay_is_done(const struct relay *relay)
{
	for (size_t i = 0; i < relay->mail.count; i++)
		if (relay->mail.recipients[i].chosen && relay->mail.recipients[i].fate == FATE_NONE)
			return false;
	return true;
}

void
relay_decide(struct relay *relay, const struct trouble *why, const char *host, const char *tls)
{
	for (size_t i = 0; i < relay->mail.count; i++) {
		struct smtp_recipient *recipient = &relay->mail.recipients[i];

		if (!recipient->chosen || recipient->fate != FATE_NONE)
			continue;
		recipient->fate = why->fate;
		report(recipient, &(struct outcome){ .fate = why->fate,
		                                     .recipient = recipient->number,
		                                     .code = why->code,
		                                     .enhanced = why->enhanced,
		                                     .host = host,
		                                     .tls = tls,
		                                     .text = why->text });
	}
}

int
relay_end(const struct relay *relay, bool asks)
{
	int code = 0;

	for (size_t i = 0; i < relay->mail.count; i++)
		if (relay->mail.recipients[i].fate == FATE_LATER)
			code = EXIT_TEMPORARY;
		else if (relay->mail.recipients[i].fate == FATE_NEVER && !code)
			code = EXIT_PERMANENT;
	if (asks)
		more_ask(); /* before the end: whoever reads that knows then */
	if (!io_write(FD_VERDICT, "", 1))
		die_temporary("cannot write the verdict");
	close(FD_VERDICT);
	return code;
}
