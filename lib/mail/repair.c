#include "mail/repair.h"

#include "mail/address.h"
#include "mail/authserv.h"
#include "mail/date.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/lex.h"
#include "mail/mailbox_list.h"
#include "mail/received.h"
#include "mail/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINE_GOOD = 78, LINE_MOST = 998 }; /* bytes without line end; RFC 5322 2.1.1 */

enum rule_number {
	DATE,
	FROM,
	SENDER,
	REPLY_TO,
	TO,
	CC,
	MESSAGE_ID,
	IN_REPLY_TO,
	REFERENCES,
	SUBJECT,
	RESENT_FROM,
	RESENT_SENDER,
	RESENT_REPLY_TO,
	RESENT_TO,
	RESENT_CC,
	BCC,
	RESENT_BCC,
	RETURN_PATH,
	AUTHENTICATION_RESULTS,
	RULES,
};

struct work {
	const struct repair *repair;
	stralloc *out;
	struct repair_outcome *outcome;
	bool seen[RULES], kept[RULES];
	size_t mailboxes[RULES]; /* in the field that was kept */
	stralloc field;          /* one that is being changed */
	stralloc mailbox;        /* one that is being judged */
	stralloc coded;          /* a field in ASCII */
	bool encodes;            /* what is not ASCII has to be encoded */
};

/* Always false, so that it can be returned. */
static bool __attribute__((format(printf, 4, 5)))
refuse(struct work *work, int code, const char *enhanced, const char *format, ...)
{
	va_list args;

	work->outcome->refused = true;
	work->outcome->code = code;
	work->outcome->enhanced = enhanced;
	va_start(args, format);
	vsnprintf(work->outcome->text, sizeof work->outcome->text, format, args);
	va_end(args);
	return false;
}

/* For the log: how ("+" added, "-" removed, "~" changed), and which field. */
static bool
note(struct work *work, char how, const char *name, size_t len)
{
	stralloc *changes = &work->outcome->changes;

	return (!changes->len || stralloc_append(changes, ' ')) && stralloc_append(changes, how)
	       && stralloc_catb(changes, name, len);
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_white(text[i]) && text[i] != '\r' && text[i] != '\n')
			return false;
	return true;
}

/*
 * Where to fold a line that is too long: before the last white space that leaves a good line, else
 * before the first that leaves a possible one, else behind the colon. 0: nowhere. White space that a
 * backslash quotes stays with it (RFC 5322 3.2.1).
 *
 * len     without white space at the end, so that neither part is blank (RFC 5322 3.2.2)
 * least   length of a field's name and colon, which cannot be parted
 */
static size_t
fold_at(const char *line, size_t len, size_t least)
{
	size_t start = least, best = 0;

	while (start < len && is_white(line[start]))
		start++;
	for (size_t at = start; at <= LINE_MOST && at < len && (at <= LINE_GOOD || !best); at++)
		if (is_white(line[at]) && line[at - 1] != '\\')
			best = at;
	return !best && start > least && least <= LINE_MOST ? least : best;
}

static bool
add_line(struct work *work, const char *line, size_t len, size_t least)
{
	size_t inked = len;

	while (len > LINE_MOST && inked && is_white(line[inked - 1]))
		inked--;
	while (len > LINE_MOST) {
		size_t at = fold_at(line, inked, least);

		if (!at)
			return refuse(work, 554, "5.6.0",
			              "a header line is longer than %d bytes and has no white "
			              "space to fold it at",
			              LINE_MOST);
		if (!stralloc_catb(work->out, line, at)
		    || !stralloc_cats(work->out, work->repair->line_end))
			return false;
		line += at;
		len -= at;
		inked -= at;
		least = 0;
	}
	return stralloc_catb(work->out, line, len);
}

/* A whole field, line ends included. */
static bool
add(struct work *work, const char *raw, size_t len)
{
	const char *colon = memchr(raw, ':', len);
	size_t least = colon ? (size_t)(colon - raw) + 1 : 0;

	while (len) {
		const char *feed = memchr(raw, '\n', len);
		size_t line = feed ? (size_t)(feed - raw) + 1 : len, end = 0;

		if (feed)
			end = line > 1 && raw[line - 2] == '\r' ? 2 : 1;
		if (!add_line(work, raw, line - end, least)
		    || !stralloc_catb(work->out, raw + line - end, end))
			return false;
		raw += line;
		len -= line;
		least = 0;
	}
	/* Completed addresses may make much out of little. */
	return work->out->len <= HEADER_MAX_BYTES
	       || refuse(work, 552, "5.3.4", "the header is longer than %d bytes when repaired",
	                 HEADER_MAX_BYTES);
}

