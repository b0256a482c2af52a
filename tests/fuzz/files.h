/*
 * files - descriptors that are memory
 *
 * What a session reads and writes costs no system call: for each descriptor made here the functions
 * below stand in for the C library's, and all others go to the kernel.
 */
#ifndef TESTS_FILES_H
#define TESTS_FILES_H

#include <skalibs/stralloc.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { FILES_FIRST = 512, FILES_MAX = 640 }; /* numbers that libFuzzer's own files do not reach */

/* One that is open, with both its ways; there is nobody at the other end but the target. */
struct file {
	stralloc out;   /* what was written */
	const char *in; /* what can be read, and then comes the end; a view */
	size_t len;     /* of in */
	size_t at;      /* how much of it was read */
	size_t step;    /* at most so much comes at once; 0: all */
	bool by_line;   /* and no more than one line */
	bool kept;      /* closed or not, what was written is still to be looked at */
	unsigned int descriptors;
};

static struct file files[FILES_MAX];
static struct file *files_at[FILES_MAX]; /* by descriptor; NULL: not ours */

static inline struct file *
file_of(int fd)
{
	return fd >= 0 && fd < FILES_MAX ? files_at[fd] : NULL;
}

/* A file on this descriptor, whatever was there. */
static inline struct file *
file_open(int fd, const char *in, size_t len)
{
	struct file *file = files;

	if (files_at[fd])
		files_at[fd]->descriptors--;
	while (file->descriptors || file->kept)
		file++;
	assert(file < files + FILES_MAX);
	file->in = in;
	file->len = len;
	file->at = file->step = file->out.len = 0;
	file->by_line = false;
	file->descriptors = 1;
	return files_at[fd] = file;
}

/* The same on the next free one. */
static inline int
file_new(const char *in, size_t len)
{
	int fd = FILES_FIRST;

	while (files_at[fd])
		fd++;
	file_open(fd, in, len);
	return fd;
}

/* Is what was logged on such a file lines of printable ASCII? */
static inline bool
file_is_plain(const struct file *log)
{
	for (size_t i = 0; i < log->out.len; i++)
		if (log->out.s[i] != '\n' && (log->out.s[i] < ' ' || log->out.s[i] > '~'))
			return false;
	return true;
}

/* How many are open besides those that a program starts with? */
static inline size_t
files_left(void)
{
	size_t count = 0;

	for (int fd = FILES_FIRST; fd < FILES_MAX; fd++)
		count += files_at[fd] != NULL;
	return count;
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	struct file *file = file_of(fd);
	const char *feed;
	size_t part;

	if (!file)
		return syscall(SYS_read, fd, bytes, size);
	part = file->len - file->at;
	if (file->step && part > file->step)
		part = file->step;
	feed = file->by_line && part ? memchr(file->in + file->at, '\n', part) : NULL;
	if (feed)
		part = (size_t)(feed - file->in) + 1 - file->at;
	if (part > size)
		part = size;
	if (part)
		memcpy(bytes, file->in + file->at, part);
	file->at += part;
	return (ssize_t)part;
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	struct file *file = file_of(fd);

	if (!file)
		return syscall(SYS_write, fd, bytes, len);
	assert(stralloc_catb(&file->out, bytes, len));
	return (ssize_t)len;
}

ssize_t
recv(int fd, void *bytes, size_t size, int flags)
{
	return file_of(fd) ? read(fd, bytes, size)
	                   : syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	return file_of(fd) ? write(fd, bytes, len)
	                   : syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

int
close(int fd)
{
	struct file *file = file_of(fd);

	if (!file) {
		errno = EBADF;
		return fd < 0 ? -1 : (int)syscall(SYS_close, fd);
	}
	files_at[fd] = NULL;
	file->descriptors--;
	return 0;
}

int
dup2(int from, int to)
{
	struct file *file = file_of(from), *old = file_of(to);

	if (file)
		file->descriptors++;
	if (old)
		old->descriptors--;
	if (to >= 0 && to < FILES_MAX)
		files_at[to] = file;
	return file ? to : (int)syscall(SYS_dup2, from, to);
}

int
dup(int fd)
{
	int copy = FILES_FIRST;

	if (!file_of(fd))
		return (int)syscall(SYS_dup, fd);
	while (files_at[copy])
		copy++;
	return dup2(fd, copy);
}

int
fcntl(int fd, int command, ...)
{
	va_list more;
	long value;

	if (file_of(fd))
		return 0;
	va_start(more, command);
	value = va_arg(more, long);
	va_end(more);
	return (int)syscall(SYS_fcntl, fd, command, value);
}

#endif
