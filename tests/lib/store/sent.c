#include "store/sent.h"

#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1800000000 / HOUR * HOUR };

static struct limits limits;
static struct sent sent;

static void
anew(void)
{
	sent_close(&sent);
	unlink("ann");
	if (!sent_open(&sent, ".", "ann"))
		abort();
	for (size_t i = 0; i < LIMITS; i++)
		limits.most[i] = UINT64_MAX;
}

/* Sends to count recipients, first, first + 1 ... */
static struct sent_answer
to(unsigned int first, unsigned int count, int64_t time_s)
{
	static char text[2000][24];
	static const char *recipients[2000];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(text[i], sizeof text[i], "r%u@example.net", first + i);
		recipients[i] = text[i];
	}
	return sent_add(&sent, &limits, recipients, count, 1000, time_s);
}

static void
of_a_day(void)
{
	struct sent_answer answer;

	anew();
	limits.most[LIMIT_MESSAGES] = 3;
	CHECK(to(0, 1, NOW).allowed && to(0, 1, NOW + HOUR).allowed
	          && to(0, 1, NOW + 2 * HOUR + 59).allowed,
	      "three messages are allowed where three are");
	answer = to(0, 1, NOW + 3 * HOUR);
	CHECK(!answer.allowed && answer.limit == LIMIT_MESSAGES && answer.most == 3,
	      "a fourth is not");
	CHECK(answer.again_s == NOW + 25 * HOUR,
	      "until the first one is a day old, in whole hours");
	CHECK(answer.is_first && !to(0, 1, NOW + 4 * HOUR).is_first, "that is told once");
	CHECK(!to(0, 1, NOW + 25 * HOUR - 1).allowed, "not sooner");
	CHECK(to(0, 1, NOW + 25 * HOUR).allowed, "then there is one more");
	CHECK(!to(0, 1, NOW + 25 * HOUR).allowed, "and no two");
	answer = to(0, 1, NOW + 28 * HOUR);
	CHECK(answer.allowed, "later the next");
	CHECK(to(0, 1, NOW + 100 * DAY).allowed && to(0, 1, NOW + 100 * DAY).allowed
	          && to(0, 1, NOW + 100 * DAY).allowed && !to(0, 1, NOW + 100 * DAY).allowed,
	      "after a long time all three");
	CHECK(to(0, 1, NOW).allowed, "a clock that was set back forgets what was counted");
	anew();
	limits.most[LIMIT_MESSAGES] = 0;
	answer = to(0, 1, NOW);
	CHECK(!answer.allowed && answer.again_s == 0, "a limit of 0 allows nothing, for ever");
}

static void
of_recipients(void)
{
	struct sent_answer answer;

	anew();
	limits.most[LIMIT_RECIPIENTS] = 10;
	CHECK(to(0, 6, NOW).allowed && !to(0, 5, NOW).allowed && to(0, 4, NOW).allowed,
	      "recipients are counted each");
	answer = to(0, 11, NOW + 2 * DAY);
	CHECK(!answer.allowed && answer.limit == LIMIT_RECIPIENTS && answer.again_s == 0
	          && !answer.is_first,
	      "a message to more than may be in a day never will be sent");
	anew();
	limits.most[LIMIT_NEW_RECIPIENTS] = 10;
	CHECK(to(0, 10, NOW).allowed && to(0, 10, NOW).allowed,
	      "who was written to before is not new");
	answer = to(5, 6, NOW);
	CHECK(!answer.allowed && answer.limit == LIMIT_NEW_RECIPIENTS, "one more is");
	CHECK(to(10, 10, NOW + 2 * DAY).allowed && to(0, 20, NOW + 2 * DAY).allowed,
	      "another day has its own new ones, and the old ones stay known");
	anew();
	for (unsigned int i = 0; i < 5; i++)
		to(i * 1000, 1000, NOW + i);
	limits.most[LIMIT_NEW_RECIPIENTS] = 300;
	CHECK(to(4900, 100, NOW + 2 * DAY).allowed && !to(10000, 301, NOW + 2 * DAY).allowed, "of very many, the last ones are known");
}

