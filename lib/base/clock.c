#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct moment
moment_now(void)
{
	return (struct moment){ .ms = clock_ms(), .s = time(NULL) };
}

static bool
wait_for(struct pollfd *fds, nfds_t count, int64_t deadline_ms)
{
	for (;;) {
		int64_t left = deadline_ms - clock_ms();
		int ready;

		if (left < 0)
			left = 0;
		ready = poll(fds, count, left > INT_MAX ? INT_MAX : (int)left);
		if (ready > 0)
			return true;
		if (ready == 0 && clock_ms() >= deadline_ms) {
			errno = ETIMEDOUT;
			return false;
		}
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

bool
clock_wait(int fd, short events, int64_t deadline_ms)
{
	struct pollfd one = { .fd = fd, .events = events };

	return wait_for(&one, 1, deadline_ms);
}

bool
clock_wait_either(int first, int second, int64_t deadline_ms)
{
	struct pollfd both[] = { { .fd = first, .events = POLLIN },
		                 { .fd = second, .events = POLLIN } };

	return wait_for(both, 2, deadline_ms) && !both[0].revents;
}
