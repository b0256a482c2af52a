/*
 * replace - put a small file in the place of another, whole or not at all
 *
 * The new file is written as PATH.new, and its writer holds a lock on it: those who change one file
 * follow each other, and each sees what the one before has made. Readers see the old file or the new
 * one. After a crash PATH.new may be left; the next writer takes it over.
 */
#ifndef STORE_REPLACE_H
#define STORE_REPLACE_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { REPLACE_MAX_BYTES = 64 << 20 }; /* as for a table */

struct replace {
	int fd; /* PATH.new, locked */
	stralloc path, path_new;
};

/*
 * replace_start - wait for the lock, then read the file
 *
 * path      a regular file, not a symbolic link. The new file gets its owner and mode; where there
 *           is none, the mode is 0600.
 * old       what is in the file now, appended; nothing if there is none
 * returns   false: errno, and nothing has changed
 */
bool replace_start(struct replace *out, const char *path, stralloc *old);

/*
 * replace_finish - the new content is durable and in place, or nothing has changed
 *
 * returns   false: errno. Only if the last step failed, the flush of the folder, the new file is
 *           there but may be gone after a power cut.
 */
bool replace_finish(struct replace *replace, const char *bytes, size_t len);

/* Leaves the file as it is. */
void replace_cancel(struct replace *replace);

#endif
