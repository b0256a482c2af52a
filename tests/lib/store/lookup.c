/* MBX-06 */
#include "store/lookup.h"

#include "check.h"

static struct table
table_of(const char *text)
{
	struct table table = { .text = STRALLOC_ZERO };

	if (!stralloc_cats(&table.text, text))
		abort();
	return table;
}

static const char domains_text[] = "example.test:\nother.test: any\n";
static const char text[] = "ann@example.test: exact\n"
                           "ann+news@example.test: detail\n"
                           "bob: bob\n"
                           "bob+list: list\n"
                           "\"odd+one\"@example.test: quoted\n"
                           "postmaster: ann\n"
                           "@catch.example: all\n"
                           "@other.test: rest\n";

static const struct {
	const char *sentence, *mailbox, *found;
} cases[] = {
	{ "the whole address", "ann@example.test", "exact" },
	{ "letter case makes no difference", "Ann@EXAMPLE.test", "exact" },
	{ "an entry with this detail wins", "ann+news@example.test", "detail" },
	{ "another detail is the plain address", "ann+x@example.test", "exact" },
	{ "a detail may hold the separator", "ann+news+old@example.test", "exact" },
	{ "a local part counts in our domains", "bob@example.test", "bob" },
	{ "with detail too", "bob+list@other.test", "list" },
	{ "without its detail too", "bob+y@example.test", "bob" },
	{ "a local part counts nowhere else", "bob@elsewhere.example", NULL },
	{ "nor with detail", "bob+list@elsewhere.example", NULL },
	{ "a name that only ends like ours is foreign", "bob@xexample.test", NULL },
	{ "postmaster without domain is ours", "Postmaster", "ann" },
	{ "the rest of a domain comes last", "carl@other.test", "rest" },
	{ "but not before a local part", "bob@other.test", "bob" },
	{ "a foreign domain may have a rest too", "x@catch.example", "all" },
	{ "a separator in quotes parts nothing", "\"odd+one\"@example.test", "quoted" },
	{ "a local part that is all detail is whole", "+bob@example.test", NULL },
	{ "nobody", "nobody@example.test", NULL },
};

int
main(void)
{
	struct table table = table_of(text), domains = table_of(domains_text);
	struct value value;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum lookup answer = lookup_mailbox(&table, &domains, cases[i].mailbox, &value);

		if (!cases[i].found)
			CHECK(answer == LOOKUP_NOTHING, cases[i].sentence);
		else
			CHECK(answer == LOOKUP_FOUND && value.len == strlen(cases[i].found)
			          && memcmp(value.text, cases[i].found, value.len) == 0,
			      cases[i].sentence);
	}
	table_close(&table);
	table_close(&domains);
	return check_end();
}
