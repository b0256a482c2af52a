/* A compiled table answers as its text does, or is not used (table(5)). */
#include "store/compiled.h"

#include "check.h"
#include "store/compile.h"
#include "store/table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { FILLERS = 4000 };

static const char head[] = "# comment: x\n"
                           "\n"
                           "Ann@Example.org: ann/Maildir\n"
                           "Team:\tann, bob@example.net,\n"
                           "  \tcarl\n"
                           "odd:key: value\n"
                           "empty:\n"
                           "alone\n"
                           ": no key\n"
                           "@example.org: lost\n"
                           ".example.org: below\n"
                           "*: star\n"
                           "\xc3\xa4@example.org: umlaut\n"
                           "ann@example.org: second\n"
                           "ANN@example.ORG: third\n";

static const char *const questions[] = {
	"ann@example.org",
	"ANN@EXAMPLE.ORG",
	"ann@example.or",
	"team",
	"TEAM",
	"odd:key",
	"empty",
	"alone",
	"",
	":",
	"# comment",
	"comment",
	"@example.org",
	".example.org",
	"*",
	"\xc3\xa4@example.org",
	"\xc3\x84@example.org",
	"filler-0@example.org",
	"Filler-3999@example.org",
	"filler-4000@example.org",
	"last",
	"\n",
	"carl",
};

static void
put(const char *path, const char *first, const char *last)
{
	FILE *file = fopen(path, "w");

	if (!file)
		exit(111);
	fputs(first, file);
	for (unsigned int i = 0; i < FILLERS; i++)
		fprintf(file, "filler-%u@example.org: filler/%u\n", i, i);
	fputs(last, file);
	if (fclose(file) != 0)
		exit(111);
}

static bool
same(const struct value *a, const struct value *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The text itself, whatever stands beside it. */
static struct table
text_of(const char *path)
{
	struct table table = { .text = STRALLOC_ZERO };
	FILE *file = fopen(path, "r");
	int c;

	while (file && (c = getc(file)) != EOF)
		if (!stralloc_append(&table.text, (char)c))
			exit(111);
	if (!file || fclose(file) != 0)
		exit(111);
	return table;
}

static void
compare(const char *path)
{
	struct table text = text_of(path), compiled;
	struct value key, value, other_key, other;
	size_t at = 0, other_at = 0;
	bool walks = true;

	CHECK(table_open(&compiled, path) && compiled.compiled.map && !compiled.text.len
	          && !table_is_empty(&compiled),
	      "the compiled form is taken in place of the text");
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		size_t len = strlen(questions[i]);
		char *question = check_copy(questions[i], len);
		bool found = table_entry(&text, question, len, &key, &value);

		CHECK(table_entry(&compiled, question, len, &other_key, &other) == found
		          && (!found || (same(&key, &other_key) && same(&value, &other))),
		      questions[i]);
		free(question);
	}
	while (table_next(&text, &at, &key, &value))
		walks = walks && table_next(&compiled, &other_at, &other_key, &other)
		        && same(&key, &other_key) && same(&value, &other);
	CHECK(walks && !table_next(&compiled, &other_at, &other_key, &other),
	      "a walk meets all entries in the text's order, also those of one key");
	table_entry(&compiled, "team", 4, &key, &value);
	table_entry(&compiled, "TEAM", 4, &other_key, &other);
	CHECK(key.text == other_key.text && value.text == other.text,
	      "what is found twice is the same place");
	table_close(&text);
	table_close(&compiled);
}

static bool
is_compiled(const char *path)
{
	struct table table;
	bool is;

	if (!table_open(&table, path))
		exit(111);
	is = table.compiled.map;
	table_close(&table);
	return is;
}

/* What makes a compiled form another text's. */
static void
grow_old(const char *path)
{
	struct stat before;
	struct timespec times[2];
	int fd;

	put(path, "ann: one\n", "");
	compile_table(path);
	CHECK(is_compiled(path), "a new form is made when the text has changed");
	stat(path, &before);
	fd = open(path, O_WRONLY);
	if (pwrite(fd, "bob", 3, 0) != 3 || close(fd) < 0)
		exit(111);
	times[0] = before.st_atim;
	times[1] = before.st_mtim;
	utimensat(AT_FDCWD, path, times, 0);
	CHECK(!is_compiled(path),
	      "a text of the same size, written in place and dated back, is known");
	CHECK(compile_table(path) == COMPILED_MADE && is_compiled(path), "and compiled anew");
	put("other", "eve: one\n", "");
	rename("other", path);
	CHECK(!is_compiled(path), "a text that was put in the place of the other is known");
	compile_table(path);
	fd = open("compiled/table.cdb", O_WRONLY);
	if (ftruncate(fd, 5000) < 0 || close(fd) < 0)
		exit(111);
	CHECK(!is_compiled(path), "a form that is cut off is not used");
	CHECK(compile_table(path) == COMPILED_MADE && is_compiled(path), "but made again");
	fd = open("compiled/table.cdb", O_WRONLY | O_TRUNC);
	close(fd);
	CHECK(!is_compiled(path), "nor is an empty file");
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-compiled.XXXXXX", *odd;
	FILE *file;

	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("compiled", 0755) < 0)
		return 111;
	put("table", head, "LAST: no line end");
	CHECK(!is_compiled("table"), "a text without a compiled form is read");
	CHECK(compile_table("table") == COMPILED_MADE, "a large table is compiled");
	CHECK(compile_table("table") == COMPILED_FRESH, "once");
	compare("table");
	chmod("table", 0640);
	CHECK(!is_compiled("table") && compile_table("table") == COMPILED_HIDDEN
	          && access("compiled/table.cdb", F_OK) < 0,
	      "of what not everybody may read there is no second copy");
	chmod("table", 0644);
	compile_table("table");
	grow_old("table");

	odd = calloc(1, COMPILED_KEY_MAX + 2);
	memset(odd, 'k', COMPILED_KEY_MAX + 1);
	put("table", odd, "");
	CHECK(compile_table("table") == COMPILED_ODD && access("compiled/table.cdb", F_OK) < 0
	          && !is_compiled("table"),
	      "a table with a longer key than is compiled is left as it is");
	free(odd);
	put("table", "", "");
	file = fopen("table", "a");
	fwrite("a\0b: c\n", 1, 7, file);
	fclose(file);
	CHECK(compile_table("table") == COMPILED_ODD, "so is one with a NUL");
	put("table", "", "");
	compile_table("table");
	file = fopen("table", "w");
	fputs("ann: small\n", file);
	fclose(file);
	CHECK(compile_table("table") == COMPILED_SMALL && access("compiled/table.cdb", F_OK) < 0,
	      "what a small table had before is taken away");
	put("table", "", "");
	compile_table("table");
	unlink("table");
	CHECK(compile_table("table") == COMPILED_SMALL && access("compiled/table.cdb", F_OK) < 0,
	      "and what a missing one had");
	CHECK(rmdir("compiled") == 0 && rmdir(folder) == 0, "nothing else is left");
	return check_end();
}
