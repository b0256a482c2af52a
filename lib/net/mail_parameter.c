#include "net/mail_parameter.h"

#include "base/record.h"
#include "mail/command.h"
#include "mail/dsn_parameter.h"
#include "mail/envelope.h"
#include "mail/solicit.h"
#include "mail/timing.h"
#include "mail/utf8.h"
#include "net/extension.h"

#include <skalibs/types.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char no_memory[] = "451 4.3.0 out of memory, try again later";

/* Each of these answers NULL or a refusal, and appends what it learns. */
typedef const char *take(struct session *s, const struct parameter *parameter, stralloc *records);

/* The value as a C string; false: there is none, or it is longer than any of its kind. */
static bool
value_copy(const struct parameter *parameter, char *out, size_t size)
{
	if (!parameter->value || parameter->value_len >= size)
		return false;
	memcpy(out, parameter->value, parameter->value_len);
	out[parameter->value_len] = 0;
	return true;
}

static const char *
note(stralloc *records, char tag, const char *value)
{
	return record_add(records, tag, value) ? NULL : no_memory;
}

static const char *
note_time(stralloc *records, char tag, int64_t time_s, const char *more)
{
	char text[UINT64_FMT + 8];

	snprintf(text, sizeof text, "%lld%s", (long long)time_s, more);
	return note(records, tag, text);
}

static const char *
take_size(struct session *s, const struct parameter *parameter, stralloc *records)
{
	uint64_t bytes;

	(void)records;
	if (!size_parse(parameter, &bytes))
		return "501 5.5.4 SIZE wants 1 to 20 digits";
	if (bytes > s->settings->size_max)
		return "552 5.3.4 that message is too big for us";
	return NULL;
}

static const char *
take_body(struct session *s, const struct parameter *parameter, stralloc *records)
{
	char value[sizeof "BINARYMIME"];

	if (!value_copy(parameter, value, sizeof value))
		value[0] = 0;
	if (strcasecmp(value, "7BIT") == 0)
		return note(records, ENVELOPE_BODY, "7BIT");
	if (strcasecmp(value, "8BITMIME") == 0)
		return note(records, ENVELOPE_BODY, "8BITMIME");
	if (strcasecmp(value, "BINARYMIME") == 0 && s->settings->binary) {
		s->binary = true;
		return note(records, ENVELOPE_BODY, "BINARYMIME");
	}
	return s->settings->binary ? "501 5.5.4 BODY is 7BIT, 8BITMIME or BINARYMIME"
	                           : "501 5.5.4 BODY is 7BIT or 8BITMIME";
}

static const char *
take_auth(struct session *s, const struct parameter *parameter, stralloc *records)
{
	/* RFC 4954 5: read, and not believed; who has logged in is known better. */
	(void)s, (void)records;
	if (!parameter->value
	    || (!(parameter->value_len == 2 && memcmp(parameter->value, "<>", 2) == 0)
	        && !xtext_valid(parameter->value, parameter->value_len)))
		return "501 5.5.4 AUTH= wants <> or an address in xtext (RFC 4954 5)";
	return NULL;
}

static const char *
take_utf8(struct session *s, const struct parameter *parameter, stralloc *records)
{
	if (parameter->value)
		return "501 5.5.4 SMTPUTF8 takes no value";
	s->utf8 = true;
	return note(records, ENVELOPE_UTF8, "");
}

static const char *
take_ret(struct session *s, const struct parameter *parameter, stralloc *records)
{
	char value[sizeof "FULL"];

	(void)s;
	if (!value_copy(parameter, value, sizeof value) || !dsn_ret_valid(value))
		return "501 5.5.4 RET is FULL or HDRS";
	return note(records, ENVELOPE_RET, strcasecmp(value, "FULL") == 0 ? "FULL" : "HDRS");
}

static const char *
take_envid(struct session *s, const struct parameter *parameter, stralloc *records)
{
	char value[DSN_ENVID_MAX + 1];

	(void)s;
	if (!value_copy(parameter, value, sizeof value) || !dsn_envid_valid(value))
		return "501 5.5.4 ENVID wants up to 100 characters of xtext (RFC 3461 4.4)";
	return note(records, ENVELOPE_ENVID, value);
}

