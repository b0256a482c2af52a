/*
 * clock - how long to wait, on a clock that never jumps
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since some fixed moment. */
int64_t clock_ms(void);

/* Now, on both clocks. */
struct moment {
	int64_t ms; /* of clock_ms(): for timers */
	int64_t s;  /* since 1970: for what is written down */
};
struct moment moment_now(void);

/*
 * clock_wait - until fd is ready for events (POLLIN, POLLOUT) or the deadline has come
 *
 * deadline_ms  on clock_ms()'s clock
 * returns      false: errno; ETIMEDOUT when time is up
 */
bool clock_wait(int fd, short events, int64_t deadline_ms);

/* Waits until one of two can be read. true: it is the second, and not the first. */
bool clock_wait_either(int first, int second, int64_t deadline_ms);

#endif
