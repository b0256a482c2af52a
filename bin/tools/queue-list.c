/*
 * queue-list - what is in the queue, oldest first
 *
 *     queue-list [-q queue] [-j]
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
#include "base/verdict.h"
#include "mail/envelope.h"
#include "store/journal.h"
#include "store/progress.h"
#include "store/queue.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "queue-list [-q queue] [-j]"
char const *PROG = "queue-list";

struct item {
	char id[ID_LEN + 1];
	const struct queue_message *file;
	const struct envelope *envelope;
	const struct progress *progress;
};

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

/* Is there anything left to be done for this recipient? */
static bool
is_left(const struct progress *progress, unsigned int number)
{
	if (progress->parts[number].fate != FATE_NEVER)
		return progress->parts[number].fate != FATE_DONE;
	for (size_t i = 0; i < progress->report_count; i++)
		for (size_t at = 0; at < progress->reports[i].count; at++)
			if (progress->reports[i].recipients[at] == number
			    && progress->reports[i].kind == REPORT_FAILED)
				return !progress->reports[i].is_made;
	return true;
}

static void
print_row(const struct item *item)
{
	struct recipient recipient;
	const char *sender = envelope_get(item->envelope, ENVELOPE_SENDER);
	int64_t now = time(NULL);
	size_t at = 0;

	put(item->id);
	put(" ");
	print_span(now - id_time_s(item->id));
	put_number(item->file->message_len, 12);
	put("  ");
	print_safe(*sender ? sender : "<>");
	if (item->progress->attempts) {
		put("  (tried ");
		put_number(item->progress->attempts, 0);
		put(" times, next ");
		if (item->progress->next_s <= now)
			put("now)");
		else {
			put("in");
			print_span(item->progress->next_s - now);
			put(")");
		}
	}
	put("\n");
	for (unsigned int i = 0; envelope_recipient(item->envelope, &at, &recipient); i++)
		if (is_left(item->progress, i)) {
			put("    ");
			print_safe(recipient.address);
			put(": ");
			print_outcome(&item->progress->parts[i]);
			put("\n");
		}
}

/* --- for programs --- */

static void
print_string(const char *text)
{
	if (!json_string(&out, text))
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
print_json(const struct item *item)
{
	struct recipient recipient;
	size_t at = 0;

	put("{\"id\":");
	print_string(item->id);
	print_pair("connection", envelope_get(item->envelope, ENVELOPE_CONNECTION));
	print_number("time", (uint64_t)id_time_s(item->id));
	print_number("size", item->file->message_len);
	print_number("attempts", item->progress->attempts);
	print_number("next", (uint64_t)item->progress->next_s);
	print_pair("sender", envelope_get(item->envelope, ENVELOPE_SENDER));
	put(",\"recipients\":[");
	for (unsigned int i = 0; envelope_recipient(item->envelope, &at, &recipient); i++) {
		put(i ? "," : "");
		print_part(recipient.address, &item->progress->parts[i]);
	}
	put("]}\n");
}

/* --- the queue --- */

static void
show(const struct queue *queue, const char *id, bool as_json, struct total *total)
{
	struct queue_message file;
	struct envelope envelope;
	struct progress progress;
	stralloc records = STRALLOC_ZERO, journal = STRALLOC_ZERO;
	struct item item = { .file = &file, .envelope = &envelope, .progress = &progress };
	enum queue_found found = queue_get(queue, id, &file, &records);

	if (found == QUEUE_GONE) /* delivered since we saw its name */
		return;
	if (found == QUEUE_FOUND) {
		close(file.fd);
		if (!envelope_parse(&envelope, records.s, records.len))
			found = QUEUE_CORRUPT;
	}
	if (found != QUEUE_FOUND) {
		if (found == QUEUE_CORRUPT)
			log_warn("the message ", id, " is not as it was written");
		else
			log_warn_sys("cannot read the message ", id);
		total->some_unread = true;
		stralloc_free(&records);
		return;
	}
	if (!progress_begin(&progress, envelope.recipients))
		die_memory();
	if (journal_read(queue, id, &journal) && !progress_replay(&progress, &journal))
		die_memory();
	strcpy(item.id, id);
	total->messages++;
	total->bytes += file.message_len;
	(as_json ? print_json : print_row)(&item);
	put_out();
	progress_end(&progress);
	stralloc_free(&journal);
	stralloc_free(&records);
}

static stralloc ids; /* of all messages, each with its NUL */

static void
id_seen(void *ignored, const char *id)
{
	(void)ignored;
	if (!stralloc_catb(&ids, id, ID_LEN + 1))
		die_memory();
}

static void
ids_read(const struct queue *queue)
{
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		if (!queue_scan(queue, "msg", queue_digits[i], id_seen, NULL))
			die_temporary("cannot read the folders in ", queue->path, "/msg");
}

static int
id_compare(const void *a, const void *b)
{
	return strcmp(a, b); /* they begin with their time */
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
	struct total total = { 0 };
	struct queue queue;
	bool as_json = false;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:j", &got)) != -1)
		switch (c) {
		case 'q': path = got.arg; break;
		case 'j': as_json = true; break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc)
		die_usage(USAGE);
	if (!queue_open(&queue, path))
		die_temporary("cannot open the queue ", path);
	ids_read(&queue);
	if (ids.len)
		qsort(ids.s, ids.len / (ID_LEN + 1), ID_LEN + 1, id_compare);
	for (size_t at = 0; at < ids.len; at += ID_LEN + 1)
		show(&queue, ids.s + at, as_json, &total);
	if (!as_json)
		print_total(&total);
	stralloc_free(&ids);
	stralloc_free(&out);
	return total.some_unread ? EXIT_TEMPORARY : 0;
}
