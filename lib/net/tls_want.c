#include "net/tls_want.h"

#include "base/record.h"
#include "net/tls_expected.h"

#include <string.h>

static bool
fail(struct tls_want *out, const char *why, const char *result)
{
	out->fault = why;
	out->result = result;
	return true;
}

static bool
add(stralloc *list, const char *name, const char *value)
{
	return stralloc_cats(list, name) && stralloc_catb(list, value, strlen(value) + 1);
}

/* The host's TLSA records, and the names of RFC 7672 3.2.2 for those that ask for one. */
static bool
dane_want(struct tls_want *out, const struct next_hops *hops, const struct next_hop *hop,
          const char *domain)
{
	size_t records = 0;

	out->type = "tlsa";
	out->proof = "dane";
	out->name_is_known = true;
	for (size_t i = 0; i < hops->tlsa_count && records < TLS_EXPECTED_RECORDS_MAX; i++) {
		const struct next_tlsa *tlsa = &hops->tlsa[i];

		if (strcmp(tlsa->host, hop->name) != 0)
			continue;
		if (!records++) {
			out->name = tlsa->base;
			if (!add(&out->expected, "name=", tlsa->base)
			    || !add(&out->expected, "name=", hop->name)
			    || !add(&out->expected, "name=", domain))
				return false;
		}
		if (!add(&out->expected, "tlsa=", tlsa->record))
			return false;
	}
	if (!records) { /* none that can be used: RFC 7672 2.2 */
		out->level = TLS_LEVEL_ENCRYPT;
		return true;
	}
	out->level = TLS_LEVEL_VERIFY;
	out->is_judged = true;
	if (!record_end(&out->expected))
		return false;
	return out->expected.len <= TLS_EXPECTED_MAX_BYTES
	       || fail(out, "it has too many TLSA records", "tlsa-invalid");
}

/* The operator asks for DANE. */
static bool
dane_must(struct tls_want *out, const struct next_hops *hops, const struct next_hop *hop,
          const char *domain)
{
	if (hop->trust == HOP_UNKNOWN)
		return fail(out, "its TLSA records cannot be looked up", "dnssec-invalid");
	if (hop->trust != HOP_DANE)
		return fail(out, "it has no TLSA records that DNSSEC secures", "dane-required");
	if (!dane_want(out, hops, hop, domain))
		return false;
	out->type = "local";
	if (out->is_testing)
		out->level = TLS_LEVEL_MAY;
	return out->is_judged || out->fault
	       || fail(out, "none of its TLSA records can be used", "tlsa-invalid");
}

/* That of an option (-T) has no text. */
static bool
text_has(const struct tls_policy *policy, const char *word)
{
	return policy->len && memmem(policy->text, policy->len, word, strlen(word));
}

static bool
policy_want(struct tls_want *out, const struct tls_policy *policy, const struct next_hops *hops,
            const struct next_hop *hop, const char *domain)
{
	out->type = policy->is_sts ? "sts" : "local";
	out->level = policy->is_testing ? TLS_LEVEL_MAY : policy->level;
	out->is_testing = policy->is_testing;
	if (!tls_policy_takes_host(policy, hop->name))
		return fail(out, "the TLS policy names other hosts", "validation-failure");
	if (policy->level == TLS_LEVEL_DANE)
		return dane_must(out, hops, hop, domain);
	if (policy->level != TLS_LEVEL_VERIFY && policy->level != TLS_LEVEL_FINGERPRINT)
		return true;
	if (!policy->is_testing)
		out->level = TLS_LEVEL_VERIFY;
	out->is_judged = true;
	out->proof = "verified";
	out->name_is_known |= policy->is_sts || policy->level == TLS_LEVEL_FINGERPRINT
	                      || text_has(policy, "name=") || text_has(policy, "mx=");
	if (strchr(hop->name, ':'))
		return true; /* an IPv6 address: no certificate holds it as a name */
	return tls_policy_expect(policy, hop->name, &out->expected) && record_end(&out->expected);
}

bool
tls_want_make(struct tls_want *out, const struct tls_policy *policy, const struct next_hops *hops,
              const struct next_hop *hop, const char *domain)
{
	stralloc expected = out->expected;

	expected.len = 0;
	*out = (struct tls_want){ .level = TLS_LEVEL_MAY,
		                  .type = "no-policy-found",
		                  .name = hop->name,
		                  .proof = "verified",
		                  .name_is_known = hop->trust == HOP_SECURE,
		                  .expected = expected };
	if (!policy || policy->is_sts) {
		if (hop->trust == HOP_DANE)
			return dane_want(out, hops, hop, domain);
		if (hop->trust == HOP_UNKNOWN) {
			out->type = "tlsa";
			return fail(out, "its TLSA records cannot be looked up", "dnssec-invalid");
		}
	}
	return !policy || policy_want(out, policy, hops, hop, domain);
}

void
tls_want_waive(struct tls_want *want)
{
	if (strcmp(want->type, "tlsa") != 0 && strcmp(want->type, "sts") != 0)
		return;
	want->is_testing = true;
	want->level = TLS_LEVEL_MAY;
}
