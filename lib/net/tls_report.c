#include "net/tls_report.h"

#include "base/json.h"
#include "mail/base64.h"
#include "mail/timing.h"
#include "mail/tls_policy.h"

#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>

#define BOUNDARY "=_tlsrpt"

enum { ENCODED_BYTES = 57 /* make a line of 76 */ };

static bool
is_success(const struct tls_result *result)
{
	return strcmp(result->result, "success") == 0;
}

bool
tls_report_key(stralloc *out, const struct tls_result *result)
{
	struct tls_result kept = *result;
	size_t start = out->len;

	kept.time_s = 0;
	if (is_success(result))
		kept.mx = kept.address = kept.source = kept.text = NULL;
	if (!tls_result_add(out, &kept))
		return false;
	out->len -= 2; /* the NULs of the last field and of the list */
	for (size_t i = start; i < out->len; i++)
		if (!out->s[i])
			out->s[i] = '\t';
	return stralloc_0(out);
}

bool
tls_report_result(struct tls_result *out, stralloc *list, const char *key)
{
	size_t start = list->len;

	if (!stralloc_cats(list, key) || !stralloc_catb(list, "\0", 2))
		return false;
	for (size_t i = start; i < list->len; i++)
		if (list->s[i] == '\t')
			list->s[i] = 0;
	return tls_result_read(out, list->s + start, list->len - start);
}

static int
text_compare(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int
policy_compare(const struct tls_result *a, const struct tls_result *b)
{
	int order = text_compare(a->domain, b->domain);

	if (!order)
		order = text_compare(a->type, b->type);
	if (!order)
		order = text_compare(a->policy, b->policy);
	for (size_t i = 0; !order && (a->tlsa[i] || b->tlsa[i]); i++)
		order = text_compare(a->tlsa[i], b->tlsa[i]);
	return order;
}

static int
count_compare(const void *a, const void *b)
{
	const struct tls_count *x = a, *y = b;
	int order = policy_compare(&x->result, &y->result);

	if (!order)
		order = text_compare(x->result.result, y->result.result);
	return order ? order : text_compare(x->result.mx, y->result.mx);
}

void
tls_report_sort(struct tls_count *counts, size_t count)
{
	if (count)
		qsort(counts, count, sizeof *counts, count_compare);
}

/* --- JSON --- */

static bool
number_add(stralloc *out, uint64_t value)
{
	char number[UINT64_FMT];

	return stralloc_catb(out, number, uint64_fmt(number, value));
}

/* "name":"value", after a comma where one is needed; NULL: left out */
static bool
member_add(stralloc *out, const char *name, const char *value)
{
	if (!value)
		return true;
	return (out->s[out->len - 1] == '{' || stralloc_append(out, ',')) && json_quote(out, name)
	       && stralloc_append(out, ':') && json_quote(out, value);
}

/* The words of a policy's line that begin so, as strings of an array that is open. */
static bool
words_add(stralloc *out, const char *line, const char *begin, const char *name)
{
	stralloc text = STRALLOC_ZERO;
	bool done = true;

	for (const char *at = strstr(line, begin); done && at; at = strstr(at, begin)) {
		at += strlen(begin);
		text.len = 0;
		done = stralloc_cats(&text, name) && stralloc_catb(&text, at, strcspn(at, " "))
		       && stralloc_0(&text)
		       && (out->s[out->len - 1] == '[' || stralloc_append(out, ','))
		       && json_quote(out, text.s);
	}
	stralloc_free(&text);
	return done;
}

/* The policy as its domain has it, made again from its line: RFC 8460 4.5. */
static bool
sts_add(stralloc *out, const char *line)
{
	struct tls_policy policy;

	if (!line || !tls_policy_parse(&policy, line, strlen(line)))
		return true; /* it could not be had */
	return stralloc_cats(out, ",\"policy-string\":[\"version: STSv1\",\"mode: ")
	       && stralloc_cats(out, policy.is_testing ? "testing\"" : "enforce\"")
	       && words_add(out, line, " mx=", "mx: ")
	       && words_add(out, line, " max_age=", "max_age: ")
	       && stralloc_cats(out, "],\"mx-host\":[") && words_add(out, line, " mx=", "")
	       && stralloc_append(out, ']');
}

static bool
tlsa_add(stralloc *out, const struct tls_result *result)
{
	if (!result->tlsa[0])
		return true;
	if (!stralloc_cats(out, ",\"policy-string\":["))
		return false;
	for (size_t i = 0; i < TLS_RESULT_TLSA_MAX && result->tlsa[i]; i++)
		if ((i && !stralloc_append(out, ',')) || !json_quote(out, result->tlsa[i]))
			return false;
	return stralloc_append(out, ']');
}

static bool
failures_add(stralloc *out, const struct tls_count *counts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct tls_result *result = &counts[i].result;

		if (is_success(result))
			continue;
		if ((out->s[out->len - 1] != '[' && !stralloc_append(out, ','))
		    || !stralloc_append(out, '{') || !member_add(out, "result-type", result->result)
		    || !member_add(out, "sending-mta-ip", result->source)
		    || !member_add(out, "receiving-mx-hostname", result->mx)
		    || !member_add(out, "receiving-ip", result->address)
		    || !stralloc_cats(out, ",\"failed-session-count\":")
		    || !number_add(out, counts[i].count)
		    || !member_add(out, "failure-reason-code", result->text)
		    || !stralloc_append(out, '}'))
			return false;
	}
	return true;
}

