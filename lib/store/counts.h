/*
 * counts - how often something was seen in a day: one small file, written whole
 *
 *     12<TAB>what was seen
 *
 * One process counts; it saves now and then, so a crash costs what came since. Readers see a whole
 * file.
 */
#ifndef STORE_COUNTS_H
#define STORE_COUNTS_H

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COUNTS_MAX = 20000 }; /* things; further ones are not counted */

struct counted {
	uint64_t count;
	char *name; /* without line feed */
};

struct counts {
	struct map map; /* of struct counted */
	bool changed;   /* since it was read or saved */
};

void counts_init(struct counts *counts);

/* One more of this name, or so many. false: no memory, or too many things (errno: ENOSPC). */
bool counts_add(struct counts *counts, const char *name, uint64_t count);

/*
 * counts_read - what a file says is added
 *
 * Lines that are none are skipped.
 * returns   false: errno; ENOENT: there is no file
 */
bool counts_read(struct counts *counts, const char *path);

/* Puts them into the file, in its place. false: errno */
bool counts_save(struct counts *counts, const char *path);

/* The next of them; at: 0 first. NULL: no more. */
const struct counted *counts_next(const struct counts *counts, size_t *at);

void counts_free(struct counts *counts);

#endif
