/* table(5) */
#include "store/table.h"
#include "check.h"

#include <unistd.h>

static const char text[] = "# comment: x\n"
                           "\n"
                           "ann@example.org: ann/Maildir\n"
                           "Team:\tann, bob@example.net,\n"
                           "  \tcarl\n"
                           "odd:key: value\n"
                           "empty:\n"
                           "alone\n"
                           "ann@example.org: second\n"
                           "last: no line end";

static bool
found(const struct table *table, const char *key, const char *wanted)
{
	struct value value;

	if (!table_find(table, key, strlen(key), &value))
		return !wanted;
	return wanted && value.len == strlen(wanted) && memcmp(value.text, wanted, value.len) == 0;
}

int
main(void)
{
	char path[] = "/tmp/smtpipe-table.XXXXXX";
	int fd = mkstemp(path);
	struct value value, item;
	struct table table;
	unsigned int items = 0;

	if (fd < 0 || write(fd, text, sizeof text - 1) != sizeof text - 1 || close(fd) < 0)
		return 111;
	CHECK(table_open(&table, path), "a file is read");
	unlink(path);
	CHECK(found(&table, "ann@example.org", "ann/Maildir"), "the first entry of a key counts");
	CHECK(found(&table, "TEAM", "ann, bob@example.net,\n  \tcarl"),
	      "letter case does not count, and lines that begin with a space go on");
	CHECK(found(&table, "odd:key", "value"), "a colon inside a word does not end a key");
	CHECK(found(&table, "empty", ""), "a value may be empty");
	CHECK(found(&table, "alone", ""), "a key without colon has an empty value");
	CHECK(found(&table, "last", "no line end"), "the last line needs no end");
	CHECK(found(&table, "# comment", NULL) && found(&table, "comment", NULL)
	          && found(&table, "", NULL),
	      "a comment is no entry");
	table_find(&table, "team", 4, &value);
	while (value_item(&value, &item))
		items++;
	CHECK(items == 3, "commas, spaces and line ends part the items");
	table_close(&table);
	CHECK(!table_open(&table, path), "a missing file is an error");
	return check_end();
}