/* All counts of one policy. */
static bool
policy_add(stralloc *out, const struct tls_count *counts, size_t count)
{
	const struct tls_result *result = &counts[0].result;
	uint64_t good = 0, failed = 0;

	for (size_t i = 0; i < count; i++)
		*(is_success(&counts[i].result) ? &good : &failed) += counts[i].count;
	if (!stralloc_cats(out, "{\"policy\":{") || !member_add(out, "policy-type", result->type)
	    || !member_add(out, "policy-domain", result->domain)
	    || !sts_add(out, strcmp(result->type, "sts") == 0 ? result->policy : NULL)
	    || !tlsa_add(out, result)
	    || !stralloc_cats(out, "},\"summary\":{\"total-successful-session-count\":")
	    || !number_add(out, good) || !stralloc_cats(out, ",\"total-failure-session-count\":")
	    || !number_add(out, failed) || !stralloc_append(out, '}'))
		return false;
	if (failed
	    && (!stralloc_cats(out, ",\"failure-details\":[") || !failures_add(out, counts, count)
	        || !stralloc_append(out, ']')))
		return false;
	return stralloc_append(out, '}');
}

bool
tls_report_json(stralloc *out, const struct tls_report *report)
{
	char begin[TIMING_STAMP_LEN + 1], end[TIMING_STAMP_LEN + 1];
	size_t at = 0, next;

	timing_stamp(begin, report->begin_s);
	timing_stamp(end, report->end_s);
	if (!stralloc_append(out, '{')
	    || !member_add(out, "organization-name", report->organization)
	    || !stralloc_cats(out, ",\"date-range\":{") || !member_add(out, "start-datetime", begin)
	    || !member_add(out, "end-datetime", end) || !stralloc_append(out, '}')
	    || !member_add(out, "contact-info", report->contact)
	    || !member_add(out, "report-id", report->id) || !stralloc_cats(out, ",\"policies\":["))
		return false;
	for (; at < report->count; at = next) {
		for (next = at + 1;
		     next < report->count
		     && policy_compare(&report->counts[at].result, &report->counts[next].result)
		            == 0;
		     next++)
			;
		if ((at && !stralloc_append(out, ','))
		    || !policy_add(out, report->counts + at, next - at))
			return false;
	}
	return stralloc_cats(out, "]}\n");
}

/* --- mail --- */

static bool
cat_all(stralloc *out, const char *const *parts)
{
	for (; *parts; parts++)
		if (!stralloc_cats(out, *parts))
			return false;
	return true;
}
#define CAT(out, ...) cat_all(out, (const char *const[]){ __VA_ARGS__, NULL })

static bool
encoded_add(stralloc *out, const stralloc *bytes)
{
	for (size_t at = 0; at < bytes->len; at += ENCODED_BYTES) {
		size_t len = bytes->len - at < ENCODED_BYTES ? bytes->len - at : ENCODED_BYTES;

		if (!base64_encode(out, bytes->s + at, len) || !stralloc_append(out, '\n'))
			return false;
	}
	return true;
}

bool
tls_report_mail(stralloc *out, const struct tls_report *report, const char *to,
                const stralloc *gzip)
{
	char begin[UINT64_FMT], end[UINT64_FMT];

	begin[uint64_fmt(begin, (uint64_t)report->begin_s)] = 0;
	end[uint64_fmt(end, (uint64_t)report->end_s)] = 0;
	return CAT(out, "From: <", report->contact, ">\nTo: <", to,
	           ">\nSubject: Report Domain: ", report->domain,
	           "\n Submitter: ", report->submitter, "\n Report-ID: <", report->id,
	           ">\nTLS-Report-Domain: ", report->domain,
	           "\nTLS-Report-Submitter: ", report->submitter,
	           "\nTLS-Required: No\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	           "Content-Type: multipart/report; report-type=\"tlsrpt\";\n"
	           " boundary=\"" BOUNDARY "\"\n\n"
	           "--" BOUNDARY "\nContent-Type: text/plain; charset=us-ascii\n\n"
	           "This is a report on TLS, as ",
	           report->submitter, " has met it on the way to\n", report->domain,
	           ". It is for programs (RFC 8460).\n\n"
	           "--" BOUNDARY "\nContent-Type: application/tlsrpt+gzip\n"
	           "Content-Transfer-Encoding: base64\n"
	           "Content-Disposition: attachment;\n filename=\"",
	           report->submitter, "!", report->domain, "!", begin, "!", end, ".json.gz\"\n\n")
	       && encoded_add(out, gzip) && CAT(out, "\n--" BOUNDARY "--\n");
}
