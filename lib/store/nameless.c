#include "store/nameless.h"

#include "base/io.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int
close_failed(int fd)
{
	io_close(fd);
	return -1;
}

const char *
nameless_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

int
nameless_open(void)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof name, "%s/smtpipe.XXXXXX", nameless_folder())
	    >= (int)sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC); /* not O_TMPFILE: some file systems lack it */
	if (fd < 0)
		return -1;
	return unlink(name) < 0 ? close_failed(fd) : fd_high(fd);
}

int
nameless_make(const stralloc *bytes)
{
	int fd = nameless_open();

	if (fd >= 0 && (!io_write(fd, bytes->s, bytes->len) || lseek(fd, 0, SEEK_SET) < 0))
		return close_failed(fd);
	return fd;
}
