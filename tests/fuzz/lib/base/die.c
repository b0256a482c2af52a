/* The log: whatever a value holds, an event is one line of printable ASCII. */
#include "base/die.h"

#include "fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

char const *PROG = "die";

static void
fuzz(char *bytes, size_t len)
{
	static int log, err;
	static char line[8192];
	const char *at = bytes;
	char *conn = fuzz_next(&at, &len), *first = fuzz_next(&at, &len),
	     *second = fuzz_next(&at, &len);
	ssize_t line_len;

	if (!log) {
		log = memfd_create("log", MFD_CLOEXEC);
		err = dup(2);
	}
	assert(ftruncate(log, 0) == 0 && lseek(log, 0, SEEK_SET) == 0);
	dup2(log, 2);
	log_ids(conn, NULL);
	log_event("event", "first", first, "second", second, NULL);
	log_ids(NULL, NULL);
	dup2(err, 2);
	line_len = pread(log, line, sizeof line, 0);
	assert(line_len > 10 && line_len <= 4096 && line[line_len - 1] == '\n');
	assert(fuzz_printable(line, (size_t)line_len - 1));
	assert(memcmp(line, "die: event", 10) == 0);
	free(conn);
	free(first);
	free(second);
}
