#include "net/read_until.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <poll.h>

ssize_t
read_until(int fd, char *bytes, size_t size, int64_t deadline_ms)
{
	for (;;) {
		ssize_t n = io_read(fd, bytes, size);

		if (n >= 0 || errno != EAGAIN)
			return n;
		if (!clock_wait(fd, POLLIN, deadline_ms))
			return -1;
	}
}
