#include "base/log_files.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536, LINE_MAX_BYTES = 1 << 16, DEEP_MAX = 2 };

struct log_file {
	char *path;
	int fd;
	bool grows;       /* it may get more lines, and be rotated */
	stralloc partial; /* a line whose end has not come */
};

/* What comes through a pipe is put where it can be read more than once. */
static int
open_input(void)
{
	char path[] = "/tmp/smtpipe-log.XXXXXX", bytes[PIECE];
	ssize_t got;
	int fd;

	if (lseek(0, 0, SEEK_CUR) >= 0)
		return dup(0);
	if ((fd = mkostemp(path, O_CLOEXEC)) < 0)
		return -1;
	unlink(path);
	while ((got = io_read(0, bytes, sizeof bytes)) > 0)
		if (!io_write(fd, bytes, (size_t)got)) {
			got = -1;
			break;
		}
	if (got < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		io_close(fd);
		return -1;
	}
	return fd;
}

static bool
add_file(struct log_files *logs, const char *path, bool grows)
{
	struct log_file *file;

	if (logs->count == logs->room) {
		size_t room = logs->room ? 2 * logs->room : 16;
		struct log_file *more = realloc(logs->files, room * sizeof *more);

		if (!more)
			return false;
		logs->files = more;
		logs->room = room;
	}
	file = &logs->files[logs->count];
	*file = (struct log_file){ .grows = grows, .partial = STRALLOC_ZERO };
	file->fd = strcmp(path, "-") == 0 ? open_input() : open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return errno == ENOENT; /* rotated away since we saw its name */
	if (!(file->path = strdup(path))) {
		io_close(file->fd);
		return false;
	}
	logs->count++;
	return true;
}

static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* "@" and its time come before "current" */
}

static bool
add_path(struct log_files *logs, const char *path, unsigned int deep)
{
	struct dirent **names;
	struct stat st;
	bool good = true;
	int count;

	if (strcmp(path, "-") == 0)
		return add_file(logs, path, false);
	if (stat(path, &st) < 0)
		return false;
	if (!S_ISDIR(st.st_mode))
		return add_file(logs, path, true);
	if ((count = scandir(path, &names, NULL, compare_names)) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;
		char *inside = NULL;

		if (good && *name != '.' && asprintf(&inside, "%s/%s", path, name) < 0)
			good = false;
		else if (good && *name == '@')
			good = add_file(logs, inside, false);
		else if (good && strcmp(name, "current") == 0)
			good = add_file(logs, inside, true);
		else if (good && *name != '.' && deep < DEEP_MAX && stat(inside, &st) == 0
		         && S_ISDIR(st.st_mode))
			good = add_path(logs, inside, deep + 1);
		free(inside);
		free(names[i]);
	}
	free(names);
	return good;
}

bool
log_files_add(struct log_files *logs, const char *path)
{
	return add_path(logs, path, 0);
}

static bool
read_lines(struct log_file *file, void (*visit)(void *of, char *line, size_t len), void *of)
{
	char bytes[PIECE];
	ssize_t got;

	while ((got = io_read(file->fd, bytes, sizeof bytes)) > 0) {
		char *line, *end;
		size_t done = 0;

		if (file->partial.len > LINE_MAX_BYTES) /* no line of ours: skip it */
			file->partial.len = 0;
		if (!stralloc_catb(&file->partial, bytes, (size_t)got)
		    || !stralloc_readyplus(&file->partial, 1))
			return false;
		while ((line = file->partial.s + done,
		        end = memchr(line, '\n', file->partial.len - done))
		       != NULL) {
			done += (size_t)(end - line) + 1;
			visit(of, line, (size_t)(end - line));
		}
		file->partial.len -= done;
		memmove(file->partial.s, file->partial.s + done, file->partial.len);
	}
	return got == 0;
}

/* Has another file taken the name? */
static bool
is_rotated(const struct log_file *file)
{
	struct stat here, there;

	return file->grows && stat(file->path, &there) == 0 && fstat(file->fd, &here) == 0
	       && (here.st_ino != there.st_ino || here.st_dev != there.st_dev);
}

static bool
open_again(struct log_file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(file->fd);
	file->fd = fd;
	file->partial.len = 0;
	return true;
}

bool
log_files_read(struct log_files *logs, void (*visit)(void *of, char *line, size_t len), void *of)
{
	for (size_t i = 0; i < logs->count; i++) {
		struct log_file *file = &logs->files[i];
		bool rotated;

		do {
			rotated = is_rotated(file);
			/* Asked first, read then: an old file gets no more lines once its name is gone. */
			if (!read_lines(file, visit, of))
				return false;
		} while (rotated && open_again(file));
	}
	return true;
}

bool
log_files_rewind(struct log_files *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		logs->files[i].partial.len = 0;
		if (lseek(logs->files[i].fd, 0, SEEK_SET) < 0)
			return false;
	}
	return true;
}

void
log_files_free(struct log_files *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		close(logs->files[i].fd);
		free(logs->files[i].path);
		stralloc_free(&logs->files[i].partial);
	}
	free(logs->files);
	*logs = (struct log_files){ 0 };
}
