/* SUB-12 */
#include "store/senders.h"

#include "check.h"

static const char text[] = "alice: Alice@Example.test, @alias.example\n"
                           "root:  *\n"
                           "empty:\n";

static const struct {
	const char *sentence, *login, *mailbox;
	bool allowed;
} cases[] = {
	{ "an address of the login", "alice", "alice@example.test", true },
	{ "letter case makes no difference", "ALICE", "ALICE@example.TEST", true },
	{ "with any detail", "alice", "alice+news@example.test", true },
	{ "another address is another one", "alice", "bob@example.test", false },
	{ "a longer one too", "alice", "xalice@example.test", false },
	{ "all of a domain", "alice", "any+thing@Alias.example", true },
	{ "but not below it", "alice", "x@sub.alias.example", false },
	{ "an address without domain is none of it", "alice", "alice", false },
	{ "anything", "root", "x@y.example", true },
	{ "an empty entry allows nothing", "empty", "empty@example.test", false },
	{ "no entry allows nothing", "bob", "bob@example.test", false },
};

int
main(void)
{
	struct table table = { .text = STRALLOC_ZERO };

	if (!stralloc_cats(&table.text, text))
		return 111;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(senders_allow(&table, cases[i].login, cases[i].mailbox) == cases[i].allowed,
		      cases[i].sentence);
	table_close(&table);
	return check_end();
}
