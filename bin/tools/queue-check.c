/*
 * queue-check - is everything in a queue as it should be?
 *
 *     queue-check [-q queue] [-r]
 *
 * road     for the operator, beside it
 * fd 1     a line for each thing that is not, plain ASCII; then a sum
 * opens    the queue (default queue), to read; -r: to repair, for which queue-run must be stopped
 * exits    0 nothing was found, or all of it is repaired; 100 something was; 111 it cannot be read
 * source   queue(5)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "store/glance.h"
#include "store/journal.h"
#include "store/leftover.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define USAGE "queue-check [-q queue] [-r]"
char const *PROG = "queue-check";
static struct rights rights = { .reads = { "queue" } };
static struct rights repairer = { .writes = { "queue" } }; /* with -r */

static struct queue queue;
static struct stat owner; /* of the queue's folder: all in it should be his */
static bool repair;
static unsigned int messages, found, repaired;

/* One line; done: it is repaired. */
static void
tell(const char *path, const char *what, bool done)
{
	stralloc line = STRALLOC_ZERO;

	if (!stralloc_cats(&line, path) || !stralloc_cats(&line, ": ")
	    || !stralloc_cats(&line, what) || !stralloc_cats(&line, done ? " (repaired)\n" : "\n"))
		die_memory();
	if (!io_write(1, line.s, line.len))
		die_temporary("cannot write");
	stralloc_free(&line);
	found++;
	repaired += done;
}

/* --- names, owners and rights --- */

