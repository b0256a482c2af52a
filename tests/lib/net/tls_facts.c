#include "net/tls_facts.h"

#include "base/record.h"
#include "check.h"

static char long_value[TLS_FACT_MAX_BYTES + 2];

static const struct {
	const char *sentence, *value;
	bool domain, taken;
} values[] = {
	{ "a fact is taken", "TLSv1.3", false, true },
	{ "a subject with spaces and equal signs is taken", "/CN=Ann Example/O=x=y", false, true },
	{ "a missing value is left out", NULL, false, false },
	{ "a line feed is left out", "a\nB=c", false, false },
	{ "an 8-bit value is left out", "\xc3\xa9", false, false },
	{ "DEL is left out", "a\x7f", false, false },
	{ "an empty value is taken", "", false, true },
	{ "a value over the limit is left out", long_value, false, false },
	{ "a name is a domain", "mail.example.test", true, true },
	{ "a single label is a domain", "localhost", true, true },
	{ "a name with a slash is no domain", "../../etc/passwd", true, false },
	{ "a name with a space is no domain", "mail example", true, false },
	{ "an empty name is no domain", "", true, false },
	{ "an IPv4 address is no domain", "192.0.2.1", true, false },
	{ "an IPv6 address is no domain", "2001:db8::1", true, false },
	{ "an address literal is no domain", "[192.0.2.1]", true, false },
};

int
main(void)
{
	stralloc facts = STRALLOC_ZERO;
	const char *got;
	char *exact;

	memset(long_value, 'x', sizeof long_value - 1);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		bool (*add)(stralloc *, const char *, const char *) =
		    values[i].domain ? tls_fact_add_domain : tls_fact_add;

		facts.len = 0;
		CHECK(add(&facts, "SSL_X", values[i].value) && record_end(&facts)
		          && (facts.len > 1) == values[i].taken,
		      values[i].sentence);
		got = tls_fact_get(facts.s, facts.len, "SSL_X");
		if (values[i].taken)
			CHECK(got && strcmp(got, values[i].value) == 0, "and is found again");
	}

	facts.len = 0;
	tls_fact_add(&facts, "SSL_PROTOCOL", "TLSv1.3");
	tls_fact_add(&facts, "SSL_CIPHER", "X");
	tls_fact_add(&facts, "HOME", "/nowhere");
	record_end(&facts);
	exact = check_copy(facts.s, facts.len);
	CHECK(memcmp(exact, "SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=X\0HOME=/nowhere\0", facts.len) == 0,
	      "the list has the bytes of UCSPI-TLS");
	CHECK(!tls_fact_get(exact, facts.len, "SSL"), "the start of a name is not the name");
	CHECK(!tls_fact_get(exact, 0, "SSL_CIPHER"), "an empty list has nothing");

	setenv("SSL_TLS_SNI_SERVERNAME", "stale", 1);
	setenv("HOME", "/root", 1);
	CHECK(tls_facts_environ(exact, facts.len) && strcmp(getenv("SSL_PROTOCOL"), "TLSv1.3") == 0
	          && strcmp(getenv("SSL_CIPHER"), "X") == 0,
	      "facts become the environment");
	CHECK(!getenv("SSL_TLS_SNI_SERVERNAME"), "what an outer session left is removed");
	CHECK(strcmp(getenv("HOME"), "/root") == 0, "no other name is touched");
	CHECK(tls_facts_environ(NULL, 0) && !getenv("SSL_PROTOCOL"), "no session has no facts");
	free(exact);
	stralloc_free(&facts);
	return check_end();
}
