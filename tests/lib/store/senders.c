/* SUB-12 MBX-06 */
#include "store/senders.h"

#include "check.h"

#include <errno.h>
#include <unistd.h>

static const char senders_table[] =
    "alice: alice@example.test, @alias.example, Sales@Example.test\n"
    "bob: bob, desk\n"
    "carl:\n"
    "dora: *\n"
    "gil: @.alias.example, news-*@example.test, *x@example.test\n"
    "eve: eve+list@example.test\n"
    "Fred: news@example.net\n"
    "zo\xc3\xab@example.net: zo\xc3\xab@example.net\n";
static const char domains_table[] = "example.test:\nsecond.test: any\n";

static const struct {
	const char *sentence;
	const char *login;
	const char *mailbox;
	enum sender_kind kind;
} cases[] = {
	{ "a listed address is allowed", "alice", "alice@example.test", SENDER_ALLOWED },
	{ "in any letter case", "alice", "ALICE@Example.Test", SENDER_ALLOWED },
	{ "in any letter case of the table", "alice", "sales@example.test", SENDER_ALLOWED },
	{ "MBX-06: with +detail", "alice", "alice+shop@example.test", SENDER_ALLOWED },
	{ "SUB-12: another's address is denied", "alice", "bob@example.test", SENDER_DENIED },
	{ "SUB-12: the same name elsewhere is denied", "alice", "alice@example.net",
	  SENDER_DENIED },
	{ "with an entry, other domains of ours are not implied", "alice", "alice@second.test",
	  SENDER_DENIED },
	{ "@domain allows all of a domain", "alice", "anything@alias.example", SENDER_ALLOWED },
	{ "@domain allows nothing below it", "alice", "x@sub.alias.example", SENDER_DENIED },
	{ "@domain allows nothing that ends so", "alice", "x@notalias.example", SENDER_DENIED },
	{ "a quoted local part does not hide a domain", "alice", "\"x@alias.example\"@example.net",
	  SENDER_DENIED },
	{ "@.domain allows all below a domain", "gil", "x@a.b.alias.example", SENDER_ALLOWED },
	{ "@.domain allows nothing in it", "gil", "x@alias.example", SENDER_DENIED },
	{ "@.domain allows nothing that ends so", "gil", "x@notalias.example", SENDER_DENIED },
	{ "names that begin alike are allowed", "gil", "News-17@Example.test", SENDER_ALLOWED },
	{ "but need an end of their own", "gil", "news-@example.test", SENDER_DENIED },
	{ "and begin so", "gil", "old-news-1@example.test", SENDER_DENIED },
	{ "in no other domain", "gil", "news-1@second.test", SENDER_DENIED },
	{ "in no quotes", "gil", "\"news-1\"@example.test", SENDER_DENIED },
	{ "a star at the start is no wildcard", "gil", "ax@example.test", SENDER_DENIED },
	{ "a name is allowed in each domain of ours", "bob", "desk@second.test", SENDER_ALLOWED },
	{ "a name is allowed with +detail", "bob", "desk+a@example.test", SENDER_ALLOWED },
	{ "a name is not allowed elsewhere", "bob", "desk@example.net", SENDER_DENIED },
	{ "an empty entry allows nothing", "carl", "carl@example.test", SENDER_DENIED },
	{ "* allows everything", "dora", "anybody@example.net", SENDER_ALLOWED },
	{ "an item with detail allows that", "eve", "eve+list@example.test", SENDER_ALLOWED },
	{ "an item with detail allows no other", "eve", "eve+other@example.test", SENDER_DENIED },
	{ "an item with detail allows nothing without", "eve", "eve@example.test", SENDER_DENIED },
	{ "the login's letter case is ignored", "FRED", "news@example.net", SENDER_ALLOWED },
	{ "without entry, a login is its address in our domains", "gina", "gina@example.test",
	  SENDER_ALLOWED },
	{ "in each of them", "gina", "Gina+x@SECOND.test", SENDER_ALLOWED },
	{ "but not elsewhere", "gina", "gina@example.net", SENDER_DENIED },
	{ "nor is it another", "gina", "hugo@example.test", SENDER_DENIED },
	{ "without entry, a login that is an address is that", "ina@example.net", "ina@example.net",
	  SENDER_ALLOWED },
	{ "with +detail too", "ina@example.net", "ina+x@example.net", SENDER_ALLOWED },
	{ "and nothing in our domains", "ina@example.net", "ina@example.test", SENDER_DENIED },
	{ "UTF-8 is compared as it is", "zo\xc3\xab@example.net", "zo\xc3\xab@example.net",
	  SENDER_ALLOWED },
	{ "a mailbox without domain is denied", "gina", "gina", SENDER_DENIED },
	{ "a mailbox without domain needs *", "dora", "dora", SENDER_ALLOWED },
};

