/*
 * still - a world in which time stands still, for sessions
 *
 * All that will ever come is there already: nothing is waited for, and no deadline passes.
 */
#ifndef TESTS_STILL_H
#define TESTS_STILL_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

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

#endif
