/*
 * sight - what a file looks like from outside: is it still the one that was read?
 */
#ifndef BASE_SIGHT_H
#define BASE_SIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Tells a file from one that took its place, and from itself before a change. Zeros: nothing there. */
struct sight {
	uint64_t device, inode, size;
	int64_t changed_s, changed_ns; /* ctime: nobody can set it; a chmod counts, too */
};

struct sight sight_of(const struct stat *status);

/* What stands there now; zeros too where we may not look. */
struct sight sight_look(const char *path);

bool sight_same(const struct sight *a, const struct sight *b);

/*
 * sight_settled - would a change from now on be seen?
 *
 * A file's times come from a clock that ticks: what changes twice within a tick looks the same.
 */
bool sight_settled(const struct sight *sight);

enum { SIGHT_SETTLED_NS = 20000000 }; /* after a change: two ticks of the coarsest clock */

#endif
