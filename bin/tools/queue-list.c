/*
 * queue-list - what is in the queue, oldest first
 *
 *     queue-list [-q queue] [-j] [-f sender] [-t recipient] [-d destination] [-o age] [-y age]
 *                [-s state]
 *
 * road     for the operator, beside it: what queue-add has kept and queue-run works on
 * fd 1     a table for people, or a JSON object on each line (-j); plain ASCII, whatever comes
 * opens    the queue (default queue), to read
 * keeps    nothing: safe at any time, whatever else is at work there
 * exits    0; 111 if something could not be read
 */
#include "base/die.h"
#include "base/io.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "base/verdict.h"
#include "store/glance.h"
#include "store/queue.h"
#include "store/select.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "queue-list [-q queue] [-j] " SELECT_USAGE
char const *PROG = "queue-list";
static struct rights rights = { .reads = { "queue" } };

struct total {
	uint64_t messages, bytes;
	bool some_unread;
};

static stralloc out; /* of one message, then written */

static void
put(const char *text)
{
	if (!stralloc_cats(&out, text))
		die_memory();
}

static void
put_char(char c)
{
	if (!stralloc_append(&out, c))
		die_memory();
}

static void
put_hex(unsigned long number, unsigned int digits)
{
	while (digits--)
		put_char("0123456789abcdef"[number >> digits * 4 & 15]);
}

/* Right-aligned to this width. */
static void
put_number(uint64_t number, size_t width)
{
	char digits[UINT64_FMT];
	size_t len = uint64_fmt(digits, number);

	for (; width > len; width--)
		put_char(' ');
	if (!stralloc_catb(&out, digits, len))
		die_memory();
}

/* Before the program ends, all is written, or it has said why not. */
static void
put_out(void)
{
	if (!io_write(1, out.s, out.len))
		die_temporary("cannot write the list");
	out.len = 0;
}

/* --- for people --- */

/* What came from the network may hold anything: a terminal gets printable ASCII only. */
static void
print_safe(const char *text)
{
	for (; *text; text++)
		if (*text >= ' ' && *text <= '~' && *text != '\\')
			put_char(*text);
		else {
			put("\\x");
			put_hex((unsigned char)*text, 2);
		}
}

static void
print_span(int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	put_number((uint64_t)(seconds < 0 ? 0 : seconds) / (uint64_t)units[i].seconds, 4);
	put_char(units[i].unit);
}

static void
print_outcome(const struct part *part)
{
	stralloc why = STRALLOC_ZERO;
	struct outcome outcome;

	if (!part->why) {
		put("not tried yet");
		return;
	}
	if (!stralloc_copys(&why, part->why) || !stralloc_0(&why))
		die_memory();
	if (outcome_parse(why.s, &outcome)) {
		put(outcome.fate == FATE_NEVER ? "failed, to be reported: " : "");
		if (strcmp(outcome.host, "-") != 0) {
			print_safe(outcome.host);
			put(" ");
		}
		put_number((uint64_t)outcome.code, 0);
		put(" ");
		print_safe(outcome.enhanced);
		put(" ");
		print_safe(outcome.text);
	}
	stralloc_free(&why);
}

static void
print_row(const struct glance *glance)
{
	struct recipient recipient;
	const char *sender = envelope_get(&glance->envelope, ENVELOPE_SENDER);
	int64_t now = time(NULL);
	size_t at = 0;

	put(glance->id);
	put(" ");
	print_span(now - id_time_s(glance->id));
	put_number(glance->file.message_len, 12);
	put("  ");
	print_safe(*sender ? sender : "<>");
	if (glance->progress.is_on_hold)
		put("  (on hold)");
	else if (glance->progress.attempts) {
		put("  (tried ");
		put_number(glance->progress.attempts, 0);
		put(" times, next ");
		if (glance->progress.next_s <= now)
			put("now)");
		else {
			put("in");
			print_span(glance->progress.next_s - now);
			put(")");
		}
	}
	put("\n");
	for (unsigned int i = 0; envelope_recipient(&glance->envelope, &at, &recipient); i++)
		if (glance_is_left(glance, i)) {
			put("    ");
			print_safe(recipient.address);
			put(": ");
			print_outcome(&glance->progress.parts[i]);
			put("\n");
		}
}

/* --- for programs --- */

static void
print_string(const char *text)
{
	if (!json_quote(&out, text))
		die_memory();
}

static void
print_pair(const char *name, const char *value)
{
	put(",\"");
	put(name);
	put("\":");
	print_string(value);
}

static void
print_number(const char *name, uint64_t value)
{
	put(",\"");
	put(name);
	put("\":");
	put_number(value, 0);
}

