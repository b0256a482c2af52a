/* What Postfix tells by libtlsrpt, and what is none of it. TRPT-02 */
#include "net/tlsrpt_datagram.h"

#include "base/record.h"
#include "check.h"
#include "net/tls_result.h"

#include <string.h>

/* lists: the results, "|" for NUL; NULL: it is none */
static const struct {
	const char *sentence, *json, *lists;
} cases[] = {
	{ "a session without a policy",
	  "{\"d\": \"a.test\",\"pr\": "
	  "\"v=TLSRPTv1\",\"policies\":[{\"policy-type\":9,\"t\":0,\"f\":0}]}",
	  "time=7|domain=a.test|type=no-policy-found|result=success||" },
	{ "DANE, and its records",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":1,\"policy-domain\":\"mx.a.test\","
	  "\"policy-string\":[\"3 1 1 ab\",\"2 0 1 cd\"],\"t\":0,\"f\":0}]}",
	  "time=7|domain=a.test|type=tlsa|result=success|tlsa=3 1 1 ab|tlsa=2 0 1 cd||" },
	{ "MTA-STS that is being tried",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":2,\"policy-string\":[\"version: "
	  "STSv1\","
	  "\"mode: testing\",\"mx: mx.a.test\",\"max_age: 60\"],\"t\":0,\"f\":0}]}",
	  "time=7|domain=a.test|type=sts|result=success|policy=verify sts testing max_age=60 "
	  "mx=mx.a.test||" },
	{ "lines that are no policy are left out",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":2,\"policy-string\":[\"mx: x "
	  "y\",7],\"f\":0}]}",
	  "time=7|domain=a.test|type=sts|result=success||" },
	{ "a failure without a detail",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9,\"t\":0,\"f\":1}]}",
	  "time=7|domain=a.test|type=no-policy-found|result=validation-failure||" },
	{ "two failures, and a number that we do not know",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9,\"failure-details\":[{\"c\":204,"
	  "\"s\":\"192.0.2.1\",\"n\":\"mx.a.test\",\"r\":\"2001:db8::1\",\"a\":\"x\",\"f\":\"old\"}"
	  ","
	  "{\"c\":999,\"a\":\"x\"}],\"t\":2,\"f\":1}]}",
	  "time=7|domain=a.test|type=no-policy-found|result=certificate-expired|mx=mx.a.test|"
	  "address=2001:db8::1|source=192.0.2.1|text=old||"
	  "time=7|domain=a.test|type=no-policy-found|result=validation-failure|text=x||" },
	{ "two policies",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9,\"f\":0},{\"policy-type\":1,\"f\":0}]"
	  "}",
	  "time=7|domain=a.test|type=no-policy-found|result=success||"
	  "time=7|domain=a.test|type=tlsa|result=success||" },
	{ "what is no address, no host or not printable is left out",
	  "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9,\"failure-details\":[{\"c\":201,"
	  "\"s\":\"x\",\"n\":\"a b\",\"r\":7,\"a\":\"a\\nb\"}],\"f\":1}]}",
	  "time=7|domain=a.test|type=no-policy-found|result=starttls-not-supported||" },
	{ "no policies", "{\"d\":\"a.test\",\"policies\":[]}", NULL },
	{ "none at all", "{\"d\":\"a.test\"}", NULL },
	{ "policies that are none", "{\"d\":\"a.test\",\"policies\":[7]}", NULL },
	{ "no type", "{\"d\":\"a.test\",\"policies\":[{\"f\":0}]}", NULL },
	{ "a type that is none", "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":3,\"f\":0}]}",
	  NULL },
	{ "no end of the session", "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9}]}", NULL },
	{ "no domain", "{\"policies\":[{\"policy-type\":9,\"f\":0}]}", NULL },
	{ "a domain that is a path", "{\"d\":\"../x\",\"policies\":[{\"policy-type\":9,\"f\":0}]}",
	  NULL },
	{ "a name that comes twice",
	  "{\"d\":\"a.test\",\"d\":\"b.test\",\"policies\":[{\"policy-type\":9,\"f\":0}]}", NULL },
	{ "a NUL in a name",
	  "{\"d\":\"a.test\\u0000b\",\"policies\":[{\"policy-type\":9,\"f\":0}]}", NULL },
	{ "half of it", "{\"d\":\"a.test\",\"policies\":[{\"policy-ty", NULL },
	{ "more behind it", "{\"d\":\"a.test\",\"policies\":[{\"policy-type\":9,\"f\":0}]}x",
	  NULL },
	{ "nothing", "", NULL },
};

/* Each list is one that tls_result_read takes. */
static bool
all_read(const stralloc *lists)
{
	struct tls_result result;
	size_t one, at = 0;

	for (; (one = record_list_len(lists->s + at, lists->len - at)); at += one)
		if (!tls_result_read(&result, lists->s + at, one))
			return false;
	return at == lists->len;
}

static void
deep(void)
{
	stralloc json = STRALLOC_ZERO, out = STRALLOC_ZERO;

	for (size_t i = 0; i < TLS_RESULT_MAX_BYTES / 5; i++)
		if (!stralloc_cats(&json, "{\"d\":"))
			abort();
	CHECK(!tlsrpt_datagram_read(&out, json.s, json.len, 7), "objects in objects without end");
	stralloc_free(&json);
	stralloc_free(&out);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].json);
		char *copy = check_copy(cases[i].json, len);
		stralloc out = STRALLOC_ZERO;
		bool done = tlsrpt_datagram_read(&out, copy, len, 7);

		for (size_t j = 0; j < out.len; j++)
			if (!out.s[j])
				out.s[j] = '|';
		if (done && cases[i].lists) {
			CHECK(out.len == strlen(cases[i].lists)
			          && memcmp(out.s, cases[i].lists, out.len) == 0,
			      cases[i].sentence);
			for (size_t j = 0; j < out.len; j++)
				if (out.s[j] == '|')
					out.s[j] = 0;
			CHECK(all_read(&out), "and our own reader takes it");
		} else {
			CHECK(done == (cases[i].lists != NULL), cases[i].sentence);
		}
		free(copy);
		stralloc_free(&out);
	}
	deep();
	return check_end();
}
