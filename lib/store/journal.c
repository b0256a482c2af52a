#include "store/journal.h"

#include "base/io.h"
#include "base/verdict.h"

#include <skalibs/types.h>
#include <xxhash.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0600, HASH_DIGITS = 16 };

const char *const report_names[REPORT_KINDS] = {
	[REPORT_FAILED] = "failed",
	[REPORT_DELAYED] = "delayed",
	[REPORT_DELIVERED] = "delivered",
	[REPORT_RELAYED] = "relayed",
};

static bool
number_add(stralloc *out, uint64_t number)
{
	char digits[UINT64_FMT];

	return stralloc_catb(out, digits, uint64_fmt(digits, number)) && stralloc_append(out, ' ');
}

static bool
word_add(stralloc *out, const char *word)
{
	return stralloc_cats(out, word) && stralloc_append(out, ' ');
}

/* Leaves room for the checksum, then writes time and word. start: where the line begins. */
static bool
line_begin(stralloc *lines, size_t *start, int64_t time_s, const char *word)
{
	*start = lines->len;
	return stralloc_readyplus(lines, HASH_DIGITS + 1)
	       && (lines->len += HASH_DIGITS + 1, number_add(lines, (uint64_t)time_s))
	       && word_add(lines, word);
}

static void
hash_format(char out[HASH_DIGITS + 1], const char *text, size_t len)
{
	snprintf(out, HASH_DIGITS + 1, "%016llx", (unsigned long long)XXH3_64bits(text, len));
}

/* The checksum counts what is between it and the line feed. */
static bool
line_end(stralloc *lines, size_t start)
{
	size_t text = start + HASH_DIGITS + 1;
	char hash[HASH_DIGITS + 1];

	while (lines->s[lines->len - 1] == ' ')
		lines->len--;
	hash_format(hash, lines->s + text, lines->len - text);
	memcpy(lines->s + start, hash, HASH_DIGITS);
	lines->s[text - 1] = ' ';
	return stralloc_append(lines, '\n');
}

bool
journal_outcome(stralloc *lines, int64_t time_s, const char *by, const struct outcome *outcome)
{
	size_t start;

	if (!line_begin(lines, &start, time_s, "outcome") || !word_add(lines, by)
	    || !outcome_add(lines, outcome))
		return false;
	lines->len--; /* the NUL that ends the record */
	return line_end(lines, start);
}

bool
journal_tried(stralloc *lines, int64_t time_s, unsigned int attempts, int64_t next_s)
{
	size_t start;

	return line_begin(lines, &start, time_s, "tried") && number_add(lines, attempts)
	       && number_add(lines, (uint64_t)next_s) && line_end(lines, start);
}

bool
journal_report(stralloc *lines, int64_t time_s, enum report_kind kind, const char *id,
               const unsigned int *recipients, size_t count)
{
	size_t start;

	if (!line_begin(lines, &start, time_s, "report") || !word_add(lines, report_names[kind])
	    || !word_add(lines, id))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!number_add(lines, recipients[i]))
			return false;
	return line_end(lines, start);
}

bool
journal_reported(stralloc *lines, int64_t time_s, const char *id)
{
	size_t start;

	return line_begin(lines, &start, time_s, "reported") && word_add(lines, id)
	       && line_end(lines, start);
}

bool
journal_hold(stralloc *lines, int64_t time_s, bool hold)
{
	size_t start;

	return line_begin(lines, &start, time_s, hold ? "hold" : "release")
	       && line_end(lines, start);
}

bool
journal_move(stralloc *lines, int64_t time_s, const char *target)
{
	size_t start;

	return line_begin(lines, &start, time_s, "move") && word_add(lines, target)
	       && line_end(lines, start);
}

char *
journal_next(stralloc *text, size_t *at)
{
	while (*at < text->len) {
		char *line = text->s + *at, *body = line + HASH_DIGITS + 1;
		char *feed = memchr(line, '\n', text->len - *at);
		char hash[HASH_DIGITS + 1];

		if (!feed)
			return NULL;
		*at = (size_t)(feed + 1 - text->s);
		if (feed < body || body[-1] != ' ' || memchr(line, 0, (size_t)(feed - line)))
			continue;
		hash_format(hash, body, (size_t)(feed - body));
		if (memcmp(hash, line, HASH_DIGITS) != 0)
			continue;
		*feed = 0;
		return body;
	}
	return NULL;
}

bool
journal_read(const struct queue *queue, const char *id, stralloc *text)
{
	char name[QUEUE_NAME_BYTES];
	bool done;
	int fd;

	text->len = 0;
	queue_name(name, "journal", id);
	fd = openat(queue->root, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = io_slurp(fd, JOURNAL_MAX_BYTES, text);
	io_close(fd);
	return done;
}

/* Ends what a crash, or a full disk, left of a last line: a line feed more. false: errno */
static bool
end_torn_line(int fd)
{
	struct stat status;
	char last;

	if (fstat(fd, &status) < 0)
		return false;
	if (!status.st_size)
		return true;
	if (pread(fd, &last, 1, status.st_size - 1) < 0)
		return false;
	return last == '\n' || io_write(fd, "\n", 1);
}

/* What the lines say is acted on next: who is done is tried no more, and a report is made once. */
static bool
make_durable(const struct queue *queue, const char *folder, int fd, bool *is_named)
{
	if (*is_named)
		return fdatasync(fd) == 0;
	/* A new file's name, too: without it, the lines would be gone. */
	*is_named =
	    fsync(fd) == 0 && (queue->name_follows_data || queue_sync_folder(queue, folder));
	return *is_named;
}

bool
journal_append(const struct queue *queue, const char *id, const stralloc *lines, bool sync,
               bool *is_named)
{
	char name[QUEUE_NAME_BYTES], folder[QUEUE_NAME_BYTES];
	bool done;
	int fd;

	queue_name(name, "journal", id);
	queue_folder(folder, "journal", id[ID_LEN - 1]);
	fd = openat(queue->root, name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	            FILE_MODE);
	if (fd < 0)
		return false;
	done = end_torn_line(fd) && io_write(fd, lines->s, lines->len)
	       && (!sync || make_durable(queue, folder, fd, is_named));
	io_close(fd);
	return done;
}