static void
print_part(const char *address, const struct part *part)
{
	static const char *const fates[] = { [FATE_NONE] = "waiting",
		                             [FATE_DONE] = "done",
		                             [FATE_LATER] = "later",
		                             [FATE_NEVER] = "never" };
	stralloc why = STRALLOC_ZERO;
	struct outcome outcome;

	put("{\"address\":");
	print_string(address);
	print_pair("fate", fates[part->fate]);
	if (part->why) {
		if (!stralloc_copys(&why, part->why) || !stralloc_0(&why))
			die_memory();
		if (outcome_parse(why.s, &outcome)) {
			print_number("time", (uint64_t)part->time_s);
			print_number("code", (uint64_t)outcome.code);
			print_pair("by", part->by);
			print_pair("status", outcome.enhanced);
			print_pair("host", outcome.host);
			print_pair("tls", outcome.tls);
			print_pair("text", outcome.text);
		}
		stralloc_free(&why);
	}
	put("}");
}

static void
print_json(const struct glance *glance)
{
	struct recipient recipient;
	size_t at = 0;

	put("{\"id\":");
	print_string(glance->id);
	print_pair("connection", envelope_get(&glance->envelope, ENVELOPE_CONNECTION));
	print_number("time", (uint64_t)id_time_s(glance->id));
	print_number("size", glance->file.message_len);
	print_pair("state", select_state_name(glance));
	print_number("attempts", glance->progress.attempts);
	print_number("next", (uint64_t)glance->progress.next_s);
	print_pair("sender", envelope_get(&glance->envelope, ENVELOPE_SENDER));
	put(",\"recipients\":[");
	for (unsigned int i = 0; envelope_recipient(&glance->envelope, &at, &recipient); i++) {
		put(i ? "," : "");
		print_part(recipient.address, &glance->progress.parts[i]);
	}
	put("]}\n");
}

/* --- the queue --- */

static void
show(const struct queue *queue, const char *id, const struct select *which, bool as_json,
     struct total *total)
{
	struct glance glance;

	switch (glance_open(&glance, queue, id)) {
	case QUEUE_FOUND:
		if (select_fits(which, &glance, time(NULL))) {
			total->messages++;
			total->bytes += glance.file.message_len;
			(as_json ? print_json : print_row)(&glance);
			put_out();
		}
		glance_close(&glance);
		break;
	case QUEUE_GONE: break; /* delivered since we saw its name */
	case QUEUE_CORRUPT:
		log_warn("the message ", id, " is not as it was written");
		total->some_unread = true;
		break;
	case QUEUE_TROUBLE:
		log_warn_sys("cannot read the message ", id);
		total->some_unread = true;
		break;
	}
}

/* A message that was set aside: all that is sure of it is its name. */
static void
show_bad(const struct queue *queue, const char *id, bool as_json)
{
	if (as_json) {
		put("{\"id\":");
		print_string(id);
		print_number("time", (uint64_t)id_time_s(id));
		print_pair("state", "bad");
		put("}\n");
	} else {
		put(id);
		put(" ");
		print_span(time(NULL) - id_time_s(id));
		put("  set aside, as it is not as it was written: ");
		print_safe(queue->path);
		put("/bad/");
		put(id);
		put("\n");
	}
	put_out();
}

/* They belong to no filter. */
static void
show_all_bad(const struct queue *queue, bool as_json)
{
	stralloc ids = STRALLOC_ZERO;

	if (!glance_bad_ids(queue, &ids))
		die_temporary("cannot read ", queue->path, "/bad");
	for (size_t at = 0; at < ids.len; at += ID_LEN + 1)
		show_bad(queue, ids.s + at, as_json);
	stralloc_free(&ids);
}

static void
print_total(const struct total *total)
{
	put_number(total->messages, 0);
	put(" messages, ");
	put_number(total->bytes, 0);
	put(" bytes\n");
	put_out();
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	const char *path = "queue";
	struct select which = { 0 };
	struct total total = { 0 };
	stralloc ids = STRALLOC_ZERO;
	struct queue queue;
	bool as_json = false;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:j" SELECT_OPTIONS, &got)) != -1)
		switch (c) {
		case 'q': path = got.arg; break;
		case 'j': as_json = true; break;
		default:
			if (!select_option(&which, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind != argc)
		die_usage(USAGE);
	if (!queue_open(&queue, path))
		die_temporary("cannot open the queue ", path);
	rights.reads[0] = path;
	sandbox_enter(&rights);
	if (!glance_ids(&queue, &ids))
		die_temporary("cannot read the folders in ", path, "/msg");
	for (size_t at = 0; at < ids.len; at += ID_LEN + 1)
		show(&queue, ids.s + at, &which, as_json, &total);
	if (!which.is_given)
		show_all_bad(&queue, as_json);
	if (!as_json)
		print_total(&total);
	stralloc_free(&ids);
	stralloc_free(&out);
	return total.some_unread ? EXIT_TEMPORARY : 0;
}