/* The same, in ASCII where it has to be: RFC 2047. form: NULL: what it means is not known to us. */
static bool
add_coded(struct work *work, const char *raw, size_t len, const enum encoded_form *form)
{
	const char *colon = memchr(raw, ':', len);
	size_t name = colon ? (size_t)(colon - raw) + 1 : 0;
	bool same;

	if (!work->encodes || !form || !name || utf8_is_ascii_bytes(raw + name, len - name))
		return add(work, raw, len);
	work->coded.len = 0;
	if (!stralloc_catb(&work->coded, raw, name)
	    || !encoded_word_field(&work->coded, *form, raw + name, len - name, name,
	                           work->repair->line_end))
		return false;
	same = work->coded.len == len && memcmp(work->coded.s, raw, len) == 0;
	/* What was noted already is a change all the same. */
	return (same || raw == work->field.s || note(work, '~', raw, name - 1))
	       && add(work, work->coded.s, work->coded.len);
}

/* A field of our own. The value is one word, or may not be parted. */
static bool
add_ours(struct work *work, const char *name, const char *value)
{
	const char *line_end = work->repair->line_end;
	stralloc *out = work->out;

	if (out->len && out->s[out->len - 1] != '\n' && !stralloc_cats(out, line_end))
		return false;
	return stralloc_cats(out, name) && stralloc_append(out, ':')
	       && (strlen(name) + 2 + strlen(value) <= LINE_GOOD || stralloc_cats(out, line_end))
	       && stralloc_append(out, ' ') && stralloc_cats(out, value)
	       && stralloc_cats(out, line_end) && note(work, '+', name, strlen(name));
}

struct rule;
typedef bool rule_function(struct work *work, const struct rule *rule, const struct field *field);

static rule_function keep, drop, drop_ours, fix_date, fix_message_id, fix_addresses;

static const struct rule {
	const char *name;
	bool once;   /* RFC 5322 3.6 */
	bool resent; /* it may be refused, but not changed */
	rule_function *run;
} rules[RULES] = {
	[DATE] = { "Date", true, false, fix_date },
	[FROM] = { "From", true, false, fix_addresses },
	[SENDER] = { "Sender", true, false, fix_addresses },
	[REPLY_TO] = { "Reply-To", true, false, fix_addresses },
	[TO] = { "To", true, false, fix_addresses },
	[CC] = { "Cc", true, false, fix_addresses },
	[MESSAGE_ID] = { "Message-ID", true, false, fix_message_id },
	[IN_REPLY_TO] = { "In-Reply-To", true, false, keep },
	[REFERENCES] = { "References", true, false, keep },
	[SUBJECT] = { "Subject", true, false, keep },
	[RESENT_FROM] = { "Resent-From", false, true, fix_addresses },
	[RESENT_SENDER] = { "Resent-Sender", false, true, fix_addresses },
	[RESENT_REPLY_TO] = { "Resent-Reply-To", false, true, fix_addresses },
	[RESENT_TO] = { "Resent-To", false, true, fix_addresses },
	[RESENT_CC] = { "Resent-Cc", false, true, fix_addresses },
	[BCC] = { "Bcc", false, false, drop },
	[RESENT_BCC] = { "Resent-Bcc", false, false, drop },
	[RETURN_PATH] = { "Return-Path", false, false, drop },
	[AUTHENTICATION_RESULTS] = { "Authentication-Results", false, false, drop_ours },
};

