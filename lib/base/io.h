/*
 * io - whole reads and writes on blocking descriptors
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* read(2) that is not interrupted. -1: errno. */
ssize_t io_read(int fd, char *bytes, size_t size);

/* All of it, or false with errno. */
bool io_write(int fd, const char *bytes, size_t len);

/* The same at a place of its own; the descriptor's position stays. */
bool io_write_at(int fd, const char *bytes, size_t len, uint64_t at);

/* close(2) that leaves errno as it was: for what has just failed. */
void io_close(int fd);

/*
 * io_splice - move bytes without looking at them; one of the two is a pipe
 *
 * returns   how many; 0: from has ended, or cannot be spliced: read it instead; -1: errno
 */
ssize_t io_splice(int from, int to);

/* A file's whole content, at most max bytes; appended to out. false: errno (EFBIG: too long). */
bool io_slurp(int fd, size_t max, stralloc *out);

#endif
