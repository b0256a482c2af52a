#include "store/compiled.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct compiled_stamp
compiled_stamp(const struct sight *text, uint64_t compiled_size)
{
	struct compiled_stamp stamp;

	memset(&stamp, 0, sizeof stamp);
	memcpy(stamp.magic, "smtpipe table 2", sizeof stamp.magic);
	stamp.text = *text;
	stamp.compiled_size = compiled_size;
	return stamp;
}

bool
compiled_path(stralloc *out, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return stralloc_catb(out, path, (size_t)(name - path))
	       && stralloc_cats(out, COMPILED_FOLDER "/") && stralloc_cats(out, name)
	       && stralloc_cats(out, COMPILED_SUFFIX) && stralloc_0(out);
}

static bool
fd_open(cdb *out, int fd, const struct sight *text)
{
	struct stat status;
	struct compiled_stamp found, wanted;

	if (fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof found)
		return false;
	wanted = compiled_stamp(text, (uint64_t)status.st_size);
	*out = (cdb)CDB_ZERO;
	return pread(fd, &found, sizeof found, status.st_size - (off_t)sizeof found)
	           == (ssize_t)sizeof found
	       && memcmp(&found, &wanted, sizeof found) == 0 && cdb_init_fromfd(out, fd) > 0;
}

bool
compiled_open(cdb *out, const char *path, const struct sight *text)
{
	stralloc name = STRALLOC_ZERO;
	bool opened = false;
	int fd;

	if (text->size < COMPILED_MIN_BYTES || !compiled_path(&name, path)) {
		stralloc_free(&name);
		return false;
	}
	fd = open(name.s, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		opened = fd_open(out, fd, text);
		close(fd);
	}
	stralloc_free(&name);
	return opened;
}
