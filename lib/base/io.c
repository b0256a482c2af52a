#include "base/io.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { SPLICE_BYTES = 1 << 20, SLURP_BYTES = 4096 };

ssize_t
io_read(int fd, char *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n;
}

bool
io_write(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool
io_write_at(int fd, const char *bytes, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, bytes, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return true;
}

void
io_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

ssize_t
io_splice(int from, int to)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, SPLICE_BYTES, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 && errno == EINVAL ? 0 : n;
}

bool
io_slurp(int fd, size_t max, stralloc *out)
{
	size_t start = out->len;
	ssize_t n;

	do {
		if (!stralloc_readyplus(out, SLURP_BYTES))
			return false;
		n = io_read(fd, out->s + out->len, SLURP_BYTES);
		if (n < 0)
			return false;
		out->len += (size_t)n;
		if (out->len - start > max) {
			errno = EFBIG;
			return false;
		}
	} while (n);
	return true;
}