static const char *
take_requiretls(struct session *s, const struct parameter *parameter, stralloc *records)
{
	(void)s;
	if (parameter->value)
		return "501 5.5.4 REQUIRETLS takes no value";
	return note(records, ENVELOPE_REQUIRETLS, "");
}

/* HOLDFOR and HOLDUNTIL are two ways of saying one thing. The request goes into reports as it came. */
static const char *
hold(struct session *s, int64_t until_s, const char *kind, const struct parameter *parameter,
     stralloc *records)
{
	int64_t now_s = time(NULL);
	char value[64], request[80];

	if (s->hold_until_s)
		return "501 5.5.4 give HOLDFOR or HOLDUNTIL once";
	if (until_s - now_s > s->settings->hold_max_s
	    || !value_copy(parameter, value, sizeof value))
		return "501 5.5.4 messages are not held for so long here; see FUTURERELEASE in "
		       "EHLO";
	s->hold_until_s = until_s > now_s ? until_s : now_s;
	snprintf(request, sizeof request, "%s;%s", kind, value);
	if (note(records, ENVELOPE_HOLD_REQUEST, request))
		return no_memory;
	return note_time(records, ENVELOPE_HOLD, s->hold_until_s, "");
}

static const char *
take_holdfor(struct session *s, const struct parameter *parameter, stralloc *records)
{
	int64_t seconds;

	if (!parameter->value || !timing_hold_for(parameter->value, parameter->value_len, &seconds))
		return "501 5.5.4 HOLDFOR wants seconds";
	return hold(s, time(NULL) + seconds, "for", parameter, records);
}

static const char *
take_holduntil(struct session *s, const struct parameter *parameter, stralloc *records)
{
	int64_t until_s;

	if (!parameter->value
	    || !timing_hold_until(parameter->value, parameter->value_len, &until_s))
		return "501 5.5.4 HOLDUNTIL wants a time in UTC, as 2030-01-31T12:00:00Z";
	return hold(s, until_s, "until", parameter, records);
}

static const char *
take_by(struct session *s, const struct parameter *parameter, stralloc *records)
{
	struct deliver_by by;
	char mode[4];

	if (!parameter->value || !timing_by(parameter->value, parameter->value_len, &by))
		return "501 5.5.4 BY wants seconds and a mode, as 120;R or 120;N (RFC 2852 4)";
	s->has_deadline = true;
	s->deadline_s = time(NULL) + by.seconds;
	snprintf(mode, sizeof mode, ";%c%s", by.is_return ? 'R' : 'N', by.trace ? "T" : "");
	return note_time(records, ENVELOPE_DELIVER_BY, s->deadline_s, mode);
}

int
mail_priority_max(const struct session *s)
{
	return s->settings->mechanisms ? s->settings->priority_max : 0;
}

/* More than a client may have becomes what it may have: RFC 6710 4.1. */
static const char *
take_priority(struct session *s, const struct parameter *parameter, stralloc *records)
{
	int most = mail_priority_max(s), priority;

	if (!parameter->value
	    || !timing_priority(parameter->value, parameter->value_len, &priority))
		return "501 5.5.2 MT-PRIORITY is a number from -9 to 9";
	s->priority_lowered = priority > most;
	return note_time(records, ENVELOPE_PRIORITY, priority > most ? most : priority, "");
}

static const char *
take_solicit(struct session *s, const struct parameter *parameter, stralloc *records)
{
	static char reply[REPLY_MAX + 1];
	char value[SOLICIT_MAX + 1];
	const char *first;
	size_t len;

	if (!value_copy(parameter, value, sizeof value) || !solicit_valid(value, strlen(value)))
		return "501 5.5.4 SOLICIT wants classes, as net.example:ADV (RFC 3865 2.2)";
	first = solicit_first(value, s->settings->unwelcome, &len);
	if (!first)
		return note(records, ENVELOPE_SOLICIT, value);
	snprintf(reply, sizeof reply, "550 5.7.1 no soliciting: %.*s is not welcome here",
	         (int)(len < 200 ? len : 200), first);
	return reply;
}

