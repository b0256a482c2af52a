#include "net/tlsrpt_datagram.h"

#include "mail/address.h"
#include "mail/sts.h"
#include "net/tls_result.h"

#include <skalibs/types.h>

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <string.h>

enum { POLICIES_MAX = 8, FAILURES_MAX = 16 };

/* The numbers of libtlsrpt, and the words of RFC 8460 4.2, 4.3. */
struct word {
	json_int_t number;
	const char *word;
};

static const struct word types[] = { { 1, "tlsa" }, { 2, "sts" }, { 9, "no-policy-found" } };
static const struct word results[] = {
	{ 201, "starttls-not-supported" },
	{ 202, "certificate-host-mismatch" },
	{ 203, "certificate-not-trusted" },
	{ 204, "certificate-expired" },
	{ 205, "validation-failure" },
	{ 301, "sts-policy-fetch-error" },
	{ 302, "sts-policy-invalid" },
	{ 303, "sts-webpki-invalid" },
	{ 304, "tlsa-invalid" },
	{ 305, "dnssec-invalid" },
	{ 306, "dane-required" },
};

static const char *
word_of(const struct word *words, size_t count, const json_t *number, const char *otherwise)
{
	for (size_t i = 0; i < count && json_is_integer(number); i++)
		if (words[i].number == json_integer_value(number))
			return words[i].word;
	return otherwise;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *
address_of(const json_t *object, const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];
	const char *text = text_of(object, name);

	return text
	               && (inet_pton(AF_INET, text, address) == 1
	                   || inet_pton(AF_INET6, text, address) == 1)
	           ? text
	           : NULL;
}

static const char *
host_of(const json_t *object, const char *name)
{
	const char *text = text_of(object, name);

	return text && domain_valid(text, strlen(text), false) ? text : NULL;
}

/* The lines of a policy of MTA-STS, as a line of tls-policy(5); "": they are none. */
static bool
sts_line(stralloc *out, const json_t *lines)
{
	char age[UINT_FMT + 1] = "";
	stralloc text = STRALLOC_ZERO;
	struct sts_policy policy;
	struct sts_line mx;
	bool done = true;
	size_t at = 0;

	for (size_t i = 0; done && i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		done = stralloc_cats(&text, line ? line : "") && stralloc_append(&text, '\n');
	}
	if (done && !sts_policy_parse(&policy, text.s ? text.s : "", text.len)
	    && policy.mode != STS_NONE) {
		age[uint_fmt(age, policy.max_age_s)] = 0;
		done = stralloc_cats(out, "verify sts")
		       && (policy.mode != STS_TESTING || stralloc_cats(out, " testing"))
		       && stralloc_cats(out, " max_age=") && stralloc_cats(out, age);
		while (done && sts_policy_next_mx(&policy, &at, &mx))
			done = stralloc_cats(out, " mx=") && stralloc_catb(out, mx.text, mx.len);
	}
	stralloc_free(&text);
	return done && stralloc_0(out);
}

static bool
failure_add(stralloc *out, struct tls_result result, const json_t *detail)
{
	const char *why = text_of(detail, "f");

	result.result = word_of(results, sizeof results / sizeof *results,
	                        json_object_get(detail, "c"), "validation-failure");
	result.source = address_of(detail, "s");
	result.mx = host_of(detail, "n");
	result.address = address_of(detail, "r");
	result.text = why ? why : text_of(detail, "a");
	return tls_result_add(out, &result);
}

/* One success, or each failure, of one policy. */
static bool
policy_add(stralloc *out, struct tls_result result, const json_t *policy)
{
	const json_t *lines = json_object_get(policy, "policy-string");
	const json_t *details = json_object_get(policy, "failure-details");
	const json_t *failed = json_object_get(policy, "f");
	stralloc line = STRALLOC_ZERO;
	size_t failures = json_array_size(details);
	bool done = json_is_integer(failed);

	result.type = word_of(types, sizeof types / sizeof *types,
	                      json_object_get(policy, "policy-type"), NULL);
	done = done && result.type && sts_line(&line, lines);
	if (done && strcmp(result.type, "sts") == 0 && *line.s)
		result.policy = line.s;
	if (done && strcmp(result.type, "tlsa") == 0)
		for (size_t i = 0; i < json_array_size(lines) && i < TLS_RESULT_TLSA_MAX; i++)
			if (!(result.tlsa[i] = json_string_value(json_array_get(lines, i))))
				break;
	if (done && !json_integer_value(failed)) {
		result.result = "success";
		done = tls_result_add(out, &result);
	} else if (done && !failures) {
		done = failure_add(out, result, NULL);
	} else {
		for (size_t i = 0; done && i < failures && i < FAILURES_MAX; i++)
			done = failure_add(out, result, json_array_get(details, i));
	}
	stralloc_free(&line);
	return done;
}

bool
tlsrpt_datagram_is(const char *bytes, size_t len)
{
	return len && bytes[0] == '{';
}

bool
tlsrpt_datagram_read(stralloc *out, const char *json, size_t len, int64_t time_s)
{
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *policies = json_object_get(root, "policies");
	struct tls_result result = { .time_s = time_s, .domain = text_of(root, "d") };
	size_t count = json_array_size(policies);
	bool done = count && count <= POLICIES_MAX && result.domain
	            && domain_valid(result.domain, strlen(result.domain), false);

	for (size_t i = 0; done && i < count; i++)
		done = policy_add(out, result, json_array_get(policies, i));
	json_decref(root);
	return done;
}
