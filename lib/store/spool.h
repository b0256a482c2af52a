/*
 * spool - a message that must be read to its end before its first byte is handed on
 *
 * A small one stays in memory; a bigger one goes to a nameless file, in $TMPDIR or /tmp.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SPOOL_MEMORY_BYTES = 256 << 10 };

struct spool {
	uint64_t bytes; /* in all */
	stralloc memory;
	int fd; /* -1: all of it is in memory; else nothing is */
};

/* An empty one; nothing is taken for it yet. */
void spool_begin(struct spool *spool);

/* Appends. false: errno. */
bool spool_add(struct spool *spool, const char *bytes, size_t len);

/* What is from this offset on, at most size; 0: nothing; -1: errno. */
ssize_t spool_read(const struct spool *spool, uint64_t at, char *bytes, size_t size);

void spool_end(struct spool *spool);

#endif
