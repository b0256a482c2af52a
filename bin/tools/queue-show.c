/*
 * queue-show - all that is known of one message in the queue
 *
 *     queue-show [-q queue] [-m] id
 *
 * road     for the operator, beside it
 * fd 1     for people: envelope, history, header, in plain ASCII; -m: the message itself, as it is
 * opens    the queue (default queue), to read
 * exits    0; 100 there is no such message; 111 it cannot be read
 * source   queue(5)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "store/glance.h"
#include "store/journal.h"
#include "store/select.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "queue-show [-q queue] [-m] id"
char const *PROG = "queue-show";
static struct rights rights = { .reads = { "queue" } };

enum { CHUNK_BYTES = 65536, DATE_BYTES = 32 };

static stralloc out;

static void
put(const char *text)
{
	if (!stralloc_cats(&out, text))
		die_memory();
}

static void
put_out(void)
{
	if (!io_write(1, out.s, out.len))
		die_temporary("cannot write");
	out.len = 0;
}

/* What came from the network may hold anything: a terminal gets printable ASCII only. */
static void
put_safe(const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		const char hex[] = { '\\', 'x', digits[c >> 4], digits[c & 15], 0 };

		if (c == '\t')
			put(" ");
		else if (c >= ' ' && c <= '~' && c != '\\')
			put((char[]){ text[i], 0 });
		else
			put(hex);
	}
}

static void
put_pair(const char *name, const char *value)
{
	if (!value || !*value)
		return;
	put(name);
	put(": ");
	put_safe(value, strlen(value));
	put("\n");
}

static void
put_time(int64_t time_s)
{
	char text[DATE_BYTES];
	time_t seconds = (time_t)time_s;
	struct tm parts;

	if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts))
		put(text);
}

static void
show_envelope(const struct glance *glance)
{
	static const struct {
		char tag;
		const char *name;
	} facts[] = {
		{ ENVELOPE_CONNECTION, "connection" },
		{ ENVELOPE_ROLE, "role" },
		{ ENVELOPE_CLIENT, "client" },
		{ ENVELOPE_HELO, "helo" },
		{ ENVELOPE_LOGIN, "login" },
		{ ENVELOPE_TLS, "tls" },
		{ ENVELOPE_BODY, "body" },
		{ ENVELOPE_RET, "ret" },
		{ ENVELOPE_ENVID, "envid" },
		{ ENVELOPE_HOLD, "hold until" },
	};
	const char *sender = envelope_get(&glance->envelope, ENVELOPE_SENDER);
	struct recipient recipient;
	char size[UINT64_FMT];
	size_t at = 0;

	put_pair("id", glance->id);
	put("time: ");
	put_time(id_time_s(glance->id));
	put("\n");
	size[uint64_fmt(size, glance->file.message_len)] = 0;
	put_pair("size", size);
	put_pair("state", select_state_name(glance));
	put_pair("moves to", glance->progress.move_to);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		put_pair(facts[i].name, envelope_get(&glance->envelope, facts[i].tag));
	put_pair("sender", *sender ? sender : "<>");
	for (unsigned int i = 0; envelope_recipient(&glance->envelope, &at, &recipient); i++) {
		const struct part *part = &glance->progress.parts[i];

		put_pair("recipient", recipient.address);
		put_pair("    notify", recipient.notify);
		put_pair("    orcpt", recipient.orcpt);
		if (part->why) {
			put_pair("    by", part->by);
			put("    said: ");
			put_safe(part->why, strlen(part->why));
			put("\n");
		}
	}
}

/* The journal as it is, with times for people. */
static void
show_history(const struct queue *queue, const char *id)
{
	stralloc text = STRALLOC_ZERO;
	size_t at = 0;
	char *line;

	if (!journal_read(queue, id, &text))
		return;
	put("\n");
	while ((line = journal_next(&text, &at)) != NULL) {
		char *rest;

		put_time(strtoll(line, &rest, 10));
		put_safe(rest, strlen(rest));
		put("\n");
	}
	stralloc_free(&text);
}

static void
show_header(const struct glance *glance)
{
	char *text = malloc(HEADER_MAX_BYTES);
	ssize_t len = text ? pread(glance->file.fd, text, HEADER_MAX_BYTES,
	                           (off_t)(QUEUE_HEADER_BYTES + glance->file.envelope_len))
	                   : -1;

	if (len < 0)
		die_temporary("cannot read the message ", glance->id);
	put("\n");
	for (char *line = text, *end; line < text + len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		if (!end || line[0] == '\r')
			break;
		put_safe(line, (size_t)(end - line) - (end > line && end[-1] == '\r'));
		put("\n");
	}
	free(text);
}

static void
copy_message(const struct glance *glance)
{
	static char chunk[CHUNK_BYTES];
	ssize_t len;

	while ((len = io_read(glance->file.fd, chunk, sizeof chunk)) > 0)
		if (!io_write(1, chunk, (size_t)len))
			die_temporary("cannot write");
	if (len < 0)
		die_temporary("cannot read the message ", glance->id);
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	const char *path = "queue";
	bool message_only = false;
	struct glance glance;
	struct queue queue;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:m", &got)) != -1)
		switch (c) {
		case 'q': path = got.arg; break;
		case 'm': message_only = true; break;
		default: die_usage(USAGE);
		}
	if (got.ind + 1 != argc || !id_valid(argv[got.ind]))
		die_usage(USAGE);
	if (!queue_open(&queue, path))
		die_temporary("cannot open the queue ", path);
	rights.reads[0] = path;
	sandbox_enter(&rights);
	switch (glance_open(&glance, &queue, argv[got.ind])) {
	case QUEUE_FOUND: break;
	case QUEUE_GONE: die_permanent("there is no message ", argv[got.ind]);
	case QUEUE_CORRUPT: die_later("the message ", argv[got.ind], " is not as it was written");
	case QUEUE_TROUBLE: die_temporary("cannot read the message ", argv[got.ind]);
	}
	if (message_only) {
		copy_message(&glance);
		return 0;
	}
	show_envelope(&glance);
	show_history(&queue, glance.id);
	show_header(&glance);
	put_out();
	return 0;
}