/* For its owner, as it should be. By descriptor: the file that was looked at, whatever its name is now. */
static bool
set_owner(const char *path, mode_t wanted)
{
	int fd = openat(queue.root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool done = fd >= 0 && fchown(fd, owner.st_uid, owner.st_gid) == 0
	            && fchmod(fd, wanted == S_IFDIR ? 0700 : 0600) == 0;

	if (fd >= 0)
		close(fd);
	return done;
}

static void
check_owner(const char *path, mode_t wanted)
{
	struct stat status;

	if (fstatat(queue.root, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if ((status.st_mode & S_IFMT) != wanted) {
		tell(path, wanted == S_IFDIR ? "this is no folder" : "this is no file", false);
		return;
	}
	if (status.st_uid != owner.st_uid)
		tell(path, "it belongs to another user than the queue",
		     repair && set_owner(path, wanted));
	if (status.st_mode & 077)
		tell(path, "others may use it", repair && set_owner(path, wanted));
}

/* That in which it lies is there: it was looked at before. */
static bool
make_folder(const char *path)
{
	char parent[QUEUE_NAME_BYTES];
	const char *slash = strchr(path, '/');

	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 1,
	         slash ? path : ".");
	return mkdirat(queue.root, path, 0700) == 0 && set_owner(path, S_IFDIR)
	       && queue_sync_folder(&queue, parent);
}

static void
check_folder(const char *path)
{
	if (faccessat(queue.root, path, F_OK, 0) < 0)
		tell(path, "this folder is missing", repair && make_folder(path));
	check_owner(path, S_IFDIR);
}

static void
check_folders(void)
{
	static const char *const parts[] = { "msg", "journal" };
	char folder[QUEUE_NAME_BYTES];

	check_folder("bad");
	for (size_t part = 0; part < 2; part++) {
		check_folder(parts[part]);
		for (size_t i = 0; i < QUEUE_FOLDERS; i++) {
			queue_folder(folder, parts[part], queue_digits[i]);
			check_folder(folder);
		}
	}
}

/* --- messages and journals --- */

/* Lines of a journal that nobody reads, as their checksum is wrong. */
static bool
has_bad_line(const char *id)
{
	stralloc text = STRALLOC_ZERO;
	size_t lines = 0, good = 0, at = 0;
	bool bad;

	if (!journal_read(&queue, id, &text))
		return false;
	for (size_t i = 0; i < text.len; i++)
		lines += text.s[i] == '\n';
	while (journal_next(&text, &at))
		good++;
	bad = good < lines;
	stralloc_free(&text);
	return bad;
}

static void
check_message(const char *id)
{
	char name[QUEUE_NAME_BYTES];
	struct glance glance;
	enum queue_found state = glance_open(&glance, &queue, id);

	queue_name(name, "msg", id);
	if (state == QUEUE_FOUND) {
		state = queue_verify(&glance.file);
		glance_close(&glance);
	}
	switch (state) {
	case QUEUE_FOUND: messages++; break;
	case QUEUE_GONE: return; /* delivered since we saw its name */
	case QUEUE_CORRUPT:
		tell(name, "this message is not as it was written",
		     repair && queue_set_aside(&queue, id));
		return;
	case QUEUE_TROUBLE: tell(name, strerror(errno), false); return;
	}
	check_owner(name, S_IFREG);
	if (has_bad_line(id)) {
		queue_name(name, "journal", id);
		tell(name, "a line is not as it was written, and is passed over", false);
	}
}

static void
journal_seen(void *context, const char *id)
{
	char name[QUEUE_NAME_BYTES];

	(void)context;
	queue_name(name, "msg", id);
	if (faccessat(queue.root, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		queue_name(name, "journal", id);
		tell(name, "its message is gone", repair && queue_remove(&queue, "journal", id));
	} else {
		queue_name(name, "journal", id);
		check_owner(name, S_IFREG);
	}
}

static void
hidden_seen(void *context, const char *name)
{
	char path[3 * QUEUE_NAME_BYTES];

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	snprintf(path, sizeof path, "msg/%s/%.64s", (const char *)context, name);
	tell(path,
	     "a message that is coming in, or that a crash has left; queue-run knows what to do",
	     false);
}

static void
bad_seen(void *context, const char *id)
{
	char path[QUEUE_NAME_BYTES];

	(void)context;
	snprintf(path, sizeof path, "bad/%s", id);
	tell(path, "this message was set aside; look at it, then remove it", false);
}

static void
need_read(bool done, const char *what)
{
	if (!done)
		die_temporary("cannot read ", queue.path, "/", what);
}

static void
check_files(void)
{
	stralloc ids = STRALLOC_ZERO;

	for (size_t i = 0; repair && i < QUEUE_FOLDERS; i++)
		leftover_settle(&queue, queue_digits[i], time(NULL));
	need_read(glance_ids(&queue, &ids), "msg");
	for (size_t at = 0; at < ids.len; at += ID_LEN + 1)
		check_message(ids.s + at);
	for (size_t i = 0; i < QUEUE_FOLDERS; i++) {
		char x[] = { queue_digits[i], 0 };

		need_read(queue_scan(&queue, "journal", x[0], journal_seen, NULL), "journal");
		need_read(queue_scan_hidden(&queue, x[0], hidden_seen, x), "msg");
	}
	need_read(queue_scan_bad(&queue, bad_seen, NULL), "bad");
	stralloc_free(&ids);
}

static void
lock(void)
{
	int fd = openat(queue.root, "lock", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		die_temporary("cannot open ", queue.path, "/lock");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		die_temporary("cannot lock ", queue.path, "; stop queue-run before you repair");
}

static void
put_sum(void)
{
	char line[160];
	int len =
	    snprintf(line, sizeof line, "%u messages are whole, %u things found, %u repaired\n",
	             messages, found, repaired);

	if (!io_write(1, line, (size_t)len))
		die_temporary("cannot write");
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	const char *path = "queue";
	int c;

	while ((c = subgetopt_r(argc, argv, "q:r", &got)) != -1)
		switch (c) {
		case 'q': path = got.arg; break;
		case 'r': repair = true; break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc)
		die_usage(USAGE);
	if (!queue_open(&queue, path) || fstat(queue.root, &owner) < 0)
		die_temporary("cannot open the queue ", path);
	rights.reads[0] = repairer.writes[0] = path;
	sandbox_enter(repair ? &repairer : &rights);
	if (repair)
		lock();
	check_folders();
	check_files();
	put_sum();
	return found > repaired ? EXIT_PERMANENT : 0;
}
