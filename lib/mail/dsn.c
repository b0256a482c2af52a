#include "mail/dsn.h"

#include "mail/address.h"
#include "mail/date.h"
#include "mail/utf8.h"
#include "mail/xtext.h"

#include <skalibs/types.h>

#include <string.h>
#include <strings.h>

enum { LINE_BYTES = 76, WORD_BYTES = 900 /* a line has at most 998: RFC 5322 2.1.1 */ };

/* What differs from kind to kind. */
static const struct kind {
	const char *name, *keyword; /* of NOTIFY */
	bool by_default;            /* reported where no NOTIFY was given */
	const char *classes;        /* of the status that fit; the first one where none is known */
	const char *subject, *text;
} kinds[] = {
	[DSN_FAILED] = { "failed", "FAILURE", true, "54", "Not delivered",
	                 "Your message was not delivered to the recipients named below.\r\n"
	                 "We do not try again. For anybody who is not named here, this report\r\n"
	                 "means nothing.\r\n" },
	[DSN_DELAYED] = { "delayed", "DELAY", true, "4", "Delayed",
	                  "Your message could not be delivered yet to the recipients named "
	                  "below.\r\n"
	                  "We go on trying. There is nothing to do for you: please do not send\r\n"
	                  "the message again.\r\n" },
	[DSN_DELIVERED] = { "delivered", "SUCCESS", false, "2", "Delivered",
	                    "Your message was delivered to the recipients named below. You "
	                    "asked\r\n"
	                    "to be told.\r\n" },
	[DSN_RELAYED] = { "relayed", "SUCCESS", false, "2", "Passed on",
	                  "Your message was passed on to the mail server of the recipients "
	                  "named\r\n"
	                  "below. That server sends no reports of success, so you may not hear "
	                  "more.\r\n" },
	[DSN_EXPANDED] = { "expanded", "SUCCESS", false, "2", "Passed on",
	                   "Your message was passed on from the addresses named below to those "
	                   "who\r\n"
	                   "stand behind them. You hear of each only if something goes "
	                   "wrong.\r\n" },
};

static const char text_for_postmaster[] =
    "A message without a sender, as a delivery report is one, was not delivered to the\r\n"
    "recipients named below. So nobody but you is told. We do not try again.\r\n";

/* What people can do about it; looked up by the status without its class. RFC 3463 3 */
static const struct {
	const char *subject, *advice;
} advices[] = {
	{ "1.1", "There is no such mailbox. Please look for a typing error in the address." },
	{ "1.2",
	  "The part behind the @ is no domain that takes mail. Please look for a typing error." },
	{ "1.3", "This is not an address. Please look for a typing error." },
	{ "1.10", "This domain takes no mail at all." },
	{ "2.1", "This mailbox is switched off. Please ask the recipient in another way." },
	{ "2.2",
	  "The mailbox is full. Please tell the recipient in another way, or try again later." },
	{ "2.3", "The message is too big for this recipient. Please send less, or send a link." },
	{ "3.4", "The message is too big for that server. Please send less, or send a link." },
	{ "4.1", "The recipient's mail server could not be reached." },
	{ "4.4", "No mail server was found for the recipient's domain." },
	{ "4.6", "The message went round in a circle. Please tell the recipient's postmaster." },
	{ "4.7", "It could not be handed over in time. You may try again, or ask in another way." },
	{ "6.7",
	  "A server on the way knows no such addresses. Please use an ASCII one, if there is." },
	{ "7.0", "The recipient's server refuses the message. Its words above may say why." },
	{ "7.1", "The recipient's server does not want this message, or not from you." },
	{ "7.30", "No way that is encrypted as you asked for was found to the recipient." },
};

bool
dsn_kind_parse(const char *name, enum dsn_kind *out)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum dsn_kind)i;
			return true;
		}
	return false;
}

const char *
dsn_kind_name(enum dsn_kind kind)
{
	return kinds[kind].name;
}

/* The next keyword of a NOTIFY; false: no more. */
static bool
keyword_next(const char **rest, const char **word, size_t *len)
{
	*word = *rest;
	*len = strcspn(*rest, ",");
	*rest += *len + ((*rest)[*len] == ',');
	return *len;
}

static bool
keyword_is(const char *word, size_t len, const char *keyword)
{
	return len == strlen(keyword) && strncasecmp(word, keyword, len) == 0;
}

