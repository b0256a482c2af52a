/* Who decides how a host's connection is protected. DANE-02 DANE-03 DANE-04 STS-04 STS-05 */
#include "net/tls_want.h"

#include "check.h"

#define TLSA "tlsa mx.test base.test 3 1 0 00\n"

static const struct {
	const char *sentence;
	const char *policy; /* NULL: none */
	const char *lines;  /* of mx-find */
	enum tls_level level;
	const char *type, *name;
	const char *expected; /* "|" for NUL */
	const char *result;   /* of a fault; NULL: none */
} cases[] = {
	{ "nobody says anything", NULL, "10 mx.test 192.0.2.1\n", TLS_LEVEL_MAY, "no-policy-found",
	  "mx.test", "", NULL },
	{ "TLSA records", NULL, TLSA "10 mx.test 192.0.2.1 dane\n", TLS_LEVEL_VERIFY, "tlsa",
	  "base.test", "name=base.test|name=mx.test|name=a.test|tlsa=3 1 0 00||", NULL },
	{ "those of another host are none", NULL,
	  "tlsa b.test b.test 3 1 0 00\n10 mx.test 192.0.2.1 dane\n", TLS_LEVEL_ENCRYPT, "tlsa",
	  "mx.test", "", NULL },
	{ "TLSA records without a word on trust do not count", NULL, TLSA "10 mx.test 192.0.2.1\n",
	  TLS_LEVEL_MAY, "no-policy-found", "mx.test", "", NULL },
	{ "TLSA records that nobody can look up", NULL, "10 mx.test 192.0.2.1 unknown\n",
	  TLS_LEVEL_MAY, "tlsa", "mx.test", "", "dnssec-invalid" },
	{ "MTA-STS", "verify sts mx=*.test", "10 mx.test 192.0.2.1\n", TLS_LEVEL_VERIFY, "sts",
	  "mx.test", "name=mx.test||", NULL },
	{ "MTA-STS, and DANE", "verify sts mx=other.test", TLSA "10 mx.test 192.0.2.1 dane\n",
	  TLS_LEVEL_VERIFY, "tlsa", "base.test",
	  "name=base.test|name=mx.test|name=a.test|tlsa=3 1 0 00||", NULL },
	{ "MTA-STS names another host", "verify sts mx=other.test", "10 mx.test 192.0.2.1\n",
	  TLS_LEVEL_VERIFY, "sts", "mx.test", "", "validation-failure" },
	{ "MTA-STS that is tried out", "verify sts testing mx=*.test", "10 mx.test 192.0.2.1\n",
	  TLS_LEVEL_MAY, "sts", "mx.test", "name=mx.test||", NULL },
	{ "the operator goes before DANE", "none", TLSA "10 mx.test 192.0.2.1 dane\n",
	  TLS_LEVEL_NONE, "local", "mx.test", "", NULL },
	{ "even where it is unknown", "encrypt", "10 mx.test 192.0.2.1 unknown\n",
	  TLS_LEVEL_ENCRYPT, "local", "mx.test", "", NULL },
	{ "the operator wants DANE", "dane", TLSA "10 mx.test 192.0.2.1 dane\n", TLS_LEVEL_VERIFY,
	  "local", "base.test", "name=base.test|name=mx.test|name=a.test|tlsa=3 1 0 00||", NULL },
	{ "and there is none", "dane", "10 mx.test 192.0.2.1 secure\n", TLS_LEVEL_DANE, "local",
	  "mx.test", "", "dane-required" },
	{ "and there is none of use", "dane", "10 mx.test 192.0.2.1 dane\n", TLS_LEVEL_ENCRYPT,
	  "local", "mx.test", "", "tlsa-invalid" },
	{ "and nobody can look it up", "dane", "10 mx.test 192.0.2.1 unknown\n", TLS_LEVEL_DANE,
	  "local", "mx.test", "", "dnssec-invalid" },
	{ "an IPv6 address has no name", "verify", "0 2001:db8::1 2001:db8::1\n", TLS_LEVEL_VERIFY,
	  "local", "2001:db8::1", "", NULL },
};

int
main(void)
{
	static struct next_hops hops;
	struct tls_want want = { 0 };
	struct tls_policy policy;
	char answer[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool has = cases[i].policy
		           && tls_policy_parse(&policy, cases[i].policy, strlen(cases[i].policy));
		bool made;

		snprintf(answer, sizeof answer, "%send ok x\n", cases[i].lines);
		next_hops_read(&hops, answer);
		made = tls_want_make(&want, has ? &policy : NULL, &hops, &hops.list[0], "a.test");
		for (size_t j = 0; j < want.expected.len; j++)
			if (!want.expected.s[j])
				want.expected.s[j] = '|';
		CHECK(made && want.level == cases[i].level && strcmp(want.type, cases[i].type) == 0
		          && strcmp(want.name, cases[i].name) == 0
		          && want.expected.len == strlen(cases[i].expected)
		          && strncmp(want.expected.s ? want.expected.s : "", cases[i].expected,
		                     want.expected.len)
		                 == 0
		          && !want.fault == !cases[i].result
		          && (!want.fault || strcmp(want.result, cases[i].result) == 0),
		      cases[i].sentence);
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool has = cases[i].policy
		           && tls_policy_parse(&policy, cases[i].policy, strlen(cases[i].policy));
		bool was_testing;

		snprintf(answer, sizeof answer, "%send ok x\n", cases[i].lines);
		next_hops_read(&hops, answer);
		tls_want_make(&want, has ? &policy : NULL, &hops, &hops.list[0], "a.test");
		was_testing = want.is_testing;
		tls_want_waive(&want);
		if (strcmp(want.type, "tlsa") == 0 || strcmp(want.type, "sts") == 0)
			CHECK(want.level == TLS_LEVEL_MAY && want.is_testing,
			      "RTLS-06: a sender may waive what the domain demands");
		else
			CHECK(want.level == cases[i].level && want.is_testing == was_testing,
			      "RTLS-06: and nothing that the operator does");
	}
	stralloc_free(&want.expected);
	return check_end();
}
