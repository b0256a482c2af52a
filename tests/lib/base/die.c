/* Lines as a log has them, in both forms: one write, one line, whatever the values hold. */
#include "base/die.h"

#include "base/log_line.h"

#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

char const *PROG = "a-program";

static int err;

/* What log_event writes, without its line feed. */
static size_t
written(char line[8192], const char *name, const char *value)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	ssize_t len;

	dup2(log, 2);
	log_event("event", name, value, "last", "x", NULL);
	dup2(err, 2);
	len = pread(log, line, 8192, 0);
	close(log);
	return len > 0 && memchr(line, '\n', (size_t)len) == line + len - 1 ? (size_t)len - 1 : 0;
}

static const struct {
	const char *sentence, *value, *plain, *json;
} rows[] = {
	{ "a word", "word", "x=word", "\"x\":\"word\"" },
	{ "nothing", "", "x=\"\"", "\"x\":\"\"" },
	{ "a quote and a backslash", "a\"\\", "x=\"a\\\"\\\\\"", "\"x\":\"a\\\"\\\\\"" },
	{ "a line feed and an escape", "a\n\x1b[2J", "x=\"a\\x0a\\x1b[2J\"",
	  "\"x\":\"a\\u000a\\u001b[2J\"" },
	{ "a letter that is not ASCII", "\xc3\xbc", "x=\"\\xc3\\xbc\"", "\"x\":\"\\u00fc\"" },
	{ "a byte that is no letter", "\xff", "x=\"\\xff\"", "\"x\":\"\\ufffd\"" },
};

static void
check_forms(void)
{
	char line[8192], want[256];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len;
		const char *at;

		unsetenv("SMTPIPE_LOG");
		len = written(line, "x", rows[i].value);
		snprintf(want, sizeof want, "a-program: event conn=c msg=m %s last=x",
		         rows[i].plain);
		CHECK(len == strlen(want) && memcmp(line, want, len) == 0, rows[i].sentence);
		setenv("SMTPIPE_LOG", "json", 1);
		len = written(line, "x", rows[i].value);
		snprintf(want, sizeof want,
		         ",\"program\":\"a-program\",\"event\":\"event\",\"conn\":\"c\",\"msg\":"
		         "\"m\",%s,"
		         "\"last\":\"x\"}",
		         rows[i].json);
		line[len] = 0;
		at = strchr(line, ',');
		CHECK(at && strncmp(line, "{\"time\":", 8) == 0 && strcmp(at, want) == 0,
		      rows[i].sentence);
	}
}

/* A value of every length around that of a line: it is cut, and the object is whole. */
static void
check_long(void)
{
	char line[8192], value[6000];
	size_t good = 0;

	setenv("SMTPIPE_LOG", "json", 1);
	for (size_t n = 3000; n < sizeof value; n++) {
		struct log_line read;
		size_t len;

		memset(value, n % 2 ? 'x' : '\xff', n);
		value[n] = 0;
		len = written(line, "x", value);
		good += len && log_line_parse(line, len, &read) && log_line_get(&read, "x");
	}
	CHECK(good == sizeof value - 3000, "a JSON line that is too long is cut, and whole");
}

/* Each read takes what one write wrote. */
static void
check_gathered(void)
{
	char value[1500], bytes[8192];
	int ends[2];
	ssize_t first, second, third;

	unsetenv("SMTPIPE_LOG");
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = 0;
	if (pipe2(ends, O_DIRECT | O_NONBLOCK) < 0)
		exit(111);
	dup2(ends[1], 2);
	log_gather();
	log_event("one", "x", value, NULL);
	log_event("two", "x", value, NULL);
	first = read(ends[0], bytes, sizeof bytes);
	log_event("three", "x", value, NULL);
	second = read(ends[0], bytes, sizeof bytes);
	log_flush();
	third = read(ends[0], bytes + 4096, 4096);
	log_flush();
	dup2(err, 2);
	CHECK(first < 0, "gathered lines wait");
	CHECK(second > 2 * (ssize_t)sizeof value && second <= 4096 && bytes[second - 1] == '\n',
	      "until there is no room for the next one");
	CHECK(third > 0 && memcmp(bytes + 4096, "a-program: three ", 17) == 0,
	      "which goes when it is asked for");
	CHECK(read(ends[0], bytes, sizeof bytes) < 0, "once");
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	err = dup(2);
	log_ids("c", "m");
	check_forms();
	check_long();
	check_gathered();
	return check_end();
}
