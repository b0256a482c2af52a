#include "store/maildir.h"

#include "base/io.h"
#include "base/spawn.h"

#include <skalibs/random.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, HOST_BYTES = 64 };

static const char *const subfolders[] = { "tmp", "cur", "new" };
enum { SUBFOLDERS = sizeof subfolders / sizeof *subfolders };

bool
maildir_path_valid(const char *path, size_t len)
{
	if (!len || path[0] == '/' || len >= PATH_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)path[i] <= ' ' || path[i] == 0x7f
		    || (path[i] == '.' && (i == 0 || path[i - 1] == '/')))
			return false;
	return true;
}

/* Above the numbers of the contracts: a log line to a closed fd 2 must never land in a mailbox. */
static int
open_high(int at, const char *name, int flags)
{
	int fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	return fd < 0 ? -1 : fd_away(fd);
}

static void
close_keeping_errno(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* A folder inside another one, made if it is missing. -1: errno. */
static int
enter(int parent, const char *name)
{
	int fd = open_high(parent, name, O_RDONLY | O_DIRECTORY);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* Another deliverer may make it at the same time. */
	if ((mkdirat(parent, name, FOLDER_MODE) < 0 && errno != EEXIST) || fsync(parent) < 0)
		return -1;
	return open_high(parent, name, O_RDONLY | O_DIRECTORY);
}

/* Walks from root down the path; -1: errno. */
static int
walk(int root, const char *path)
{
	char component[NAME_MAX + 1];
	int here = -1;

	while (*path) {
		size_t len = strcspn(path, "/");
		int next;

		if (len > NAME_MAX) {
			close_keeping_errno(here);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(component, path, len);
		component[len] = 0;
		next = enter(here < 0 ? root : here, component);
		close_keeping_errno(here);
		if (next < 0)
			return -1;
		here = next;
		path += len + strspn(path + len, "/");
	}
	return here;
}

/* All three, so that a reader that finds one finds a Maildir. */
static bool
enter_subfolders(int folder, int fds[SUBFOLDERS])
{
	for (int i = 0; i < SUBFOLDERS; i++)
		if ((fds[i] = enter(folder, subfolders[i])) < 0) {
			while (i--)
				close_keeping_errno(fds[i]);
			return false;
		}
	return true;
}

/* Only what no Maildir reader could misread: "/" ends names, ":" begins the flags, "," fields. */
static void
host_get(char host[HOST_BYTES + 1])
{
	if (gethostname(host, HOST_BYTES) < 0 || !*host)
		strcpy(host, "localhost");
	host[HOST_BYTES] = 0;
	for (char *c = host; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
		            *c))
			*c = '-';
}

/* Unique over time, process, delivery of this process, and chance: pids and containers repeat. */
static void
name_make(char name[NAME_MAX + 1])
{
	static unsigned int count;
	char host[HOST_BYTES + 1];
	struct timespec now;
	uint64_t chance;

	clock_gettime(CLOCK_REALTIME, &now);
	random_buf((char *)&chance, sizeof chance);
	host_get(host);
	snprintf(name, NAME_MAX + 1, "%lld.M%ldP%ldQ%uR%016llx.%s", (long long)now.tv_sec,
	         now.tv_nsec / 1000, (long)getpid(), ++count, (unsigned long long)chance, host);
}

bool
maildir_open(struct maildir *out, int root, const char *path)
{
	int folder = walk(root, path), fds[SUBFOLDERS];
	bool entered;

	*out = (struct maildir){ .file = -1, .tmp = -1, .new = -1 };
	if (folder < 0)
		return false;
	entered = enter_subfolders(folder, fds);
	close_keeping_errno(folder);
	if (!entered)
		return false;
	out->tmp = fds[0];
	close(fds[1]);
	out->new = fds[2];
	name_make(out->name);
	out->file = open_high(out->tmp, out->name, O_WRONLY | O_CREAT | O_EXCL);
	if (out->file < 0) {
		maildir_drop(out);
		return false;
	}
	return true;
}

bool
maildir_write(struct maildir *maildir, const char *bytes, size_t len)
{
	maildir->size_bytes += len;
	return io_write(maildir->file, bytes, len);
}

/* Those that write a name only after the data and size that were on their way to the disk before it. */
static bool
name_follows_data(int folder)
{
	struct statfs status;

	return fstatfs(folder, &status) == 0
	       && (status.f_type == EXT4_SUPER_MAGIC || status.f_type == XFS_SUPER_MAGIC);
}

/* All bytes have been given to the disk; that it keeps them is another matter. */
static bool
write_out(int file)
{
	return sync_file_range(file, 0, 0,
	                       SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE
	                           | SYNC_FILE_RANGE_WAIT_AFTER)
	       == 0;
}

/*
 * One flush. Readers take any name in new/ for a message, so data goes to the disk first, without a
 * flush; the one flush behind the name makes both durable, in this order.
 */
static bool
keep_with_one_flush(struct maildir *maildir, const char *name)
{
	int file = maildir->file;

	if (!write_out(file) || renameat(maildir->tmp, maildir->name, maildir->new, name) < 0)
		return false;
	return fsync(file) == 0;
}

/* Two: data, then the name. So any filesystem will do. */
static bool
keep_with_two_flushes(struct maildir *maildir, const char *name)
{
	int file = maildir->file;

	if (fsync(file) < 0)
		return false;
	/* close: a network file system may say only there that a write has failed. */
	maildir->file = -1;
	return close(file) == 0 && renameat(maildir->tmp, maildir->name, maildir->new, name) == 0
	       && fsync(maildir->new) == 0;
}

static void
close_all(struct maildir *maildir)
{
	int *const fds[] = { &maildir->file, &maildir->tmp, &maildir->new };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

bool
maildir_keep(struct maildir *maildir)
{
	char name[NAME_MAX + 1];
	bool kept;

	/* The size in the name spares quota counters a stat. .200: always more than name_make makes. */
	snprintf(name, sizeof name, "%.200s,S=%llu", maildir->name,
	         (unsigned long long)maildir->size_bytes);
	kept = (name_follows_data(maildir->new) ? keep_with_one_flush
	                                        : keep_with_two_flushes)(maildir, name);
	if (!kept) { /* if it has its name by now, it keeps that: it may be delivered twice */
		maildir_drop(maildir);
		return false;
	}
	strcpy(maildir->name, name);
	close_all(maildir);
	return true;
}

void
maildir_drop(struct maildir *maildir)
{
	int saved = errno;

	if (maildir->tmp >= 0)
		unlinkat(maildir->tmp, maildir->name, 0);
	close_all(maildir);
	errno = saved;
}
