/* RFC 5321 4.1.2, 4.1.3: paths. SYN-02 .. SYN-17, LIM-01 .. LIM-04, UTF8-03 .. UTF8-05. */
#include "mail/address.h"
#include "check.h"

#define A10     "aaaaaaaaaa"
#define A60     A10 A10 A10 A10 A10 A10
#define LABEL63 A60 "aaa"

static const struct {
	const char *sentence, *path, *mailbox; /* mailbox NULL: a fault */
	enum path_kind kind;
	enum path_fault fault;
	bool utf8;
} cases[] = {
	{ "a plain mailbox", "<ann@example.org>", "ann@example.org", PATH_FORWARD, PATH_OK, false },
	{ "SYN-04: the null sender", "<>", "", PATH_REVERSE, PATH_OK, false },
	{ "SYN-05: but no null recipient", "<>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-14: Postmaster alone", "<pOSTMASTER>", "pOSTMASTER", PATH_FORWARD, PATH_OK, false },
	{ "... is no sender", "<postmaster>", NULL, PATH_REVERSE, PATH_SYNTAX, false },
	{ "no other name alone", "<ann>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "no angle brackets", "ann@example.org", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "never closed", "<ann@example.org", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "empty text", "", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "only an opening", "<", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "nothing before the @", "<@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "nothing behind the @", "<ann@>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "two @", "<a@b@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-13: a route is dropped", "<@a.example,@[127.0.0.1]:ann@b.example>", "ann@b.example",
	  PATH_FORWARD, PATH_OK, false },
	{ "a route without mailbox", "<@a.example:>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "a route without colon", "<@a.example>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-06: a quoted local part keeps what it needs", "<\"a@b\"@example.org>",
	  "\"a@b\"@example.org", PATH_FORWARD, PATH_OK, false },
	{ "SYN-06: a quote in it", "<\"a\\\"b\"@example.org>", "\"a\\\"b\"@example.org",
	  PATH_FORWARD, PATH_OK, false },
	{ "SYN-07: quotes that nothing needs go", "<\"joe\"@example.org>", "joe@example.org",
	  PATH_FORWARD, PATH_OK, false },
	{ "SYN-07: backslashes too", "<\"j\\oe\"@example.org>", "joe@example.org", PATH_FORWARD,
	  PATH_OK, false },
	{ "an empty quoted local part stays one", "<\"\"@example.org>", "\"\"@example.org",
	  PATH_FORWARD, PATH_OK, false },
	{ "dots that need quotes keep them", "<\"a..b\"@example.org>", "\"a..b\"@example.org",
	  PATH_FORWARD, PATH_OK, false },
	{ "a dot at the end too", "<\"a.\"@example.org>", "\"a.\"@example.org", PATH_FORWARD,
	  PATH_OK, false },
	{ "SYN-10: unbalanced quotes", "<\"ann@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "SYN-10: a quote after the backslash only", "<\"ann\\\"@example.org>", NULL, PATH_FORWARD,
	  PATH_SYNTAX, false },
	{ "SYN-10: a space", "<an n@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-10: a control character in quotes", "<\"a\nb\"@example.org>", NULL, PATH_FORWARD,
	  PATH_SYNTAX, false },
	{ "SYN-16: two dots", "<a..b@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-16: a dot first", "<.a@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-16: a dot last", "<a.@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-16: two dots in the domain", "<a@example..org>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "SYN-16: a dot at the domain's end", "<a@example.org.>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "SYN-17: an underscore in the domain", "<a@b_c.org>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "SYN-17: a hyphen first", "<a@-b.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-17: a hyphen last", "<a@b-.org>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-12: an IPv4 literal", "<a@[192.0.2.1]>", "a@[192.0.2.1]", PATH_FORWARD, PATH_OK,
	  false },
	{ "SYN-12: an IPv6 literal", "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", PATH_FORWARD,
	  PATH_OK, false },
	{ "SYN-12: no such address", "<a@[999.1.1.1]>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "SYN-12: IPv6 without its tag", "<a@[2001:db8::1]>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "SYN-12: a literal never closed", "<a@[192.0.2.1>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  false },
	{ "LIM-01: 64 octets before the @", "<" A60 "aaaa@b>", A60 "aaaa@b", PATH_FORWARD, PATH_OK,
	  false },
	{ "LIM-01: but not 65", "<" A60 "aaaaa@b>", NULL, PATH_FORWARD, PATH_TOO_LONG, false },
	{ "LIM-03: a label of 63 octets", "<a@" LABEL63 ".b>", "a@" LABEL63 ".b", PATH_FORWARD,
	  PATH_OK, false },
	{ "LIM-03: but not 64", "<a@" LABEL63 "a.b>", NULL, PATH_FORWARD, PATH_SYNTAX, false },
	{ "LIM-03: a domain of 255 octets", "<a@" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ">",
	  "a@" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, PATH_FORWARD, PATH_OK, false },
	{ "LIM-03: but not more", "<a@" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 ".a>", NULL,
	  PATH_FORWARD, PATH_TOO_LONG, false },
	{ "UTF8-04: 8-bit without SMTPUTF8", "<j\xc3\xb6rg@example.org>", NULL, PATH_FORWARD,
	  PATH_NOT_ASCII, false },
	{ "UTF8-03: 8-bit with SMTPUTF8", "<j\xc3\xb6rg@ex\xc3\xa4mple.org>",
	  "j\xc3\xb6rg@ex\xc3\xa4mple.org", PATH_FORWARD, PATH_OK, true },
	{ "UTF8-05: what is no UTF-8", "<j\xf6rg@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  true },
	{ "UTF8-05: an overlong form", "<j\xc0\xafrg@example.org>", NULL, PATH_FORWARD, PATH_SYNTAX,
	  true },
	{ "SYN-22: percent and bang are letters like others", "<a%b!c@d.org>", "a%b!c@d.org",
	  PATH_FORWARD, PATH_OK, false },
};

static void
check_key(const char *sentence, const char *mailbox, char detail, const char *wanted)
{
	stralloc key = STRALLOC_ZERO;

	address_key(&key, mailbox, detail);
	CHECK(key.len == strlen(wanted) && memcmp(key.s, wanted, key.len) == 0, sentence);
	stralloc_free(&key);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].path), used = 0;
		char *copy = check_copy(cases[i].path, len);
		stralloc mailbox = STRALLOC_ZERO;
		enum path_fault fault =
		    path_parse(copy, len, cases[i].kind, cases[i].utf8, &used, &mailbox);

		CHECK(fault == cases[i].fault
		          && (fault != PATH_OK
		              || (used == len && mailbox.len == strlen(cases[i].mailbox)
		                  && (!mailbox.len
		                      || memcmp(mailbox.s, cases[i].mailbox, mailbox.len) == 0))),
		      cases[i].sentence);
		stralloc_free(&mailbox);
		free(copy);
	}
	check_key("SYN-11: a key is in lower case", "Ann@Example.ORG", 0, "ann@example.org");
	check_key("MBX-06: a key without detail", "ann+news@example.org", '+', "ann@example.org");
	check_key("a detail alone is no name", "+news@example.org", '+', "+news@example.org");
	check_key("a quoted local part has no detail", "\"a+b\"@example.org", '+',
	          "\"a+b\"@example.org");
	CHECK(domain_valid("example.org", 11, false), "a name is a domain");
	CHECK(!domain_valid("example.org>", 12, false), "more than a name is none");
	return check_end();
}