static const char *
take_notify(struct session *s, const struct parameter *parameter, stralloc *records)
{
	char value[sizeof "SUCCESS,FAILURE,DELAY"];

	(void)s;
	if (!value_copy(parameter, value, sizeof value) || !dsn_notify_valid(value))
		return "501 5.5.4 NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY";
	return note(records, ENVELOPE_NOTIFY, value);
}

static const char *
take_orcpt(struct session *s, const struct parameter *parameter, stralloc *records)
{
	char value[DSN_ORCPT_MAX + 1];

	if (!value_copy(parameter, value, sizeof value) || !dsn_orcpt_valid(value)
	    || (!s->utf8 && !utf8_is_ascii(value)))
		return "501 5.5.4 ORCPT wants rfc822; and an address in xtext (RFC 3461 4.2)";
	return note(records, ENVELOPE_ORCPT, value);
}

struct known {
	const char *keyword;
	unsigned int extension; /* of which it is a part */
	take *take;
};

static const struct known of_mail[] = {
	{ "SIZE", EXTENSION_SIZE, take_size },
	{ "BODY", EXTENSION_8BITMIME, take_body },
	{ "AUTH", EXTENSION_AUTH, take_auth },
	{ "SMTPUTF8", EXTENSION_SMTPUTF8, take_utf8 },
	{ "RET", EXTENSION_DSN, take_ret },
	{ "ENVID", EXTENSION_DSN, take_envid },
	{ "REQUIRETLS", EXTENSION_REQUIRETLS, take_requiretls },
	{ "HOLDFOR", EXTENSION_FUTURERELEASE, take_holdfor },
	{ "HOLDUNTIL", EXTENSION_FUTURERELEASE, take_holduntil },
	{ "BY", EXTENSION_DELIVERBY, take_by },
	{ "MT-PRIORITY", EXTENSION_MT_PRIORITY, take_priority },
	{ "SOLICIT", EXTENSION_NO_SOLICITING, take_solicit },
};

static const struct known of_rcpt[] = {
	{ "NOTIFY", EXTENSION_DSN, take_notify },
	{ "ORCPT", EXTENSION_DSN, take_orcpt },
};

static const char *
take_all(struct session *s, const char *rest, const struct known *known, size_t count,
         stralloc *records)
{
	static char reply[REPLY_MAX + 1];
	unsigned int offered = s->extended ? extension_offered(s) : 0;
	struct parameter parameter;
	enum parameter_status status;
	unsigned int seen = 0;
	const char *refusal;

	while ((status = parameter_next(&rest, &parameter)) == PARAMETER_OK) {
		size_t i = 0;

		while (i < count && !parameter_is(&parameter, known[i].keyword))
			i++;
		if (i == count || !(offered & known[i].extension)) {
			/* A keyword is of letters, digits and "-": it may stand in a reply. */
			snprintf(reply, sizeof reply,
			         "555 5.5.4 %.*s is not offered here: see the reply to EHLO",
			         (int)(parameter.keyword_len < 64 ? parameter.keyword_len : 64),
			         parameter.keyword);
			return reply;
		}
		if (seen & 1U << i)
			return "501 5.5.4 a parameter is given twice";
		seen |= 1U << i;
		if ((refusal = known[i].take(s, &parameter, records)) != NULL)
			return refusal;
	}
	return status == PARAMETER_BAD
	           ? "501 5.5.4 bad parameter; write KEYWORD=value behind the address"
	           : NULL;
}

const char *
mail_parameters(struct session *s, const char *rest)
{
	const char *refusal =
	    take_all(s, rest, of_mail, sizeof of_mail / sizeof *of_mail, &s->facts);

	if (!refusal && s->has_deadline && s->hold_until_s > s->deadline_s) /* RFC 4865 5.2.2 */
		refusal = "501 5.5.4 it cannot be held for longer than until it is to be delivered";
	return refusal;
}

const char *
rcpt_parameters(struct session *s, const char *rest, stralloc *records)
{
	return take_all(s, rest, of_rcpt, sizeof of_rcpt / sizeof *of_rcpt, records);
}
