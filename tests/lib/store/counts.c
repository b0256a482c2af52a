/* What is counted in a day is kept in a file that is always whole. */
#include "store/counts.h"

#include "check.h"

#include <errno.h>
#include <unistd.h>

static uint64_t
count_of(const struct counts *counts, const char *name)
{
	const struct counted *counted = map_find(&counts->map, name);

	return counted ? counted->count : 0;
}

int
main(void)
{
	char folder[] = "/tmp/counts.XXXXXX", path[100], name[20];
	struct counts counts, again;
	bool good = true;
	FILE *file;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/day", folder);
	counts_init(&counts);
	counts_init(&again);
	CHECK(!counts_read(&counts, path) && errno == ENOENT, "there is no file");
	CHECK(counts_add(&counts, "a\tb", 1) && counts_add(&counts, "a\tb", 1)
	          && counts_add(&counts, "c", UINT64_MAX) && counts_add(&counts, "c", 1)
	          && counts.changed,
	      "things are counted");
	CHECK(counts_save(&counts, path) && !counts.changed, "and saved");
	CHECK(counts_read(&again, path) && again.map.count == 2 && count_of(&again, "a\tb") == 2
	          && count_of(&again, "c") == UINT64_MAX && !again.changed,
	      "what is saved is read; a count ends at the greatest");
	counts_free(&again);
	file = fopen(path, "w");
	fputs("1\ta\n\nx\ty\n2\t\n3\n99999999999999999999\tz\n-1\tq\n4\tb", file);
	fclose(file);
	CHECK(counts_read(&again, path) && count_of(&again, "a") == 1 && count_of(&again, "b") == 4
	          && again.map.count == 2,
	      "lines that are none are skipped");
	for (int i = 0; i < COUNTS_MAX - 2; i++) {
		snprintf(name, sizeof name, "%d", i);
		good = good && counts_add(&again, name, 1);
	}
	CHECK(good && !counts_add(&again, "one more", 1) && errno == ENOSPC
	          && counts_add(&again, "a", 1),
	      "there is an end to how many things are counted");
	counts_free(&counts);
	counts_free(&again);
	CHECK(unlink(path) == 0 && rmdir(folder) == 0, "nothing is left behind");
	return check_end();
}
