/* The log: whatever a value holds, an event is one line of printable ASCII. */
#include "base/die.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"

char const *PROG = "die";

static void
fuzz(char *bytes, size_t len)
{
	const char *at = bytes;
	char *conn = fuzz_next(&at, &len), *first = fuzz_next(&at, &len),
	     *second = fuzz_next(&at, &len);
	const stralloc *line = &file_open(2, "", 0)->out;

	log_ids(conn, NULL);
	log_event("event", "first", first, "second", second, NULL);
	log_ids(NULL, NULL);
	close(2);
	assert(line->len > 10 && line->len <= 4096 && line->s[line->len - 1] == '\n');
	assert(fuzz_printable(line->s, line->len - 1));
	assert(memcmp(line->s, "die: event", 10) == 0);
	free(conn);
	free(first);
	free(second);
}