bool
dsn_wanted(enum dsn_kind kind, const char *notify)
{
	const char *word;
	size_t len;

	if (!notify)
		return kinds[kind].by_default;
	while (keyword_next(&notify, &word, &len))
		if (keyword_is(word, len, kinds[kind].keyword))
			return true;
	return false;
}

bool
dsn_notify_without_success(stralloc *out, const char *notify)
{
	size_t start = out->len, len;
	const char *word;

	while (keyword_next(&notify, &word, &len))
		if (!keyword_is(word, len, "SUCCESS")
		    && ((out->len > start && !stralloc_append(out, ','))
		        || !stralloc_catb(out, word, len)))
			return false;
	return out->len > start || stralloc_cats(out, "NEVER");
}

/* status-code of RFC 3464 2.3.4, of one of these classes. */
static bool
status_fits(const char *status, const char *classes)
{
	if (!status[0] || !strchr(classes, status[0]) || status[1] != '.')
		return false;
	status += 2;
	for (int part = 0; part < 2; part++) {
		size_t digits = strspn(status, "0123456789");

		if (digits < 1 || digits > 3 || (digits > 1 && *status == '0')
		    || status[digits] != (part ? 0 : '.'))
			return false;
		status += digits + 1;
	}
	return true;
}

void
dsn_outcome(enum dsn_kind kind, char *why, struct dsn_outcome *out)
{
	static const char *const unknown[] = { ['2'] = "2.0.0", ['4'] = "4.0.0", ['5'] = "5.0.0" };
	const char *classes = kinds[kind].classes;
	char class;

	if (!why || !outcome_parse(why, &out->said))
		out->said =
		    (struct outcome){ .enhanced = "-", .host = "-", .tls = "-", .text = "" };
	out->status = out->said.enhanced;
	if (status_fits(out->status, classes))
		return;
	class = (char)('0' + out->said.code / 100);
	out->status = unknown[(int)(strchr(classes, class) ? class : classes[0])];
}

bool
dsn_boundary(struct dsn *dsn, const char *random, const char *original, size_t len)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

	/* "=_" can stand in no quoted-printable and in no base64: RFC 2045 6.7 (5). */
	memcpy(dsn->boundary, "=_", 2);
	for (size_t i = 2; i < DSN_BOUNDARY_LEN; i++)
		dsn->boundary[i] = digits[random[i] & 31];
	dsn->boundary[DSN_BOUNDARY_LEN] = 0;
	return !len || !memmem(original, len, dsn->boundary, DSN_BOUNDARY_LEN);
}