/* The table alone: what an entry says, and nothing else. */
static const struct {
	const char *sentence, *login, *mailbox;
	bool allowed;
} entries[] = {
	{ "entry: an address of the login", "ALICE", "ALICE@example.TEST", true },
	{ "entry: with any detail", "alice", "alice+news@example.test", true },
	{ "entry: another address is another one", "alice", "bob@example.test", false },
	{ "entry: a longer one too", "alice", "xalice@example.test", false },
	{ "entry: all of a domain", "alice", "any+thing@Alias.example", true },
	{ "entry: but not below it", "alice", "x@sub.alias.example", false },
	{ "entry: an address without domain is none of it", "alice", "alice", false },
	{ "entry: anything", "dora", "x@y.example", true },
	{ "entry: an empty one allows nothing", "carl", "carl@example.test", false },
	{ "entry: none allows nothing", "gina", "gina@example.test", false },
};

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static enum sender_kind
find(const char *login, const char *mailbox)
{
	struct senders senders;
	enum sender_kind kind;

	if (!senders_open(&senders, "senders"))
		abort();
	kind = senders_find(&senders, login, mailbox);
	senders_close(&senders);
	return kind;
}

static bool
lists(const char *login, size_t max, const char *wanted)
{
	stralloc out = STRALLOC_ZERO;
	struct senders senders;
	bool right;

	if (!senders_open(&senders, "senders"))
		abort();
	right = senders_list(&out, &senders, login, max) && out.len == strlen(wanted)
	        && out.len <= max && memcmp(out.s ? out.s : "", wanted, out.len) == 0;
	stralloc_free(&out);
	senders_close(&senders);
	return right;
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-senders.XXXXXX";
	struct senders senders;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	CHECK(find("gina", "gina@example.test") == SENDER_LATER && errno == ENOENT,
	      "without the table of domains nobody can tell what is ours");
	CHECK(find("ina@example.net", "ina@example.net") == SENDER_ALLOWED,
	      "a login that is an address does not need it");
	CHECK(find("gina", "hugo@example.test") == SENDER_DENIED,
	      "what no domain would allow is denied without it");
	put("senders", senders_table);
	CHECK(find("dora", "x@example.net") == SENDER_ALLOWED, "* does not need it");
	put("domains", domains_table);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(find(cases[i].login, cases[i].mailbox) == cases[i].kind, cases[i].sentence);
	if (!senders_open(&senders, "senders"))
		abort();
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		CHECK(senders_allow(&senders.senders, entries[i].login, entries[i].mailbox)
		          == entries[i].allowed,
		      entries[i].sentence);
	senders_close(&senders);
	CHECK(lists("alice", 200, "alice@example.test, @alias.example, Sales@Example.test"),
	      "the list is what the entry says");
	CHECK(lists("gina", 200, "gina@example.test, gina@second.test"),
	      "the list has a name in each domain of ours");
	CHECK(lists("dora", 200, "*"), "the list may be *");
	CHECK(lists("carl", 200, ""), "the list may be empty");
	CHECK(lists("alice", 30, "alice@example.test, ..."), "a long list is cut between items");
	CHECK(lists("alice", 10, "..."), "a list of which nothing fits says so");
	if (unlink("senders") < 0)
		abort();
	CHECK(symlink(".", "senders") == 0 && !senders_open(&senders, "senders"),
	      "a table that cannot be read is an error");
	if (unlink("senders") < 0 || unlink("domains") < 0 || chdir("/") < 0 || rmdir(folder) < 0)
		CHECK(false, "nothing else is left");
	return check_end();
}
