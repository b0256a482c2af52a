/*
 * still - a world in which time stands still, for sessions
 *
 * All that will ever come is there already: nothing is waited for, and no deadline passes.
 */
#ifndef TESTS_STILL_H
#define TESTS_STILL_H

#include "base/clock.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

int64_t
clock_ms(void)
{
	return 0;
}

struct moment
moment_now(void)
{
	return (struct moment){ .s = 1700000000 };
}

bool
clock_wait(int fd, short events, int64_t deadline_ms)
{
	(void)fd, (void)events, (void)deadline_ms;
	return true;
}

bool
clock_wait_either(int first, int second, int64_t deadline_ms)
{
	(void)first, (void)second, (void)deadline_ms;
	return false; /* there is no waker */
}

/* An empty file without a name on each of these numbers, before libFuzzer opens anything there. */
static inline void
still_files(int first, int last)
{
	for (int number = first; number <= last; number++) {
		int fd = memfd_create("still", 0);

		assert(fd >= 0);
		if (fd != number)
			assert(dup2(fd, number) == number && close(fd) == 0);
	}
}

/* What is in such a file from now on; it is read from its start. */
static inline void
still_put(int fd, const char *bytes, size_t len)
{
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
	assert(lseek(fd, 0, SEEK_SET) == 0);
}

#endif