/* Text of a stranger's: what could not stand in a line is "?". 8-bit only where UTF-8 may be. */
static bool
add_clean(stralloc *out, const struct dsn *dsn, const char *text, size_t len)
{
	if (len > WORD_BYTES)
		len = WORD_BYTES;
	if (!stralloc_readyplus(out, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool fits = text[i] & 0x80 ? dsn->utf8 : text[i] >= ' ' && text[i] <= '~';

		out->s[out->len++] = fits ? text[i] : '?';
	}
	return true;
}

/*
 * Words of a stranger's, over several lines where they need it. Each further line begins with indent,
 * which begins with a space, so that none of them can be a boundary or a field.
 */
static bool
add_folded(stralloc *out, const struct dsn *dsn, const char *text, const char *indent,
           size_t column)
{
	size_t len = strlen(text);

	if (len > DSN_TEXT_MAX)
		len = DSN_TEXT_MAX;
	for (size_t at = 0, word; at < len; at += word) {
		while (at < len && text[at] == ' ')
			at++;
		for (word = 0; at + word < len && text[at + word] != ' ' && word < WORD_BYTES;
		     word++) {
		}
		if (!word)
			break;
		if (at && column + 1 + word > LINE_BYTES) {
			if (!stralloc_cats(out, "\r\n") || !stralloc_cats(out, indent))
				return false;
			column = strlen(indent);
		} else if (at) {
			if (!stralloc_append(out, ' '))
				return false;
			column++;
		}
		if (!add_clean(out, dsn, text + at, word))
			return false;
		column += word;
	}
	return true;
}

static bool
add_date(stralloc *out, const char *name, int64_t time_s)
{
	char date[DATE_LEN + 1];

	if (time_s < 0)
		return true;
	date_format(date, time_s);
	return stralloc_cats(out, name) && stralloc_cats(out, ": ") && stralloc_cats(out, date)
	       && stralloc_cats(out, "\r\n");
}

static bool
add_number(stralloc *out, unsigned int number)
{
	char text[UINT_FMT];

	return stralloc_catb(out, text, uint_fmt(text, number));
}

static bool
add_field(stralloc *out, const struct dsn *dsn, const char *name, const char *value)
{
	return stralloc_cats(out, name) && stralloc_cats(out, ": ")
	       && add_clean(out, dsn, value, strlen(value)) && stralloc_cats(out, "\r\n");
}

static bool
add_subject(stralloc *out, const struct dsn *dsn)
{
	if (!stralloc_cats(out, "Subject: ") || !stralloc_cats(out, kinds[dsn->kind].subject)
	    || !stralloc_cats(out, dsn->had_no_sender ? ": a message without sender to "
	                                              : ": your message to "))
		return false;
	if (dsn->about)
		return add_clean(out, dsn, dsn->about, strlen(dsn->about))
		       && stralloc_cats(out, "\r\n");
	return add_number(out, dsn->recipients) && stralloc_cats(out, " recipients\r\n");
}

static bool
add_boundary(stralloc *out, const struct dsn *dsn, const char *end)
{
	return stralloc_cats(out, "\r\n--") && stralloc_cats(out, dsn->boundary)
	       && stralloc_cats(out, end) && stralloc_cats(out, "\r\n");
}

static bool
add_encoding(stralloc *out, bool eight_bit)
{
	return !eight_bit || stralloc_cats(out, "Content-Transfer-Encoding: 8bit\r\n");
}

static bool
add_header(stralloc *out, const struct dsn *dsn)
{
	return stralloc_cats(out, "From: Mail Delivery System <MAILER-DAEMON@")
	       && add_clean(out, dsn, dsn->server, strlen(dsn->server))
	       && stralloc_cats(out, ">\r\nTo: <") && add_clean(out, dsn, dsn->to, strlen(dsn->to))
	       && stralloc_cats(out, ">\r\n") && add_subject(out, dsn)
	       && add_date(out, "Date", dsn->now_s) && stralloc_cats(out, "Message-ID: <")
	       && stralloc_cats(out, dsn->id) && stralloc_append(out, '@')
	       && add_clean(out, dsn, dsn->server, strlen(dsn->server))
	       && stralloc_cats(out, ">\r\n")
	       && (!dsn->waives_tls || stralloc_cats(out, "TLS-Required: No\r\n"))
	       && (!dsn->original_id || add_field(out, dsn, "In-Reply-To", dsn->original_id))
	       && stralloc_cats(out,
	                        "Auto-Submitted: auto-replied\r\n" /* RFC 3834 5.2 */
	                        "MIME-Version: 1.0\r\n"
	                        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	                        "\tboundary=\"")
	       && stralloc_cats(out, dsn->boundary) && stralloc_cats(out, "\"\r\n")
	       && add_encoding(out, dsn->eight_bit);
}

/* Is it about something that did not work? */
static bool
is_trouble(const struct dsn *dsn)
{
	return dsn->kind == DSN_FAILED || dsn->kind == DSN_DELAYED;
}

bool
dsn_top(stralloc *out, const struct dsn *dsn)
{
	return add_header(out, dsn)
	       && stralloc_cats(out, "\r\nThis is a delivery report in MIME format.\r\n")
	       && add_boundary(out, dsn, "")
	       && stralloc_cats(out, "Content-Type: text/plain; charset=")
	       && stralloc_cats(out, dsn->utf8 ? "utf-8\r\n" : "us-ascii\r\n")
	       && add_encoding(out, dsn->utf8) && stralloc_cats(out, "\r\nThis is the mail server ")
	       && add_clean(out, dsn, dsn->server, strlen(dsn->server))
	       && stralloc_cats(out, ".\r\n\r\n")
	       && stralloc_cats(out,
	                        dsn->had_no_sender ? text_for_postmaster : kinds[dsn->kind].text)
	       && (dsn->kind != DSN_DELAYED
	           || add_date(out, "We give up if it is not delivered before",
	                       dsn->retry_until_s));
}

/* Was this said by another server? Then host says which. */
static bool
is_remote(const struct outcome *said)
{
	return strcmp(said->host, "-") != 0;
}

static const char *
find_advice(const char *status)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if (strcmp(advices[i].subject, status + 2) == 0)
			return advices[i].advice;
	return NULL;
}

