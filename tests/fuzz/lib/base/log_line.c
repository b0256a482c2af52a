/* Log lines: what log_event writes reads back as it was, and any other line is read to an end. */
#include "base/log_line.h"

#include "base/die.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"

char const *PROG = "log-line";

/* same: no byte of it is lost, not even those that are no characters */
static void
check_written(const char *value, bool same)
{
	const stralloc *line = &file_open(2, "", 0)->out;
	struct log_line read;

	log_event("event", "text", value, NULL);
	close(2);
	assert(line->len && memchr(line->s, '\n', line->len) == line->s + line->len - 1);
	if (strlen(value) > 900 && same)
		return; /* cut */
	assert(log_line_parse(line->s, line->len - 1, &read));
	assert(!same || strcmp(log_line_get(&read, "text"), value) == 0);
}

static void
fuzz(char *bytes, size_t len)
{
	char *line = malloc(len + 1), *value = fuzz_string(bytes, len);
	struct log_line read;

	memcpy(line, bytes, len);
	if (log_line_parse(line, len, &read)) {
		assert(read.count <= LOG_FIELDS_MAX && *read.program && *read.event);
		for (size_t i = 0; i < read.count; i++)
			assert(log_line_get(&read, read.fields[i].name) && read.fields[i].value);
	}
	unsetenv("SMTPIPE_LOG");
	check_written(value, true);
	setenv("SMTPIPE_LOG", "json", 1);
	check_written(value, false);
	free(line);
	free(value);
}
