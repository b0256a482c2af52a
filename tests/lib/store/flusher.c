/* ARCH-03 QUE-04 QUE-08 */
#include "store/flusher.h"

#include "base/die.h"
#include "check.h"
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

char const *PROG = "flusher";

static const char first[] = "0testmessage0001", second[] = "0testmessage0002",
                  third[] = "0testmessage0003";
static struct queue queue;
static struct flusher flusher;
static stralloc notes = STRALLOC_ZERO;

static void
note(const char *id, const char *text, bool is_named)
{
	stralloc lines = STRALLOC_ZERO;

	if (!stralloc_cats(&lines, text) || !flusher_note(&notes, id, &lines, is_named))
		abort();
	stralloc_free(&lines);
}

/* Does the journal of this id hold just this? */
static bool
holds(const char *id, const char *text)
{
	stralloc found = STRALLOC_ZERO;
	bool same = journal_read(&queue, id, &found) && found.len == strlen(text)
	            && memcmp(found.s, text, found.len) == 0;

	stralloc_free(&found);
	return same;
}

/* Asks, and waits for the answer as its master does. */
static bool
flush(uint32_t folders, int *errors, size_t count)
{
	struct pollfd answer = { .fd = flusher.fd, .events = POLLIN };
	bool flushed = flusher_ask(&flusher, folders, &notes) && flusher.is_busy
	               && poll(&answer, 1, -1) == 1 && flusher_take(&flusher, errors, count);

	notes.len = 0;
	return flushed && !flusher.is_busy;
}

static bool
log_has(const char *text)
{
	char found[4096] = "";
	int fd = open("log", O_RDONLY);
	ssize_t len = read(fd, found, sizeof found - 1);

	close(fd);
	return len > 0 && strstr(found, text);
}

static void
test_notes(void)
{
	int errors[3] = { -1, -1, -1 };

	note(first, "one\n", false);
	note(second, "two\n", false);
	CHECK(flush(0, errors, 2) && !errors[0] && !errors[1], "lines are written down");
	CHECK(holds(first, "one\n") && holds(second, "two\n"), "each in its own journal");
	note(first, "more\n", true);
	note(first, "and more\n", true);
	CHECK(flush(0, errors, 2) && holds(first, "one\nmore\nand more\n"),
	      "behind those that are there, in their order");
	CHECK(flush(3, errors, 0), "folders alone are flushed, too");
	CHECK(flush(0, errors, 0), "nothing to do is answered, too");
}

static void
test_trouble(void)
{
	int errors[3] = { -1, -1, -1 };

	if (renameat(queue.root, "journal/2", queue.root, "away") < 0)
		abort();
	note(first, "x\n", true);
	note(second, "y\n", false);
	note(third, "z\n", false);
	CHECK(flush(0, errors, 3) && errors[1] == ENOENT,
	      "a journal that cannot be written is told of");
	CHECK(!errors[0] && !errors[2] && holds(third, "z\n"), "by itself: the others are written");
	if (renameat(queue.root, "away", queue.root, "journal/2") < 0
	    || renameat(queue.root, "msg/2", queue.root, "away") < 0)
		abort();
	note(first, "w\n", true);
	CHECK(flush(UINT32_C(1) << 2, errors, 1) && !errors[0] && log_has("queue/msg/2"),
	      "a folder that cannot be flushed is said, and holds up nothing");
}

static void
test_end(void)
{
	struct flusher other;
	int error;

	flusher_stop(&flusher);
	CHECK(kill(flusher.pid, 0) < 0 && errno == ESRCH,
	      "who stops it has seen its end: nobody holds the queue");
	if (!flusher_start(&flusher, &queue))
		abort();
	other = flusher;
	kill(other.pid, SIGKILL);
	note(first, "lost\n", true);
	CHECK(!flush(0, &error, 1), "one that is gone is no success");
	CHECK(!holds(first, "lost\n"), "and has written nothing");
	flusher_stop(&flusher);
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-flusher.XXXXXX";

	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder) || chdir(folder) < 0 || !queue_make("queue")
	    || !queue_open(&queue, "queue"))
		abort();
	dup2(open("log", O_WRONLY | O_CREAT, 0600), 2);
	if (!flusher_start(&flusher, &queue))
		abort();
	test_notes();
	test_trouble();
	test_end();
	if (system("rm -rf queue log") != 0 || rmdir(folder) < 0)
		abort();
	return check_end();
}