/* Is this word the first of text? */
static bool
begins_with(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && strchr(" -", text[len]);
}

/* "550 5.1.1 text", as the reply was; what the text has of it already is not said again. */
static bool
add_reply(stralloc *out, const struct dsn *dsn, const struct outcome *said, const char *indent,
          size_t column)
{
	stralloc reply = STRALLOC_ZERO;
	char code[UINT_FMT];
	bool done = true;

	code[uint_fmt(code, (unsigned int)said->code)] = 0;
	if (!begins_with(said->text, code)) {
		done = stralloc_cats(&reply, code) && stralloc_append(&reply, ' ');
		if (done && strcmp(said->enhanced, "-") != 0
		    && !begins_with(said->text, said->enhanced))
			done =
			    stralloc_cats(&reply, said->enhanced) && stralloc_append(&reply, ' ');
	}
	done = done && stralloc_cats(&reply, said->text) && stralloc_0(&reply)
	       && add_folded(out, dsn, reply.s, indent, column);
	stralloc_free(&reply);
	return done;
}

static bool
add_words(stralloc *out, const struct dsn *dsn, const struct outcome *said)
{
	static const char indent[] = "        ";

	if (!said->code)
		return true;
	if (is_remote(said)
	    && (!stralloc_cats(out, "    The server ")
	        || !add_clean(out, dsn, said->host, strlen(said->host))
	        || !stralloc_cats(out, " said:\r\n")))
		return false;
	return stralloc_cats(out, indent) && add_reply(out, dsn, said, indent, sizeof indent - 1)
	       && stralloc_cats(out, "\r\n");
}

bool
dsn_tell(stralloc *out, const struct dsn *dsn, const struct recipient *recipient,
         const struct dsn_outcome *outcome)
{
	const char *advice = dsn->kind == DSN_FAILED ? find_advice(outcome->status) : NULL;

	return stralloc_cats(out, "\r\n    <")
	       && add_clean(out, dsn, recipient->address, strlen(recipient->address))
	       && stralloc_cats(out, ">\r\n")
	       && (!is_trouble(dsn) || add_words(out, dsn, &outcome->said))
	       && (!advice
	           || (stralloc_cats(out, "    ") && stralloc_cats(out, advice)
	               && stralloc_cats(out, "\r\n")));
}

bool
dsn_told(stralloc *out, const struct dsn *dsn)
{
	if (dsn->recipients > DSN_TOLD_MAX
	    && (!stralloc_cats(out, "\r\n... and ")
	        || !add_number(out, dsn->recipients - DSN_TOLD_MAX)
	        || !stralloc_cats(out,
	                          " more, who are named in the second part of this report.\r\n")))
		return false;
	return !is_trouble(dsn)
	       || (stralloc_cats(out, "\r\nIf you need help, please send this report to "
	                              "<postmaster@")
	           && add_clean(out, dsn, dsn->server, strlen(dsn->server))
	           && stralloc_cats(out, ">.\r\n"));
}

/* "dns; name" (RFC 3461 9.3), with another type if it is no name for DNS. */
static bool
add_mta(stralloc *out, const struct dsn *dsn, const char *name, const char *mta, size_t len)
{
	return stralloc_cats(out, name) && stralloc_cats(out, ": ")
	       && stralloc_cats(out, domain_valid(mta, len, false) ? "dns; " : "x-local-hostname; ")
	       && add_clean(out, dsn, mta, len) && stralloc_cats(out, "\r\n");
}

