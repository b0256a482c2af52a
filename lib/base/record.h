/*
 * record - lists of tagged, NUL-terminated records: the form of envelopes and verdicts
 *
 * A record is one tag byte, a value without NUL, and NUL. A lone NUL ends a list. envelope(5) and
 * verdict(5) give the tags their meaning.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Appends one record. false: no memory, or a NUL cannot be told apart (value is a C string). */
bool record_add(stralloc *list, char tag, const char *value);

/* Ends the list. */
bool record_end(stralloc *list);

/*
 * record_next - walk over a list
 *
 * list, len  whole records; the byte at list[len - 1] is NUL
 * at         where we are; start with 0
 * returns    the record (tag and value, as a C string); NULL: the list's end
 */
const char *record_next(const char *list, size_t len, size_t *at);

/* How many bytes the list at the start of these takes, its end included; 0: not all here yet. */
size_t record_list_len(const char *bytes, size_t len);

#endif
