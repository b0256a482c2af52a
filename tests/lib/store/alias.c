#include "store/alias.h"

#include "base/die.h"
#include "base/record.h"
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char const *PROG = "alias";

static char folder[] = "/tmp/smtpipe-alias.XXXXXX";

/* In the texts "%" stands for the folder. Targets are listed with their tags. */
static const struct {
	const char *sentence, *aliases, *address;
	enum alias_result result;
	const char *targets, *owner;
} cases[] = {
	{ "one target", "team: bob@example.net", "team@a.test", ALIAS_EXPANDED, "Tbob@example.net",
	  "" },
	{ "a target without domain is in the alias's own", "team: ann", "team@a.test",
	  ALIAS_EXPANDED, "Tann@a.test", "" },
	{ "... which is the first local one for plain postmaster", "postmaster: ann", "Postmaster",
	  ALIAS_EXPANDED, "Tann@a.test", "" },
	{ "several targets, over several lines", "team: ann,bob@x.example\n\t, Carl@X.example ,",
	  "team@a.test", ALIAS_EXPANDED, "Tann@a.test Tbob@x.example TCarl@X.example", "" },
	{ "an address is there once, in whatever letters", "team: ann, ANN, ann@A.test, bob@x",
	  "team@a.test", ALIAS_EXPANDED, "Tann@a.test Tbob@x", "" },
	{ "an alias among the targets is looked up", "team: dev, ann\ndev: bob@x, ann",
	  "team@a.test", ALIAS_EXPANDED, "Tbob@x Tann@a.test", "" },
	{ "... in every local domain", "team@a.test: dev@b.test\ndev@b.test: bob", "team@a.test",
	  ALIAS_EXPANDED, "Tbob@b.test", "" },
	{ "... and by a whole domain", "team: who@b.test\n@b.test: ann@a.test", "team@a.test",
	  ALIAS_EXPANDED, "Tann@a.test", "" },
	{ "a foreign address never is", "team: dev@x.example\ndev: bob", "team@a.test",
	  ALIAS_EXPANDED, "Tdev@x.example", "" },
	{ "detail is not carried over", "team: ann", "team+x@a.test", ALIAS_EXPANDED, "Tann@a.test",
	  "" },
	{ "a quoted local part", "team: \"a.b\"@x.example", "team@a.test", ALIAS_EXPANDED,
	  "Ta.b@x.example", "" },
	{ "SMTPUTF8 targets", "team: j\xc3\xb8rn@x.example", "team@a.test", ALIAS_EXPANDED,
	  "Tj\xc3\xb8rn@x.example", "" },
	{ "SYN-22: a percent is part of the name", "team: bob%x.example", "team@a.test",
	  ALIAS_EXPANDED, "Tbob%x.example@a.test", "" },

	{ "an alias that names itself keeps a copy", "ann: ann, bob@x", "Ann@a.test",
	  ALIAS_EXPANDED, "CAnn@a.test Tbob@x", "" },
	{ "... once", "ann: ann, ann@a.test, bob@x", "ann@a.test", ALIAS_EXPANDED,
	  "Cann@a.test Tbob@x", "" },
	{ "... by way of another, too", "ann: team\nteam: ann, bob@x", "ann@a.test", ALIAS_EXPANDED,
	  "Cann@a.test Tbob@x", "" },
	{ "... and as a target", "team: ann\nann: ann, bob@x", "team@a.test", ALIAS_EXPANDED,
	  "Tann@a.test Tbob@x", "" },
	{ "... and with detail", "ann: ann, bob@x", "ann+y@a.test", ALIAS_EXPANDED,
	  "Tann@a.test Tbob@x", "" },
	{ "LOOP-05: a circle ends", "a: b\nb: c\nc: a", "a@a.test", ALIAS_EXPANDED, "Ca@a.test",
	  "" },
	{ "LOOP-05: a circle beside the way in ends", "a: b\nb: c\nc: b, d@x", "a@a.test",
	  ALIAS_EXPANDED, "Tb@a.test Td@x", "" },
	{ "LOOP-05: ten aliases deep are taken",
	  "a: b\nb: c\nc: d\nd: e\ne: f\nf: g\ng: h\nh: i\ni: j\nj: k\nk: z@x", "a@a.test",
	  ALIAS_EXPANDED, "Tz@x", "" },
	{ "LOOP-05: eleven are not",
	  "a: b\nb: c\nc: d\nd: e\ne: f\nf: g\ng: h\nh: i\ni: j\nj: k\nk: l\nl: z@x", "a@a.test",
	  ALIAS_TOO_BIG, NULL, "" },

	{ "an owner makes a list", "team: bob@x\nowner-team: ann", "Team@a.test", ALIAS_EXPANDED,
	  "Tbob@x", "owner-team@a.test" },
	{ "... with a full address, too", "team: bob@x\nowner-team@a.test: ann", "team@a.test",
	  ALIAS_EXPANDED, "Tbob@x", "owner-team@a.test" },
	{ "... of the list without detail", "team: bob@x\nowner-team: ann", "team+y@a.test",
	  ALIAS_EXPANDED, "Tbob@x", "owner-team@a.test" },
	{ "... but not by a whole domain", "team: bob@x\n@a.test: ann", "team@a.test",
	  ALIAS_EXPANDED, "Tbob@x", "" },
	{ "a list among the targets stays whole", "all: team, ann\nteam: bob@x\nowner-team: ann",
	  "all@a.test", ALIAS_EXPANDED, "Lteam@a.test Tann@a.test", "" },

	{ "an included file", "team: ann, :include:%/list, z@x", "team@a.test", ALIAS_EXPANDED,
	  "Tann@a.test Tb@x Tc@a.test Tz@x", "" },
	{ "an included file with CRLF and no last line end", "team: :include:%/crlf", "team@a.test",
	  ALIAS_EXPANDED, "Tb@x Tc@x", "" },
	{ "an included file includes no other", "team: :include:%/nested", "team@a.test",
	  ALIAS_FAULTY, NULL, "" },
	{ "an included file has one target a line", "team: :include:%/two", "team@a.test",
	  ALIAS_FAULTY, NULL, "" },
	{ "an included file has addresses only", "team: :include:%/command", "team@a.test",
	  ALIAS_FAULTY, NULL, "" },
	{ "an included file that all may write to", "team: :include:%/open", "team@a.test",
	  ALIAS_FAULTY, NULL, "" },
	{ "a FIFO is no file to include", "team: :include:%/fifo", "team@a.test", ALIAS_FAULTY,
	  NULL, "" },
	{ "a folder is none", "team: :include:%", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "a missing file is a fault, not an empty list", "team: ann, :include:%/none",
	  "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "an empty file leaves no target", "team: :include:%/empty", "team@a.test", ALIAS_FAULTY,
	  NULL, "" },
	{ "a relative path", "team: :include:list", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "no path", "team: :include:", "team@a.test", ALIAS_FAULTY, NULL, "" },

	{ "a command is refused", "team: |/bin/sh", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "a quoted command is refused", "team: \"|/bin/sh -c x\"", "team@a.test", ALIAS_FAULTY,
	  NULL, "" },
	{ "a file is refused", "team: /var/mail/team", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "another colon is refused", "team: :fail:", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "half an address is refused", "team: ann@", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "a bracket is refused", "team: ann@x>,b", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "a lone quote is refused", "team: \"", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "an alias without targets is a fault", "team:", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "an alias of commas is a fault", "team: , ,", "team@a.test", ALIAS_FAULTY, NULL, "" },
	{ "what is no alias is a fault", "team: ann", "bob@a.test", ALIAS_FAULTY, NULL, "" },
	{ "no fault is forgotten for the targets before it", "team: ann, /x", "team@a.test",
	  ALIAS_FAULTY, NULL, "" },
};

