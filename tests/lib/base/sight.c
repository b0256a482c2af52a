#include "base/sight.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void
file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* Is it another one after this? */
static bool
differs(const char *path, const struct sight *before)
{
	struct sight now = sight_look(path);

	return !sight_same(before, &now);
}

/* A file of ours, which nobody has changed for a while. */
static struct sight
settled(const char *path, const char *text)
{
	struct sight sight;

	file_write(path, text);
	sight = sight_look(path);
	CHECK(!sight_settled(&sight), "a file that was only just written may look the same later");
	while (!sight_settled(&sight)) {
	}
	CHECK(!differs(path, &sight), "a file that nobody touches looks the same");
	return sight;
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-sight.XXXXXX";
	struct sight sight, nothing = { .inode = 0 };

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 111;
	CHECK(!differs("file", &nothing), "nothing looks like nothing");
	CHECK(sight_settled(&nothing), "and what comes will be seen");
	sight = settled("file", "text");
	CHECK(differs("file", &nothing), "a file that came");
	file_write("file", "next");
	CHECK(differs("file", &sight), "a text of the same length");
	sight = settled("file", "text");
	file_write("other", "text");
	rename("other", "file");
	CHECK(differs("file", &sight), "another file of the same text in its place");
	sight = settled("file", "text");
	chmod("file", 0600);
	CHECK(differs("file", &sight), "a chmod");
	sight = settled("file", "text");
	unlink("file");
	CHECK(differs("file", &sight) && !differs("file", &nothing), "a file that has gone");
	sight.changed_s += 1000000000;
	CHECK(sight_settled(&sight), "a time to come: the clock was set back");
	if (chdir("/") == 0)
		rmdir(folder);
	return check_end();
}
