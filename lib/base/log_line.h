/*
 * log_line - read back a line of log(5), in either form
 *
 * What the log program puts before it is taken off: a TAI64N label (s6-log, multilog), or what
 * "journalctl -o short-unix" and syslog write in front: a time, the host, the unit.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_FIELDS_MAX = 24 };

struct log_line {
	int64_t time_us; /* since 1970; -1: the line bears no time that we know */
	const char *program;
	const char *event;
	struct log_field {
		const char *name, *value;
	} fields[LOG_FIELDS_MAX]; /* in their order; more are left out */
	size_t count;
};

/*
 * log_line_parse - cut a line in place
 *
 * line      of len bytes, without its line feed; one byte behind it is written to. Values lose their
 *           quotes and escapes, so that they may hold any byte but NUL: escape them to show them.
 * out       points into line
 * returns   false: it is no line of ours, or was cut off in the middle of a value
 */
bool log_line_parse(char *line, size_t len, struct log_line *out);

/* The value of a field; NULL: the line has none of this name. */
const char *log_line_get(const struct log_line *line, const char *name);

#endif
