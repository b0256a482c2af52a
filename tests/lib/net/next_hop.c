/* What mx-find answers, whole and broken. */
#include "net/next_hop.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *answer;
	size_t count;
	bool complete;
	const char *enhanced; /* of the trouble; NULL: not looked at */
} cases[] = {
	{ "hosts and a good end", "10 a.test 192.0.2.1\n20 b_b.test 2001:db8::1\nend ok x\n", 2,
	  true, NULL },
	{ "an answer without end may lack something", "10 a.test 192.0.2.1\n", 1, false, "4.4.3" },
	{ "no answer at all", "", 0, false, "4.4.3" },
	{ "what stands behind the end is not read", "end ok x\n10 a.test 192.0.2.1\n", 0, true,
	  NULL },
	{ "some hosts, and others later", "10 a.test 192.0.2.1\nend tempfail x\n", 1, false,
	  "4.4.3" },
	{ "a null MX", "end nullmx x\n", 0, false, "5.1.10" },
	{ "no domain", "end nxdomain x\n", 0, false, "5.1.2" },
	{ "no host", "end nodata x\n", 0, false, "5.4.4" },
	{ "ourselves", "end loop\n", 0, false, "5.4.6" },
	{ "a private network", "end private x\n", 0, false, "4.4.4" },
	{ "an end that we do not know is for now", "end of the world\n", 0, false, "4.4.3" },
	{ "lines that are none", "10 a.test\n10\nx\n\n10 a.test 1.2.3\nend ok x\n", 0, true, NULL },
	{ "names that are no host names",
	  "1 -n 192.0.2.1\n1 a/b 192.0.2.1\n1 a\"b 192.0.2.1\n1 \xff 192.0.2.1\nend ok x\n", 0,
	  true, NULL },
	{ "a TLSA record that is none spoils the answer",
	  "tlsa a.test a.test 3 1 1 x\n10 a.test 192.0.2.1 dane\nend ok x\n", 0, false, "4.4.3" },
	{ "an address is its own name", "0 2001:db8::1 2001:db8::1\nend ok x\n", 1, true, NULL },
};

static void
check_trust(void)
{
	static struct next_hops hops;
	char answer[] = "domain xn--bcher-kva.test\ntlsa a.test b.test 3 1 0 00\n"
	                "10 a.test 192.0.2.1 dane\n10 c.test 192.0.2.2 secure\n"
	                "10 d.test 192.0.2.3 unknown\n10 e.test 192.0.2.4 new\n"
	                "10 f.test 192.0.2.5\nend ok x\n";

	next_hops_read(&hops, answer);
	CHECK(hops.complete && hops.domain && strcmp(hops.domain, "xn--bcher-kva.test") == 0,
	      "the domain as the DNS knows it");
	CHECK(hops.tlsa_count == 1 && strcmp(hops.tlsa[0].host, "a.test") == 0
	          && strcmp(hops.tlsa[0].base, "b.test") == 0
	          && strcmp(hops.tlsa[0].record, "3 1 0 00") == 0,
	      "a TLSA record");
	CHECK(hops.count == 5 && hops.list[0].trust == HOP_DANE && hops.list[1].trust == HOP_SECURE
	          && hops.list[2].trust == HOP_UNKNOWN && hops.list[4].trust == HOP_PLAIN,
	      "what DNSSEC says of hosts");
	CHECK(hops.list[3].trust == HOP_UNKNOWN, "a word that we do not know is no trust");
}

int
main(void)
{
	static struct next_hops hops;
	char many[8192], name[600];
	size_t len = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *answer = check_copy(cases[i].answer, strlen(cases[i].answer) + 1);

		next_hops_read(&hops, answer);
		free(answer);
		CHECK(hops.count == cases[i].count && hops.complete == cases[i].complete
		          && (!cases[i].enhanced
		              || strcmp(hops.trouble.enhanced, cases[i].enhanced) == 0),
		      cases[i].sentence);
	}
	for (int i = 0; i < 200; i++)
		len += (size_t)sprintf(many + len, "10 a.test 192.0.2.%d\n", i);
	next_hops_read(&hops, many);
	CHECK(hops.count == NEXT_HOPS_MAX, "no more than there is room for");
	len = (size_t)sprintf(name, "10 ");
	memset(name + len, 'a', NEXT_HOP_NAME_MAX);
	strcpy(name + len + NEXT_HOP_NAME_MAX, " 192.0.2.1\n");
	next_hops_read(&hops, name);
	CHECK(hops.count == 0, "no name longer than there is room for");
	check_trust();
	CHECK(next_hops_literal(&hops, "::1") && hops.count == 1
	          && !next_hops_literal(&hops, "a.test"),
	      "an address needs no look-up");
	return check_end();
}
