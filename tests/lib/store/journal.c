#include "store/journal.h"
#include "store/progress.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char id[] = "0testmessage0001", report_id[] = "0testmessage0002";
static struct queue queue;

static const struct outcome later = {
	FATE_LATER, 1, 451, "4.2.1", "mx.example[192.0.2.1]", "TLSv1.3", "greylisted, try later"
};
static const struct outcome done = { FATE_DONE, 0, 250, "2.0.0", NULL, NULL, "delivered" };
static const struct outcome never = {
	FATE_NEVER, 1, 550, "5.1.1", "mx.example[192.0.2.1]", NULL, "no\nsuch user"
};

static void
make_lines(stralloc *lines)
{
	unsigned int who[] = { 1 };

	lines->len = 0;
	if (!journal_outcome(lines, 1000, "smtp-send", &later)
	    || !journal_tried(lines, 1001, 3, 5000)
	    || !journal_outcome(lines, 1002, "maildir-deliver", &done)
	    || !journal_outcome(lines, 1003, "smtp-send", &never)
	    || !journal_report(lines, 1004, REPORT_FAILED, report_id, who, 1))
		abort();
}

static unsigned int
count_lines(stralloc *text)
{
	unsigned int count = 0;
	size_t at = 0;

	while (journal_next(text, &at))
		count++;
	return count;
}

static void
test_replay(void)
{
	struct progress progress;
	stralloc lines = STRALLOC_ZERO;

	make_lines(&lines);
	if (!progress_begin(&progress, 3) || !progress_replay(&progress, &lines))
		abort();
	CHECK(progress.attempts == 3 && progress.next_s == 5000,
	      "attempts and next time are known");
	CHECK(progress.parts[0].fate == FATE_DONE && !part_is_unfinished(&progress.parts[0]),
	      "a recipient that has the message is done");
	CHECK(progress.parts[1].fate == FATE_NEVER && progress.parts[1].time_s == 1003,
	      "the later of two outcomes counts");
	CHECK(strcmp(progress.parts[1].why, "D1 550 5.1.1 mx.example[192.0.2.1] - no?such user")
	          == 0,
	      "its words are kept, and no remote text makes a line");
	CHECK(strcmp(progress.parts[0].by, "maildir-deliver") == 0, "so is who said it");
	CHECK(progress.parts[2].fate == FATE_NONE && part_is_unfinished(&progress.parts[2]),
	      "nothing is known of the others");
	CHECK(progress.report_count == 1 && progress.reports[0].kind == REPORT_FAILED
	          && progress.reports[0].count == 1 && progress.reports[0].recipients[0] == 1
	          && progress.parts[1].reports == 1U << REPORT_FAILED
	          && !progress.reports[0].is_made,
	      "a report that is to be made is known, and about whom");
	make_lines(&lines);
	progress_replay(&progress, &lines);
	CHECK(progress.report_count == 1, "lines may be read twice");
	lines.len = 0;
	journal_reported(&lines, 1005, report_id);
	progress_replay(&progress, &lines);
	CHECK(progress.reports[0].is_made, "and when it was made");
	progress_end(&progress);

	make_lines(&lines);
	if (!progress_begin(&progress, 0) || !progress_replay(&progress, &lines))
		abort();
	CHECK(progress.attempts == 3 && progress.report_count == 1,
	      "without the envelope, attempts and reports are known");
	progress_end(&progress);
	stralloc_free(&lines);
}

/* However the text is cut or changed, each line is read whole or not at all. */
static void
test_damage(void)
{
	stralloc lines = STRALLOC_ZERO, text = STRALLOC_ZERO;
	bool whole_or_not = true, seen = true;
	unsigned int count;
	size_t first;

	make_lines(&lines);
	first = (size_t)((char *)memchr(lines.s, '\n', lines.len) - lines.s) + 1;
	for (size_t len = 0; len <= lines.len; len++) {
		unsigned int feeds = 0;
		char *copy = check_copy(lines.s, len);

		for (size_t i = 0; i < len; i++)
			feeds += copy[i] == '\n';
		text = (stralloc){ .s = copy, .len = len, .a = len };
		whole_or_not = whole_or_not && count_lines(&text) == feeds;
		free(copy);
	}
	CHECK(whole_or_not, "a line that was cut short is no line");
	for (size_t i = 0; i < first; i++) {
		char *copy = check_copy(lines.s, lines.len);

		copy[i] ^= 1;
		text = (stralloc){ .s = copy, .len = lines.len, .a = lines.len };
		count = count_lines(&text);
		seen = seen && count >= 3 && count <= 4;
		free(copy);
	}
	CHECK(seen, "a changed line is no line, and does not hide those behind it");
	stralloc_free(&lines);
}

static off_t
size_of_file(void)
{
	struct stat status;
	char name[QUEUE_NAME_BYTES];

	queue_name(name, "journal", id);
	return fstatat(queue.root, name, &status, 0) < 0 ? -1 : status.st_size;
}

static void
test_file(void)
{
	stralloc lines = STRALLOC_ZERO, text = STRALLOC_ZERO;
	char name[QUEUE_NAME_BYTES];
	bool is_named = false;
	int fd;

	CHECK(!journal_read(&queue, id, &text) && errno == ENOENT, "no journal is said so");
	make_lines(&lines);
	CHECK(journal_append(&queue, id, &lines, false, &is_named) && !is_named,
	      "lines may be written without being made durable");
	CHECK(journal_append(&queue, id, &lines, true, &is_named) && is_named,
	      "the first flush makes the name durable, too");
	CHECK(journal_read(&queue, id, &text) && count_lines(&text) == 10,
	      "all lines are read back");
	queue_name(name, "journal", id);
	fd = openat(queue.root, name, O_WRONLY);
	if (fd < 0 || ftruncate(fd, size_of_file() - 5) < 0)
		abort();
	close(fd);
	CHECK(journal_append(&queue, id, &lines, true, &is_named) && journal_read(&queue, id, &text)
	          && count_lines(&text) == 14,
	      "behind a torn line, writing goes on");
	stralloc_free(&lines);
	stralloc_free(&text);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-journal.XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0 || !queue_make("queue")
	    || !queue_open(&queue, "queue"))
		abort();
	test_replay();
	test_damage();
	test_file();
	if (system("rm -rf queue") != 0 || rmdir(folder) < 0)
		abort();
	return check_end();
}
