/* Lines of tls-policy(5). */
#include "mail/tls_policy.h"

#include "check.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *sentence;
	const char *line;
	enum tls_level level;
	const char *flags; /* s: sts, t: testing, u: it ends */
} good[] = {
	{ "no TLS", "none", TLS_LEVEL_NONE, "" },
	{ "TLS where offered", "may", TLS_LEVEL_MAY, "" },
	{ "any TLS", "encrypt", TLS_LEVEL_ENCRYPT, "" },
	{ "a good certificate", "verify", TLS_LEVEL_VERIFY, "" },
	{ "of this name", "verify name=mx.example.org", TLS_LEVEL_VERIFY, "" },
	{ "of one of these names", "verify, name=a.test, name=b.test", TLS_LEVEL_VERIFY, "" },
	{ "at these hosts", "encrypt mx=mx.example.org mx=*.example.net", TLS_LEVEL_ENCRYPT, "" },
	{ "DANE", "dane", TLS_LEVEL_DANE, "" },
	{ "a fingerprint", "fingerprint sha256=" HASH, TLS_LEVEL_FINGERPRINT, "" },
	{ "of a key", "fingerprint key-sha256=" HASH, TLS_LEVEL_FINGERPRINT, "" },
	{ "until a day", "none until=2027-06-30", TLS_LEVEL_NONE, "u" },
	{ "a policy of the domain",
	  "verify sts mx=*.example.org id=20260101 max_age=604800 mx=mx.test", TLS_LEVEL_VERIFY,
	  "s" },
	{ "which is being tried out", "verify sts testing mx=a.test", TLS_LEVEL_VERIFY, "st" },
	{ "over several lines", "verify\r\n\tname=a.test\r\n", TLS_LEVEL_VERIFY, "" },
};

static const struct {
	const char *sentence, *line;
} broken[] = {
	{ "an empty line", "" },
	{ "a level that is none", "maybe" },
	{ "the start of a level", "enc" },
	{ "a level in capitals", "MAY" },
	{ "a word that is none", "verify names=a.test" },
	{ "an empty value", "verify name=" },
	{ "an empty host at the end", "verify mx=" },
	{ "an empty hash", "fingerprint sha256=" },
	{ "two levels", "may verify" },
	{ "a name for who does not look", "encrypt name=a.test" },
	{ "a name with a star", "verify name=*.example.org" },
	{ "a host that is none", "may mx=a/b" },
	{ "an address as a host", "may mx=[192.0.2.1]" },
	{ "a star alone", "may mx=*." },
	{ "a star within", "may mx=a.*.test" },
	{ "a fingerprint without one", "fingerprint" },
	{ "a fingerprint that is short", "fingerprint sha256=0123" },
	{ "a fingerprint that is long", "fingerprint sha256=" HASH "00" },
	{ "a fingerprint that is no number", "fingerprint sha256=x123456789abcdef0123456789abcdef0"
	                                     "123456789abcdef0123456789abcdef" },
	{ "a fingerprint for who wants a CA", "verify sha256=" HASH },
	{ "a day that is none", "none until=2027-02-30" },
	{ "half a day", "none until=2027-02" },
	{ "a day in words", "none until=tomorrow!!" },
	{ "facts of a policy that is not the domain's", "verify max_age=1" },
};

static const struct {
	const char *sentence, *line, *host;
	bool takes;
} hosts[] = {
	{ "without hosts, all are taken", "verify", "mx.example.org", true },
	{ "a host is taken", "verify mx=MX.example.org", "mx.Example.org", true },
	{ "one of several is", "verify mx=a.test mx=b.test", "b.test", true },
	{ "another is not", "verify mx=a.test", "b.test", false },
	{ "a host below", "verify mx=*.example.org", "mx.example.org", true },
	{ "but not two labels below", "verify mx=*.example.org", "a.mx.example.org", false },
	{ "nor the domain itself", "verify mx=*.example.org", "example.org", false },
	{ "nor a host with such an end", "verify mx=*.example.org", "mxexample.org", false },
	{ "nor an empty label", "verify mx=*.example.org", ".example.org", false },
};

static const struct {
	const char *sentence, *line, *expected; /* "|" for each NUL */
} expectations[] = {
	{ "the host's own name", "verify", "name=mx.test|" },
	{ "the names of the line", "verify name=a.test name=b.test", "name=a.test|name=b.test|" },
	{ "for who only tries it out, too", "may", "name=mx.test|" },
	{ "a certificate",
	  "fingerprint sha256=01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
	  "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
	  "tlsa=3 0 1 " HASH "|" },
	{ "a certificate or a key", "fingerprint key-sha256=" HASH " sha256=" HASH,
	  "tlsa=3 0 1 " HASH "|tlsa=3 1 1 " HASH "|" },
};

int
main(void)
{
	stralloc out = STRALLOC_ZERO;
	struct tls_policy policy;
	char *copy, *big;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		copy = check_copy(good[i].line, strlen(good[i].line));
		CHECK(tls_policy_parse(&policy, copy, strlen(good[i].line))
		          && policy.level == good[i].level
		          && policy.is_sts == !!strchr(good[i].flags, 's')
		          && policy.is_testing == !!strchr(good[i].flags, 't')
		          && (policy.until_s != INT64_MAX) == !!strchr(good[i].flags, 'u'),
		      good[i].sentence);
		free(copy);
	}
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		copy = check_copy(broken[i].line, strlen(broken[i].line));
		CHECK(!tls_policy_parse(&policy, copy, strlen(broken[i].line)), broken[i].sentence);
		free(copy);
	}
	CHECK(!tls_policy_parse(&policy, "may\0", 4), "a NUL ends nothing");
	big = malloc(TLS_POLICY_MAX_BYTES + 1);
	memset(big, ' ', TLS_POLICY_MAX_BYTES + 1);
	memcpy(big, "may", 3);
	CHECK(!tls_policy_parse(&policy, big, TLS_POLICY_MAX_BYTES + 1)
	          && tls_policy_parse(&policy, big, TLS_POLICY_MAX_BYTES),
	      "a line that is too long");
	free(big);
	CHECK(tls_policy_parse(&policy, "may until=2027-06-30", 20) && policy.until_s == 1814399999,
	      "the last day counts to its end");
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		CHECK(tls_policy_parse(&policy, hosts[i].line, strlen(hosts[i].line))
		          && tls_policy_takes_host(&policy, hosts[i].host) == hosts[i].takes,
		      hosts[i].sentence);
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		const char *line = expectations[i].line;
		bool same;

		out.len = 0;
		same = tls_policy_parse(&policy, line, strlen(line))
		       && tls_policy_expect(&policy, "mx.test", &out);
		for (size_t j = 0; j < out.len; j++)
			out.s[j] = out.s[j] ? out.s[j] : '|';
		CHECK(same && stralloc_0(&out) && strcmp(out.s, expectations[i].expected) == 0,
		      expectations[i].sentence);
	}
	stralloc_free(&out);
	return check_end();
}