/* Fields that people write and read, and nothing else does. */
static bool
is_text(const struct field *field)
{
	static const char *const names[] = { "Subject", "Comments", "Organization",
		                             "Thread-Topic" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (field_is(field, names[i]))
			return true;
	return field->name_len > 2 && strncasecmp(field->name, "X-", 2) == 0;
}

static bool
keep(struct work *work, const struct rule *rule, const struct field *field)
{
	static const enum encoded_form text = ENCODED_TEXT;

	(void)rule;
	return add_coded(work, field->raw, field->raw_len, is_text(field) ? &text : NULL);
}

static bool
drop(struct work *work, const struct rule *rule, const struct field *field)
{
	(void)field;
	return note(work, '-', rule->name, strlen(rule->name));
}

static bool
drop_ours(struct work *work, const struct rule *rule, const struct field *field)
{
	return (authserv_claims(field->body, field->body_len, work->repair->server) ? drop : keep)(
	    work, rule, field);
}

/* A new one will be added; this one is kept under a name that nobody acts on. */
static bool
put_aside(struct work *work, const struct rule *rule, const struct field *field)
{
	static const enum encoded_form text = ENCODED_TEXT;
	static const char prefix[] = "X-Original-";

	if (is_blank(field->body, field->body_len))
		return drop(work, rule, field);
	work->field.len = 0;
	return note(work, '~', rule->name, strlen(rule->name))
	       && stralloc_catb(&work->field, prefix, sizeof prefix - 1)
	       && stralloc_catb(&work->field, field->raw, field->raw_len)
	       && add_coded(work, work->field.s, work->field.len, &text);
}

static bool
fix_date(struct work *work, const struct rule *rule, const struct field *field)
{
	int64_t time_s;

	work->kept[DATE] = date_parse(field->body, field->body_len, &time_s);
	return (work->kept[DATE] ? keep : put_aside)(work, rule, field);
}

static bool
fix_message_id(struct work *work, const struct rule *rule, const struct field *field)
{
	work->kept[MESSAGE_ID] =
	    lex_message_id(field->body, field->body_len)
	    && (work->repair->utf8 || utf8_is_ascii_bytes(field->body, field->body_len));
	return (work->kept[MESSAGE_ID] ? keep : put_aside)(work, rule, field);
}

/*
 * The mailbox is well-formed; is it also one that may stand in mail that leaves us? Fully qualified
 * (RFC 6409 4.2), and in ASCII, or with SMTPUTF8 in the letters of RFC 6531.
 */
static bool
judge_mailbox(struct work *work, const struct rule *rule, const struct mailbox *mailbox)
{
	const char *domain = work->repair->domain;
	stralloc *text = &work->mailbox, ignored = STRALLOC_ZERO;
	struct address parts;
	enum path_fault fault;
	size_t used;

	text->len = 0;
	if (!stralloc_append(text, '<') || !mailbox_add(text, mailbox))
		return false;
	if (!mailbox->domain.len && (work->repair->strict || rule->resent))
		return refuse(work, 554, "5.6.0", "%s: the address \"%.*s\" has no domain",
		              rule->name, (int)(text->len - 1), text->s + 1);
	if (!mailbox->domain.len && (!stralloc_append(text, '@') || !stralloc_cats(text, domain)))
		return false;
	if (!stralloc_0(text))
		return false;
	address_split(text->s + 1, &parts);
	if (parts.domain[0] != '[' && !memchr(parts.domain, '.', parts.domain_len)
	    && !domain_equal(parts.domain, parts.domain_len, domain, strlen(domain)))
		return refuse(work, 554, "5.6.0", "%s: the domain of \"%s\" is not fully qualified",
		              rule->name, text->s + 1);
	if (utf8_is_ascii_bytes(text->s, text->len))
		return true;
	text->s[text->len - 1] = '>';
	fault = path_parse(text->s, text->len, PATH_FORWARD, work->repair->utf8, &used, &ignored);
	stralloc_free(&ignored);
	return fault == PATH_OK
	       || refuse(work, 554, "5.6.0", "%s: the address \"%.*s\" %s", rule->name,
	                 (int)text->len - 2, text->s + 1,
	                 fault == PATH_NOT_ASCII ? "is not in ASCII, without SMTPUTF8"
	                                         : "is none that SMTPUTF8 allows");
}

static bool
fix_addresses(struct work *work, const struct rule *rule, const struct field *field)
{
	struct mailbox_list list = { .lex = { .text = field->body, .len = field->body_len } };
	static const enum encoded_form addresses = ENCODED_ADDRESSES;
	const enum encoded_form *form = rule->resent ? NULL : &addresses;
	size_t copied = 0, count = 0, body = (size_t)(field->body - field->raw);
	enum mailbox_found found;
	struct mailbox mailbox;

	work->field.len = 0;
	while ((found = mailbox_next(&list, &mailbox)) == MAILBOX_FOUND) {
		size_t here = body + mailbox.domain_at;

		count++;
		if (!judge_mailbox(work, rule, &mailbox))
			return false;
		if (mailbox.domain.len)
			continue;
		if (!stralloc_catb(&work->field, field->raw + copied, here - copied)
		    || !stralloc_append(&work->field, '@')
		    || !stralloc_cats(&work->field, work->repair->domain))
			return false;
		copied = here;
		if (work->field.len > HEADER_MAX_BYTES)
			break; /* add() refuses it */
	}
	if (found == MAILBOX_MALFORMED)
		return refuse(work, 554, "5.6.0", "%s (header line %zu): address %zu is malformed",
		              rule->name, field->line, count + 1);
	if (rule == &rules[SENDER] && count > 1)
		return refuse(work, 554, "5.6.0", "Sender has more than one mailbox");
	if (!list.count && !rule->resent)
		return drop(work, rule, field);
	work->kept[rule - rules] = true;
	work->mailboxes[rule - rules] = count;
	if (!copied)
		return add_coded(work, field->raw, field->raw_len, form);
	return note(work, '~', rule->name, strlen(rule->name))
	       && stralloc_catb(&work->field, field->raw + copied, field->raw_len - copied)
	       && add_coded(work, work->field.s, work->field.len, form);
}

static bool
run_rule(struct work *work, const struct field *field)
{
	for (enum rule_number i = 0; i < RULES; i++) {
		if (!field_is(field, rules[i].name))
			continue;
		if (work->seen[i] && rules[i].once)
			return refuse(work, 554, "5.6.0", "a second %s (header line %zu)",
			              rules[i].name, field->line);
		work->seen[i] = true;
		return rules[i].run(work, &rules[i], field);
	}
	return keep(work, NULL, field);
}

/* A field that names the sender. There must be one, and it must be a full address. */
static bool
add_sender(struct work *work, const char *name, const char *why)
{
	const struct repair *repair = work->repair;
	struct address parts;
	stralloc *text = &work->mailbox;

	if (!repair->sender || !*repair->sender)
		return refuse(work, 554, "5.6.0", "%s, and there is no envelope sender to add",
		              why);
	address_split(repair->sender, &parts);
	if (!parts.domain_len && repair->strict)
		return refuse(work, 554, "5.6.0", "%s, and the envelope sender has no domain", why);
	text->len = 0;
	return stralloc_cats(text, repair->sender)
	       && (parts.domain_len
	           || (stralloc_append(text, '@') && stralloc_cats(text, repair->domain)))
	       && stralloc_0(text) && add_ours(work, name, text->s);
}

static bool
add_date(struct work *work)
{
	char date[DATE_LEN + 1];

	date_format(date, work->repair->time_s);
	return add_ours(work, "Date", date);
}

static bool
add_message_id(struct work *work)
{
	stralloc *text = &work->mailbox;

	text->len = 0;
	return stralloc_append(text, '<') && stralloc_cats(text, work->repair->id)
	       && stralloc_append(text, '@') && stralloc_cats(text, work->repair->server)
	       && stralloc_append(text, '>') && stralloc_0(text)
	       && add_ours(work, "Message-ID", text->s);
}

static bool
add_missing(struct work *work)
{
	const bool *kept = work->kept;

	if (!kept[DATE] && !add_date(work))
		return false;
	if (!kept[FROM] && !add_sender(work, "From", "From is missing"))
		return false;
	if (work->mailboxes[FROM] > 1 && !kept[SENDER]
	    && !add_sender(work, "Sender", "From has several mailboxes and Sender is missing"))
		return false;
	if (!kept[TO] && !kept[CC] && !kept[RESENT_TO] && !kept[RESENT_CC]
	    && !add_ours(work, "To", "undisclosed-recipients:;"))
		return false;
	return kept[MESSAGE_ID] || add_message_id(work);
}

static bool
run(struct work *work, const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;

	/* Whoever has signed it has signed what stands there. */
	work->encodes = !work->repair->utf8 && !header_count(text, len, "DKIM-Signature");
	if (header_count(text, len, "Received") > RECEIVED_MAX)
		return refuse(work, 554, "5.4.6", "more than %d Received fields: a mail loop",
		              RECEIVED_MAX);
	while ((found = header_next(&header, &field)) == HEADER_FIELD)
		if (!run_rule(work, &field))
			return false;
	if (found == HEADER_MALFORMED)
		return refuse(work, 554, "5.6.0",
		              "header line %zu is malformed: no field name and colon, or a bare "
		              "carriage return",
		              field.line);
	return add_missing(work);
}

bool
repair_header(const struct repair *repair, const char *text, size_t len, stralloc *out,
              struct repair_outcome *outcome)
{
	struct work work = { .repair = repair, .out = out, .outcome = outcome };
	bool done = run(&work, text, len);

	stralloc_free(&work.field);
	stralloc_free(&work.mailbox);
	stralloc_free(&work.coded);
	return done;
}