static void
of_other_kinds(void)
{
	struct sent_answer answer;
	unsigned int done = 0;

	anew();
	limits.most[LIMIT_RATE] = 6;
	for (int i = 0; i < 20; i++)
		done += to(0, 1, NOW).allowed;
	CHECK(done == 6, "six at once where six a minute are allowed");
	answer = to(0, 1, NOW);
	CHECK(answer.limit == LIMIT_RATE && answer.again_s > NOW && answer.again_s <= NOW + 11,
	      "the next one after ten seconds");
	CHECK(to(0, 1, answer.again_s).allowed && !to(0, 1, answer.again_s).allowed,
	      "and only one");
	CHECK(to(0, 1, NOW - 100 * DAY).allowed, "a clock that was set back holds nobody up");
	anew();
	limits.most[LIMIT_BYTES] = 999;
	answer = to(0, 1, NOW);
	CHECK(!answer.allowed && answer.limit == LIMIT_BYTES && answer.again_s == 0,
	      "a message that is too long");
	limits.most[LIMIT_BYTES] = 1000;
	limits.most[LIMIT_MESSAGES] = 1;
	CHECK(to(0, 1, NOW).allowed, "what was refused is not counted");
}

static const struct {
	const char *sentence;
	const char *text; /* NULL: no table */
	bool good;
	uint64_t messages, fresh;
} tables[] = {
	{ "without a table there are limits", NULL, true, 1000, 200 },
	{ "without an entry too", "bob: none\n", true, 1000, 200 },
	{ "an entry for all", "*: messages=5\n", true, 5, 200 },
	{ "the login's own entry counts", "*: messages=5\nann: messages=7 new-recipients=0\n", true,
	  7, 0 },
	{ "none is no limit", "ann: none\n", true, UINT64_MAX, UINT64_MAX },
	{ "none, but for one", "ann: none, messages=9\n", true, 9, UINT64_MAX },
	{ "a misspelled limit is not understood", "ann: mesages=9\n", false, 0, 0 },
	{ "nor is one without a number", "ann: messages=\n", false, 0, 0 },
	{ "nor one with another", "ann: messages=9x\n", false, 0, 0 },
	{ "nor a huge one", "ann: messages=99999999999999999999999999\n", false, 0, 0 },
};

static void
of_tables(void)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		struct table table = { .text = STRALLOC_ZERO };
		struct limits got;
		bool good;

		if (tables[i].text && !stralloc_cats(&table.text, tables[i].text))
			abort();
		good = limits_get(&got, tables[i].text ? &table : NULL, "ann");
		CHECK(good == tables[i].good
		          && (!good
		              || (got.most[LIMIT_MESSAGES] == tables[i].messages
		                  && got.most[LIMIT_NEW_RECIPIENTS] == tables[i].fresh)),
		      tables[i].sentence);
		table_close(&table);
	}
}

static void
of_files(void)
{
	static const char *const odd[] = { "../etc/x", ".hidden", "a/b", "", "zo\xc3\xab", "=abc" };
	struct stat status;
	struct sent other;
	DIR *folder = opendir(".");
	struct dirent *entry;
	bool contained = true;
	int fd;

	anew();
	limits.most[LIMIT_MESSAGES] = 1;
	to(0, 1, NOW);
	sent_close(&sent);
	CHECK(sent_open(&sent, ".", "ann") && !to(0, 1, NOW).allowed,
	      "what was counted is there after a restart");
	CHECK(stat("ann", &status) == 0 && status.st_size == 4096 + 65536
	          && (status.st_mode & 077) == 0,
	      "a file has one size, and is for its owner");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		contained = contained && sent_open(&other, ".", odd[i]);
		sent_close(&other);
	}
	while ((entry = readdir(folder)) != NULL)
		contained = contained
		            && (entry->d_name[0] == '=' || strcmp(entry->d_name, "ann") == 0
		                || entry->d_name[0] == '.')
		            && strcmp(entry->d_name, ".hidden") != 0;
	CHECK(contained && access("../etc/x", F_OK) < 0,
	      "odd logins are hashed, and lead nowhere else");
	closedir(folder);
	fd = open("text", O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		abort();
	close(fd);
	CHECK(!sent_open(&other, ".", "text") && errno == EPROTO, "another file is refused");
	CHECK(symlink("ann", "link") == 0 && !sent_open(&other, ".", "link"),
	      "so is a symbolic link");
	CHECK(!sent_open(&other, "no/folder", "ann") && errno == ENOENT,
	      "a missing folder is trouble");
	sent_close(&sent);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-sent.XXXXXX", clean[64];

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	sent = (struct sent){ .fd = -1 };
	of_a_day();
	of_recipients();
	of_other_kinds();
	of_tables();
	of_files();
	snprintf(clean, sizeof clean, "rm -r %s", folder);
	return system(clean) ? 1 : check_end();
}
