/*
 * table - a small text file of settings: "key: value" (table(5))
 *
 *     # a comment
 *     ann@example.org: ann/Maildir
 *     team:            ann, bob@example.net,
 *                      "a line that begins with a space" goes on
 *
 * A key ends at the first ":" that a space or the line's end follows. Keys are compared in lower
 * case. A value is cut into items by commas, spaces, tabs and line ends (value_item), or taken whole.
 *
 * Where a large table has a compiled form of the same age (store/compiled.h), that is asked; what is
 * answered is the same.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base/sight.h"

#include <skalibs/cdb.h>
#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_MAX_BYTES = 64 << 20 };

struct table {
	stralloc text;                    /* the whole file; empty if it is compiled */
	cdb compiled;                     /* .map is NULL if it is not */
	struct sight file, compiled_file; /* when it was read */
	bool is_new;                      /* it had changed only just before: sight_settled */
};

/*
 * table_open - read a table
 *
 * returns   false: errno. A missing file is an error: the caller knows whether it may be missing.
 */
bool table_open(struct table *out, const char *path);
void table_close(struct table *table);

/* Is what was read, or was not there, still the same? false: open it anew, if in doubt. */
bool table_is_fresh(const struct table *table, const char *path);

struct value {
	const char *text; /* a view into the table, no NUL at its end */
	size_t len;
};

/* The value of a key (lower case, len bytes); false: there is none. The first one in the file counts. */
bool table_find(const struct table *table, const char *key, size_t len, struct value *out);

/* The same, with the key as it stands in the table: the one that table_next gives. */
bool table_entry(const struct table *table, const char *key, size_t len, struct value *out_key,
                 struct value *out);

/* Has the file nothing in it? */
bool table_is_empty(const struct table *table);

/* A key in the form in which keys are compared, as long as it was. out: len bytes */
void table_key(char *out, const char *key, size_t len);

/* Walk over all entries, in the file's order. at: start with 0. */
bool table_next(const struct table *table, size_t *at, struct value *key, struct value *value);

/* Cuts the next item off a value; false: no more. */
bool value_item(struct value *rest, struct value *item);

#endif
