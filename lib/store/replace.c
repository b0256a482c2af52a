#include "store/replace.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
lock(int fd)
{
	int locked;

	do
		locked = flock(fd, LOCK_EX);
	while (locked < 0 && errno == EINTR);
	return locked == 0;
}

/* Opens and locks PATH.new. Who had the lock before us may have renamed the file: then once more. */
static bool
new_open(struct replace *replace)
{
	struct stat ours, named;

	for (;;) {
		replace->fd =
		    open(replace->path_new.s, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (replace->fd < 0 || !lock(replace->fd) || fstat(replace->fd, &ours) < 0)
			return false;
		if (lstat(replace->path_new.s, &named) == 0 && ours.st_dev == named.st_dev
		    && ours.st_ino == named.st_ino)
			return ftruncate(replace->fd, 0) == 0;
		close(replace->fd);
	}
}

/* Reads the old file, and gives its owner and mode to the new one. */
static bool
old_read(const struct replace *replace, stralloc *old)
{
	int fd = open(replace->path.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status, ours;
	bool done = false;

	if (fd < 0)
		return errno == ENOENT && fchmod(replace->fd, 0600) == 0;
	if (fstat(fd, &status) < 0 || fstat(replace->fd, &ours) < 0)
		goto out;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	if ((status.st_uid != ours.st_uid || status.st_gid != ours.st_gid)
	    && fchown(replace->fd, status.st_uid, status.st_gid) < 0)
		goto out;
	done =
	    fchmod(replace->fd, status.st_mode & 0777) == 0 && io_slurp(fd, REPLACE_MAX_BYTES, old);
out:
	io_close(fd);
	return done;
}

static void
end(struct replace *replace)
{
	int saved = errno;

	if (replace->fd >= 0)
		close(replace->fd);
	stralloc_free(&replace->path);
	stralloc_free(&replace->path_new);
	errno = saved;
}

bool
replace_start(struct replace *out, const char *path, stralloc *old)
{
	*out = (struct replace){ .fd = -1, .path = STRALLOC_ZERO, .path_new = STRALLOC_ZERO };
	if (!stralloc_cats(&out->path, path) || !stralloc_0(&out->path)
	    || !stralloc_cats(&out->path_new, path) || !stralloc_cats(&out->path_new, ".new")
	    || !stralloc_0(&out->path_new) || !new_open(out)) {
		end(out);
		return false;
	}
	if (!old_read(out, old)) {
		replace_cancel(out);
		return false;
	}
	return true;
}

/* The folder's name in place of the file's: path is not needed any more. */
static bool
folder_flush(stralloc *path)
{
	char *slash = strrchr(path->s, '/');
	const char *folder = ".";
	bool done;
	int fd;

	if (slash) {
		slash[slash == path->s] = 0;
		folder = path->s;
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = fsync(fd) == 0;
	close(fd);
	return done;
}

bool
replace_finish(struct replace *replace, const char *bytes, size_t len)
{
	bool done;

	/* Its bytes first: after a power cut the name must not stand for a file that is empty or half there. */
	if (!io_write(replace->fd, bytes, len) || fsync(replace->fd) < 0
	    || rename(replace->path_new.s, replace->path.s) < 0) {
		replace_cancel(replace);
		return false;
	}
	/* And the name: what was said of the new content, as that a login has changed, is not taken back. */
	done = folder_flush(&replace->path);
	end(replace);
	return done;
}

void
replace_cancel(struct replace *replace)
{
	int saved = errno;

	unlink(replace->path_new.s);
	errno = saved;
	end(replace);
}
