/*
 * queue-list - what is in the queue, oldest first
 *
 *     queue-list [-q queue] [-j]
 *
 * fd 1     a table for people, or a JSON object on each line (-j); plain ASCII, whatever is in the queue
 * opens    the queue (default queue), to read
 * keeps    nothing: safe at any time, whatever else is at work there
 * exit     0; 111 if something could not be read
 */
#include "base/die.h"
#include "base/verdict.h"
#include "mail/envelope.h"
#include "store/journal.h"
#include "store/progress.h"
#include "store/queue.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
	unsigned long long messages, bytes;
	bool some_unread;
};

/* --- for people ---------------------------------------------------------------------------------- */

/* What came from the network may hold anything: a terminal gets printable ASCII only. */
static void
print_safe(const char *text)
{
	for (; *text; text++)
		if (*text >= ' ' && *text <= '~' && *text != '\\')
			putchar(*text);
		else
			printf("\\x%02x", (unsigned char)*text);
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
	printf("%4lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
}

static void
print_outcome(const struct part *part)
{
	stralloc why = STRALLOC_ZERO;
	struct outcome outcome;

	if (!part->why) {
		printf("not tried yet");
		return;
	}
	if (!stralloc_copys(&why, part->why) || !stralloc_0(&why))
		die_memory();
	if (outcome_parse(why.s, &outcome)) {
		printf(outcome.fate == FATE_NEVER ? "failed, to be reported: " : "");
		if (strcmp(outcome.host, "-") != 0) {
			print_safe(outcome.host);
			printf(" ");
		}
		printf("%d ", outcome.code);
		print_safe(outcome.enhanced);
		printf(" ");
		print_safe(outcome.text);
	}
	stralloc_free(&why);
}

static void
print_row(const struct item *item)
{
	struct recipient recipient;
	const char *sender = envelope_get(item->envelope, ENVELOPE_SENDER);
	int64_t now = time(NULL);
	size_t at = 0;

	printf("%s ", item->id);
	print_span(now - id_time_s(item->id));
	printf(" %11llu  ", (unsigned long long)item->file->message_len);
	print_safe(*sender ? sender : "<>");
	if (item->progress->attempts) {
		printf("  (tried %u times, next ", item->progress->attempts);
		if (item->progress->next_s <= now)
			printf("now)");
		else {
			printf("in");
			print_span(item->progress->next_s - now);
			printf(")");
		}
	}
	printf("\n");
	for (unsigned int i = 0; envelope_recipient(item->envelope, &at, &recipient); i++)
		if (item->progress->parts[i].fate != FATE_DONE) {
			printf("    ");
			print_safe(recipient.address);
			printf(": ");
			print_outcome(&item->progress->parts[i]);
			printf("\n");
		}
}

/* --- for programs -------------------------------------------------------------------------------- */

/*
 * One character of UTF-8, and how many bytes it takes; what is none is U+FFFD, of one byte.
 * Overlong forms and surrogates are none.
 */
static unsigned long
decode(const char *text, size_t *len)
{
	static const unsigned long least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)*text;
	size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 4;
	unsigned long character = more ? c & (0x3fU >> more) : c;

	*len = 1;
	if (more == 4)
		return 0xfffd;
	for (size_t i = 1; i <= more; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0xfffd;
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (character < least[more] || character > 0x10ffff || character >> 11 == 0x1b)
		return 0xfffd;
	*len = more + 1;
	return character;
}

static void
print_string(const char *text)
{
	size_t len;

	putchar('"');
	for (; *text; text += len) {
		unsigned long character = decode(text, &len);

		if (character == '"' || character == '\\')
			printf("\\%c", (int)character);
		else if (character >= ' ' && character <= '~')
			putchar((int)character);
		else if (character < 0x10000)
			printf("\\u%04lx", character);
		else
			printf("\\u%04lx\\u%04lx", 0xd800 + ((character - 0x10000) >> 10),
			       0xdc00 + ((character - 0x10000) & 0x3ff));
	}
	putchar('"');
}

static void
print_pair(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	print_string(value);
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

	printf("{\"address\":");
	print_string(address);
	print_pair("fate", fates[part->fate]);
	if (part->why) {
		if (!stralloc_copys(&why, part->why) || !stralloc_0(&why))
			die_memory();
		if (outcome_parse(why.s, &outcome)) {
			printf(",\"time\":%lld,\"code\":%d", (long long)part->time_s, outcome.code);
			print_pair("by", part->by);
			print_pair("status", outcome.enhanced);
			print_pair("host", outcome.host);
			print_pair("tls", outcome.tls);
			print_pair("text", outcome.text);
		}
		stralloc_free(&why);
	}
	printf("}");
}

static void
print_json(const struct item *item)
{
	struct recipient recipient;
	size_t at = 0;

	printf("{\"id\":");
	print_string(item->id);
	print_pair("connection", envelope_get(item->envelope, ENVELOPE_CONNECTION));
	printf(",\"time\":%lld,\"size\":%llu,\"attempts\":%u,\"next\":%lld",
	       (long long)id_time_s(item->id), (unsigned long long)item->file->message_len,
	       item->progress->attempts, (long long)item->progress->next_s);
	print_pair("sender", envelope_get(item->envelope, ENVELOPE_SENDER));
	printf(",\"recipients\":[");
	for (unsigned int i = 0; envelope_recipient(item->envelope, &at, &recipient); i++) {
		printf(i ? "," : "");
		print_part(recipient.address, &item->progress->parts[i]);
	}
	printf("]}\n");
}

/* --- the queue ----------------------------------------------------------------------------------- */

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
	progress_end(&progress);
	stralloc_free(&journal);
	stralloc_free(&records);
}

static void
ids_read(const struct queue *queue, stralloc *ids)
{
	char folder[QUEUE_NAME_BYTES];

	for (size_t i = 0; i < QUEUE_FOLDERS; i++) {
		struct dirent *entry;
		DIR *names = NULL;
		int fd;

		queue_folder(folder, "msg", queue_digits[i]);
		fd = openat(queue->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || !(names = fdopendir(fd)))
			die_temporary("cannot read ", queue->path, "/", folder);
		while ((entry = readdir(names)) != NULL)
			if (id_valid(entry->d_name) &&
			    !stralloc_catb(ids, entry->d_name, ID_LEN + 1))
				die_memory();
		closedir(names);
	}
}

static int
id_compare(const void *a, const void *b)
{
	return strcmp(a, b); /* they begin with their time */
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	const char *path = "queue";
	struct total total = { 0 };
	stralloc ids = STRALLOC_ZERO;
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
	ids_read(&queue, &ids);
	qsort(ids.s, ids.len / (ID_LEN + 1), ID_LEN + 1, id_compare);
	for (size_t at = 0; at < ids.len; at += ID_LEN + 1)
		show(&queue, ids.s + at, as_json, &total);
	if (!as_json)
		printf("%llu messages, %llu bytes\n", total.messages, total.bytes);
	if (fflush(stdout) != 0 || ferror(stdout))
		die_temporary("cannot write the list");
	return total.some_unread ? EXIT_TEMPORARY : 0;
}
