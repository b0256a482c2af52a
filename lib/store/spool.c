#include "store/spool.h"

#include "base/io.h"
#include "store/nameless.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
spool_begin(struct spool *spool)
{
	*spool = (struct spool){ .fd = -1 };
}

bool
spool_add(struct spool *spool, const char *bytes, size_t len)
{
	if (spool->fd < 0 && spool->memory.len + len > SPOOL_MEMORY_BYTES) {
		spool->fd = nameless_open();
		if (spool->fd < 0 || !io_write(spool->fd, spool->memory.s, spool->memory.len))
			return false;
		stralloc_free(&spool->memory);
	}
	spool->bytes += len;
	if (spool->fd >= 0)
		return io_write(spool->fd, bytes, len);
	return stralloc_catb(&spool->memory, bytes, len);
}

ssize_t
spool_read(const struct spool *spool, uint64_t at, char *bytes, size_t size)
{
	uint64_t left = at < spool->bytes ? spool->bytes - at : 0;
	ssize_t n;

	if (left < size)
		size = (size_t)left;
	if (spool->fd < 0) {
		if (size)
			memcpy(bytes, spool->memory.s + at, size);
		return (ssize_t)size;
	}
	do
		n = pread(spool->fd, bytes, size, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n;
}

void
spool_end(struct spool *spool)
{
	stralloc_free(&spool->memory);
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}
