/* TRPT-01: where domains want reports. */
#include "mail/tlsrpt.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *records[2];
	const char *ruas; /* "|" for each NUL; NULL: it wants none */
} cases[] = {
	{ "a mailbox",
	  { "v=TLSRPTv1;rua=mailto:reports@example.com" },
	  "mailto:reports@example.com|" },
	{ "a web server",
	  { "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt" },
	  "https://reporting.example.com/v1/tlsrpt|" },
	{ "both",
	  { "v=TLSRPTv1; rua=mailto:a@b.test , https://c.test/?d=e;" },
	  "mailto:a@b.test|https://c.test/?d=e|" },
	{ "others do not count",
	  { "v=spf1 -all", "v=TLSRPTv1;rua=mailto:a@b.test" },
	  "mailto:a@b.test|" },
	{ "two are none",
	  { "v=TLSRPTv1;rua=mailto:a@b.test", "v=TLSRPTv1;rua=mailto:a@b.test" },
	  NULL },
	{ "unknown fields", { "v=TLSRPTv1;x=y;rua=mailto:a@b.test" }, "mailto:a@b.test|" },
	{ "the first list counts",
	  { "v=TLSRPTv1;rua=mailto:a@b.test;rua=mailto:c@d.test" },
	  "mailto:a@b.test|" },
	{ "what we cannot send to is left out",
	  { "v=TLSRPTv1;rua=ftp://a.test,mailto:nobody,http://a.test/,mailto:a@b.test,," },
	  "mailto:a@b.test|" },
	{ "no address that we can send to", { "v=TLSRPTv1;rua=http://a.test/" }, NULL },
	{ "no list", { "v=TLSRPTv1;x=y" }, NULL },
	{ "no field", { "v=TLSRPTv1;" }, NULL },
	{ "a field that is none", { "v=TLSRPTv1;rua=mailto:a@b.test;what" }, NULL },
	{ "another version", { "v=TLSRPTv2;rua=mailto:a@b.test" }, NULL },
	{ "none", { "" }, NULL },
	{ "more than anybody needs",
	  { "v=TLSRPTv1;rua=mailto:1@a.b,mailto:2@a.b,mailto:3@a.b,mailto:4@a.b,mailto:5@a.b,"
	    "mailto:6@a.b,mailto:7@a.b,mailto:8@a.b,mailto:9@a.b" },
	  "mailto:1@a.b|mailto:2@a.b|mailto:3@a.b|mailto:4@a.b|mailto:5@a.b|mailto:6@a.b|"
	  "mailto:7@a.b|mailto:8@a.b|" },
};

static const struct {
	const char *sentence, *rua, *mailbox; /* NULL: it is none */
} mailboxes[] = {
	{ "a plain one", "mailto:ann@example.org", "ann@example.org" },
	{ "the scheme in capitals", "MAILTO:ann@example.org", "ann@example.org" },
	{ "one with escapes", "mailto:a%2bb%40example.org", "a+b@example.org" },
	{ "header fields are left out", "mailto:ann@example.org?subject=x&to=y@z",
	  "ann@example.org" },
	{ "no domain", "mailto:ann", NULL },
	{ "postmaster needs one, too", "mailto:postmaster", NULL },
	{ "a source route", "mailto:@a,@b:c@d", NULL },
	{ "two", "mailto:a@b,c@d", NULL },
	{ "a line end", "mailto:a%0d%0aRCPT@b", NULL },
	{ "an end of the path", "mailto:a@b%3e%20x", NULL },
	{ "a NUL", "mailto:a%00@b", NULL },
	{ "half an escape", "mailto:a@b%4", NULL },
	{ "no escape", "mailto:a%zz@b", NULL },
	{ "nothing", "mailto:", NULL },
	{ "another scheme", "https://a@b", NULL },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tlsrpt record = { .count = 0 };
		bool good;

		for (size_t n = 0; n < 2 && cases[i].records[n]; n++) {
			char *copy =
			    check_copy(cases[i].records[n], strlen(cases[i].records[n]) + 1);

			CHECK(tlsrpt_add(&record, copy), "memory suffices");
			free(copy);
		}
		for (size_t at = 0; at < record.ruas.len; at++)
			if (!record.ruas.s[at])
				record.ruas.s[at] = '|';
		good = tlsrpt_valid(&record);
		CHECK(good == (cases[i].ruas != NULL)
		          && (!good
		              || (record.ruas.len == strlen(cases[i].ruas)
		                  && memcmp(record.ruas.s, cases[i].ruas, record.ruas.len) == 0)),
		      cases[i].sentence);
		stralloc_free(&record.ruas);
	}
	for (size_t i = 0; i < sizeof mailboxes / sizeof *mailboxes; i++) {
		stralloc mailbox = STRALLOC_ZERO;
		bool good = tlsrpt_mailbox(&mailbox, mailboxes[i].rua);

		CHECK(good == (mailboxes[i].mailbox != NULL)
		          && (!good
		              || (mailbox.len == strlen(mailboxes[i].mailbox)
		                  && memcmp(mailbox.s, mailboxes[i].mailbox, mailbox.len) == 0)),
		      mailboxes[i].sentence);
		stralloc_free(&mailbox);
	}
	return check_end();
}
