/*
 * nameless - a temporary file that nobody else can open, and that is gone when it is closed
 */
#ifndef STORE_NAMELESS_H
#define STORE_NAMELESS_H

#include <skalibs/stralloc.h>

#include <stdbool.h>

/* Where they are made: $TMPDIR, or /tmp. */
const char *nameless_folder(void);

/* An empty file in $TMPDIR, or /tmp; read and written. -1: errno. */
int nameless_open(void);

/* One with these bytes, at its first byte. -1: errno. */
int nameless_make(const stralloc *bytes);

#endif
