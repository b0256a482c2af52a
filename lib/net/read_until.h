/*
 * read_until - read(2) that waits, but not for ever
 *
 * fd        non-blocking
 * deadline  on clock_ms()'s clock: set once for all that belongs together, so that a peer
 *           which sends one byte a minute gains no time by it
 * returns   as read(2); -1: errno, ETIMEDOUT when time is up
 */
#ifndef NET_READ_UNTIL_H
#define NET_READ_UNTIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

ssize_t read_until(int fd, char *bytes, size_t size, int64_t deadline_ms);

#endif
