/* TRPT-02: what is counted, and the report that is made of it. */
#include "net/tls_report.h"

#include "check.h"

#define LINE "verify sts testing id=1 max_age=86400 mx=mx.a.test mx=*.b.test"

static const struct tls_result good = { .time_s = 5,
	                                .domain = "a.test",
	                                .type = "sts",
	                                .policy = LINE,
	                                .result = "success",
	                                .mx = "mx.a.test",
	                                .address = "192.0.2.1",
	                                .source = "192.0.2.2" };
static const struct tls_result bad = { .time_s = 6,
	                               .domain = "a.test",
	                               .type = "sts",
	                               .policy = LINE,
	                               .result = "certificate-expired",
	                               .mx = "mx.a.test",
	                               .address = "192.0.2.1",
	                               .source = "192.0.2.2",
	                               .text = "it \"has\" expired" };
static const struct tls_result dane = {
	.domain = "a.test", .type = "tlsa", .tlsa = { "3 1 1 ab", "2 0 1 cd" }, .result = "success"
};
static const struct tls_result none = { .domain = "a.test",
	                                .type = "no-policy-found",
	                                .result = "starttls-not-supported",
	                                .mx = "mx.a.test" };
static const struct tls_result unfetched = {
	.domain = "a.test", .type = "sts", .result = "sts-policy-fetch-error", .text = "no"
};

#define REPORT                                                                                     \
	"{\"organization-name\":\"Us\",\"date-range\":{\"start-datetime\":\"2026-11-21T00:00:"     \
	"00Z\","                                                                                   \
	"\"end-datetime\":\"2026-11-21T23:59:59Z\"},\"contact-info\":\"tls@us.test\","             \
	"\"report-id\":\"1@us.test\",\"policies\":["                                               \
	"{\"policy\":{\"policy-type\":\"no-policy-found\",\"policy-domain\":\"a.test\"},"          \
	"\"summary\":{\"total-successful-session-count\":0,\"total-failure-session-count\":4},"    \
	"\"failure-details\":[{\"result-type\":\"starttls-not-supported\","                        \
	"\"receiving-mx-hostname\":\"mx.a.test\",\"failed-session-count\":4}]},"                   \
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"a.test\"},"                      \
	"\"summary\":{\"total-successful-session-count\":0,\"total-failure-session-count\":5},"    \
	"\"failure-details\":[{\"result-type\":\"sts-policy-fetch-error\","                        \
	"\"failed-session-count\":5,\"failure-reason-code\":\"no\"}]},"                            \
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"a.test\",\"policy-string\":"     \
	"[\"version: STSv1\",\"mode: testing\",\"mx: mx.a.test\",\"mx: *.b.test\","                \
	"\"max_age: 86400\"],\"mx-host\":[\"mx.a.test\",\"*.b.test\"]},"                           \
	"\"summary\":{\"total-successful-session-count\":1,\"total-failure-session-count\":2},"    \
	"\"failure-details\":[{\"result-type\":\"certificate-expired\",\"sending-mta-ip\":"        \
	"\"192.0.2.2\",\"receiving-mx-hostname\":\"mx.a.test\",\"receiving-ip\":\"192.0.2.1\","    \
	"\"failed-session-count\":2,\"failure-reason-code\":\"it \\\"has\\\" expired\"}]},"        \
	"{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":\"a.test\",\"policy-string\":"    \
	"[\"3 1 1 ab\",\"2 0 1 cd\"]},\"summary\":{\"total-successful-session-count\":3,"          \
	"\"total-failure-session-count\":0}}]}\n"

static bool
key_is(const struct tls_result *result, const char *wanted)
{
	stralloc key = STRALLOC_ZERO;
	bool same = tls_report_key(&key, result) && strcmp(key.s, wanted) == 0;

	stralloc_free(&key);
	return same;
}

static bool
reads_again(const struct tls_result *result)
{
	stralloc key = STRALLOC_ZERO, list = STRALLOC_ZERO, again = STRALLOC_ZERO;
	struct tls_result read;
	bool same = tls_report_key(&key, result) && tls_report_result(&read, &list, key.s)
	            && tls_report_key(&again, &read) && strcmp(key.s, again.s) == 0;

	stralloc_free(&key);
	stralloc_free(&list);
	stralloc_free(&again);
	return same;
}

int
main(void)
{
	struct tls_count counts[] = {
		{ good, 1 }, { none, 4 }, { dane, 3 }, { bad, 2 }, { unfetched, 5 },
	};
	struct tls_report report = { .organization = "Us",
		                     .contact = "tls@us.test",
		                     .submitter = "us.test",
		                     .domain = "a.test",
		                     .id = "1@us.test",
		                     .begin_s = 1795219200,
		                     .end_s = 1795305599,
		                     .counts = counts,
		                     .count = sizeof counts / sizeof *counts };
	stralloc text = STRALLOC_ZERO, gzip = STRALLOC_ZERO;
	struct tls_result read;

	CHECK(key_is(&good, "time=0\tdomain=a.test\ttype=sts\tresult=success\tpolicy=" LINE),
	      "of what went well, the policy counts");
	CHECK(key_is(&none, "time=0\tdomain=a.test\ttype=no-policy-found\t"
	                    "result=starttls-not-supported\tmx=mx.a.test"),
	      "of a failure, all but its time");
	CHECK(reads_again(&good) && reads_again(&bad) && reads_again(&dane) && reads_again(&none)
	          && reads_again(&unfetched),
	      "what is counted reads again as itself");
	CHECK(
	    !tls_report_result(&read, &text, "") && !tls_report_result(&read, &text, "x")
	        && !tls_report_result(&read, &text, "time=0\tdomain=a/b\ttype=sts\tresult=success"),
	    "what is none is not read");
	text.len = 0;
	tls_report_sort(counts, report.count);
	CHECK(tls_report_json(&text, &report) && stralloc_0(&text) && strcmp(text.s, REPORT) == 0,
	      "a report, field by field");
	text.len = 0;
	for (int i = 0; i < 60; i++)
		if (!stralloc_append(&gzip, '\0'))
			abort();
	CHECK(tls_report_mail(&text, &report, "ann@a.test", &gzip) && stralloc_0(&text)
	          && strstr(text.s, "\nTo: <ann@a.test>\n")
	          && strstr(text.s, "\nSubject: Report Domain: a.test\n Submitter: us.test\n"
	                            " Report-ID: <1@us.test>\nTLS-Report-Domain: a.test\n"
	                            "TLS-Report-Submitter: us.test\nTLS-Required: No\n")
	          && strstr(text.s, "filename=\"us.test!a.test!1795219200!1795305599.json.gz\"\n")
	          && strstr(text.s, "\nAAAA\n"),
	      "a message with a report");
	stralloc_free(&text);
	stralloc_free(&gzip);
	return check_end();
}
