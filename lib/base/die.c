#include "base/die.h"

#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 }; /* a longer line is cut, so that one write stays one line */

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t len;
	bool as_json;
};

enum { JSON_END = sizeof "\"}\n" }; /* what closes a value, wherever it was cut, and the line */

static const char *conn_id, *msg_id;

static struct line gathered; /* whole lines */
static bool gathers;

void
log_ids(const char *conn, const char *msg)
{
	conn_id = conn;
	msg_id = msg;
}

static void
put(struct line *line, const char *text)
{
	size_t len = strlen(text);

	if (len > sizeof line->bytes - 1 - line->len)
		len = sizeof line->bytes - 1 - line->len; /* 1: the line feed always fits */
	memcpy(line->bytes + line->len, text, len);
	line->len += len;
}

static bool
is_plain(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text == '"' || *text == '\\' || *text == '=' || *text > '~')
			return false;
	return true;
}

/* Quotes where a space or worse is in the text; what cannot be printed becomes \xHH. */
static void
put_value(struct line *line, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	if (is_plain(text)) {
		put(line, text);
		return;
	}
	put(line, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			put(line, (char[]){ '\\', *text, 0 });
		else if (c < ' ' || c > '~')
			put(line, (char[]){ '\\', 'x', hex[c >> 4], hex[c & 15], 0 });
		else
			put(line, (char[]){ *text, 0 });
	}
	put(line, "\"");
}

/* A value that does not fit is cut between two characters. */
static void
put_json_value(struct line *line, const char *text)
{
	put(line, "\"");
	while (*text) {
		char character[JSON_CHARACTER_MAX];
		size_t len;

		text += json_character(text, character, &len);
		if (line->len + len + JSON_END > sizeof line->bytes)
			break;
		memcpy(line->bytes + line->len, character, len);
		line->len += len;
	}
	put(line, "\"");
}

static void
put_json_pair(struct line *line, const char *name, const char *value)
{
	if (line->len + strlen(name) + sizeof ",\"\":\"" + JSON_END > sizeof line->bytes)
		return;
	put(line, line->len > 1 ? ",\"" : "\"");
	put(line, name);
	put(line, "\":");
	put_json_value(line, value);
}

static void
put_pair(struct line *line, const char *name, const char *value)
{
	if (line->as_json) {
		put_json_pair(line, name, value);
		return;
	}
	put(line, " ");
	put(line, name);
	put(line, "=");
	put_value(line, value);
}

/* Lines that are read by other programs have their time in them. */
static void
begin_json(struct line *line)
{
	char time[64];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(time, sizeof time, "{\"time\":%lld.%06ld", (long long)now.tv_sec,
	         now.tv_nsec / 1000);
	put(line, time);
}

static void
begin(struct line *line, const char *event)
{
	const char *form = getenv("SMTPIPE_LOG");

	line->len = 0;
	line->as_json = form && strcmp(form, "json") == 0;
	if (line->as_json) {
		begin_json(line);
		put_pair(line, "program", PROG);
		put_pair(line, "event", event);
	} else {
		put(line, PROG);
		put(line, ": ");
		put(line, event);
	}
	if (conn_id && *conn_id)
		put_pair(line, "conn", conn_id);
	if (msg_id && *msg_id)
		put_pair(line, "msg", msg_id);
}

static void
write_out(struct line *lines)
{
	if (lines->len && write(2, lines->bytes, lines->len) < 0) {
		/* a log that cannot be written is no reason to stop the mail */
	}
	lines->len = 0;
}

static void
finish(struct line *line)
{
	if (line->as_json)
		put(line, "}");
	line->bytes[line->len++] = '\n';
	if (gathered.len + line->len > sizeof gathered.bytes)
		write_out(&gathered);
	if (!gathers) {
		write_out(line);
		return;
	}
	memcpy(gathered.bytes + gathered.len, line->bytes, line->len);
	gathered.len += line->len;
}

void
log_gather(void)
{
	gathers = true;
}

void
log_flush(void)
{
	write_out(&gathered);
}

void
log_event(const char *event, ...)
{
	struct line line;
	va_list args;
	const char *name;

	begin(&line, event);
	va_start(args, event);
	while ((name = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		if (value)
			put_pair(&line, name, value);
	}
	va_end(args);
	finish(&line);
}

void
log_text(const char *event, bool with_errno, const char *const *parts)
{
	int saved = errno;
	struct line line, text = { .len = 0 }; /* the latter is no line: parts put together */

	for (; *parts; parts++)
		put(&text, *parts);
	if (with_errno) {
		put(&text, ": ");
		put(&text, strerror(saved));
	}
	text.bytes[text.len] = 0;
	begin(&line, event);
	put_pair(&line, "text", text.bytes);
	finish(&line);
	errno = saved;
}

_Noreturn void
die_text(int code, const char *event, bool with_errno, const char *const *parts)
{
	log_text(event, with_errno, parts);
	log_flush();
	_exit(code);
}