bool
dsn_status_top(stralloc *out, const struct dsn *dsn)
{
	stralloc envid = STRALLOC_ZERO;
	bool done;

	if (!add_boundary(out, dsn, "")
	    || !stralloc_cats(out, dsn->utf8 ? "Content-Type: message/global-delivery-status\r\n"
	                                     : "Content-Type: message/delivery-status\r\n")
	    || !add_encoding(out, dsn->utf8) || !stralloc_cats(out, "\r\n")
	    || !add_mta(out, dsn, "Reporting-MTA", dsn->server, strlen(dsn->server)))
		return false;
	if (dsn->envid) {
		done = xtext_decode(&envid, dsn->envid, strlen(dsn->envid)) && stralloc_0(&envid);
		/* Not as a string: a decoded NUL is cleaned away like any control. */
		done = done && stralloc_cats(out, "Original-Envelope-Id: ")
		       && add_clean(out, dsn, envid.s, envid.len - 1) && stralloc_cats(out, "\r\n");
		stralloc_free(&envid);
		if (!done)
			return false;
	}
	if (dsn->hold_request
	    && (!stralloc_cats(out, "Future-Release-Request: ")
	        || !add_clean(out, dsn, dsn->hold_request, strlen(dsn->hold_request))
	        || !stralloc_cats(out, "\r\n")))
		return false;
	return add_date(out, "Arrival-Date", dsn->arrived_s)
	       && add_date(out, "Deliver-By-Date", dsn->deadline_s);
}

/* ORCPT is "type;xtext"; the field is "type; text" (RFC 3464 2.3.1, RFC 6533 3 for utf-8). */
static bool
add_original_recipient(stralloc *out, const struct dsn *dsn, const char *orcpt)
{
	stralloc text = STRALLOC_ZERO, native = STRALLOC_ZERO;
	size_t type = strcspn(orcpt, ";");
	const char *encoded = orcpt + type + (orcpt[type] == ';');
	bool is_utf8 = type == 5 && strncasecmp(orcpt, "utf-8", 5) == 0, done;

	done = xtext_decode(&text, encoded, strlen(encoded));
	if (done && is_utf8 && dsn->utf8) {
		done = unitext_decode(&native, text.s, text.len) && stralloc_copy(&text, &native);
	}
	done = done && stralloc_cats(out, "Original-Recipient: ")
	       && add_clean(out, dsn, orcpt, type) && stralloc_cats(out, "; ")
	       && add_clean(out, dsn, text.s, text.len) && stralloc_cats(out, "\r\n");
	stralloc_free(&text);
	stralloc_free(&native);
	return done;
}

static bool
add_remote(stralloc *out, const struct dsn *dsn, const struct outcome *said)
{
	static const char name[] = "Diagnostic-Code: smtp; ";
	const char *bracket = strchr(said->host + 1, '[');
	size_t len = bracket ? (size_t)(bracket - said->host) : strlen(said->host);

	return add_mta(out, dsn, "Remote-MTA", said->host, len) && stralloc_cats(out, name)
	       && add_reply(out, dsn, said, " ", sizeof name - 1) && stralloc_cats(out, "\r\n");
}

bool
dsn_status(stralloc *out, const struct dsn *dsn, const struct recipient *recipient,
           const struct dsn_outcome *outcome)
{
	const char *type = utf8_is_ascii(recipient->address) || !dsn->utf8 ? "rfc822; " : "utf-8; ";

	return stralloc_cats(out, "\r\n")
	       && (!recipient->orcpt || add_original_recipient(out, dsn, recipient->orcpt))
	       && stralloc_cats(out, "Final-Recipient: ") && stralloc_cats(out, type)
	       && add_clean(out, dsn, recipient->address, strlen(recipient->address))
	       && stralloc_cats(out, "\r\nAction: ") && stralloc_cats(out, kinds[dsn->kind].name)
	       && stralloc_cats(out, "\r\nStatus: ") && stralloc_cats(out, outcome->status)
	       && stralloc_cats(out, "\r\n")
	       && (!is_remote(&outcome->said) || add_remote(out, dsn, &outcome->said))
	       && add_date(out, "Last-Attempt-Date", dsn->now_s)
	       && (dsn->kind != DSN_DELAYED
	           || add_date(out, "Will-Retry-Until", dsn->retry_until_s));
}

bool
dsn_original_top(stralloc *out, const struct dsn *dsn)
{
	static const char *const types[2][2] = {
		{ "text/rfc822-headers", "message/rfc822" },
		{ "message/global-headers", "message/global" },
	};

	return add_boundary(out, dsn, "") && stralloc_cats(out, "Content-Type: ")
	       && stralloc_cats(out, types[dsn->utf8][dsn->whole]) && stralloc_cats(out, "\r\n")
	       && add_encoding(out, dsn->eight_bit) && stralloc_cats(out, "\r\n");
}

bool
dsn_end(stralloc *out, const struct dsn *dsn)
{
	return add_boundary(out, dsn, "--");
}