static void
file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (!file)
		abort();
	for (; *text; text++)
		if (fputs(*text == '%' && text[1] != 'x' ? folder : (char[]){ *text, 0 }, file)
		    == EOF)
			abort();
	if (fclose(file) == EOF)
		abort();
}

static bool
gives(const struct table *domains, size_t i)
{
	struct alias alias = { 0 };
	struct table aliases;
	stralloc text = STRALLOC_ZERO;
	enum alias_result result;
	bool good;

	file_write("aliases", cases[i].aliases);
	if (!table_open(&aliases, "aliases"))
		abort();
	result = alias_expand(&alias, &aliases, domains, cases[i].address);
	for (size_t at = 0; at < alias.targets.len; at++)
		if (!stralloc_append(&text, alias.targets.s[at] ? alias.targets.s[at] : ' '))
			abort();
	text.len -= text.len > 0;
	if (!stralloc_0(&text))
		abort();
	good = result == cases[i].result
	       && (!cases[i].targets || strcmp(text.s, cases[i].targets) == 0)
	       && strcmp(alias.owner.len ? alias.owner.s : "", cases[i].owner) == 0;
	if (result != ALIAS_EXPANDED)
		good = good && alias.fault.len && strncmp(alias.fault.s, "alias ", 6) == 0;
	if (!good || getenv("SHOW"))
		printf("# %d | %s | %s\n", result, text.s, alias.fault.len ? alias.fault.s : "");
	stralloc_free(&text);
	alias_free(&alias);
	table_close(&aliases);
	return good;
}

/* A list of so many addresses. */
static enum alias_result
expand_list(const struct table *domains, unsigned int count)
{
	FILE *file = fopen("many", "w");
	struct alias alias = { 0 };
	struct table aliases;
	enum alias_result result;

	for (unsigned int i = 0; file && i < count; i++)
		fprintf(file, "user%u\n", i);
	if (!file || fclose(file) == EOF)
		abort();
	chmod("many", 0644);
	file_write("aliases", "team: :include:%/many");
	if (!table_open(&aliases, "aliases"))
		abort();
	result = alias_expand(&alias, &aliases, domains, "team@a.test");
	alias_free(&alias);
	table_close(&aliases);
	return result;
}

int
main(void)
{
	static const char *const files[] = { "list",  "crlf", "nested",  "two",  "command", "open",
		                             "empty", "fifo", "domains", "many", "aliases" };
	struct table domains;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	umask(022);
	file_write("list", "# a comment\n\n b@x # another\nc\nb@X\n");
	file_write("crlf", "b@x\r\nc@x");
	file_write("nested", ":include:%/list\n");
	file_write("two", "b@x, c@x\n");
	file_write("command", "b@x\n|/bin/sh\n");
	file_write("open", "b@x\n");
	file_write("empty", "# nobody\n");
	file_write("domains", "a.test:\nb.test:\n");
	if (chmod("open", 0666) < 0 || mkfifo("fifo", 0600) < 0 || !table_open(&domains, "domains"))
		abort();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(gives(&domains, i), cases[i].sentence);
	CHECK(expand_list(&domains, 1000) == ALIAS_EXPANDED, "LOOP-05: a thousand targets");
	CHECK(expand_list(&domains, 1001) == ALIAS_TOO_BIG, "LOOP-05: and no more");
	table_close(&domains);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i]);
	return rmdir(folder) < 0 || check_end();
}
