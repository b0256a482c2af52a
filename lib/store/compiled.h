/*
 * compiled - a large table as a file that answers without being read: compiled/NAME.cdb (table(5))
 *
 * It lies in the folder "compiled" beside the text, and is nobody's to write by hand. It holds every
 * entry in the text's order: under its key in lower case the key as it was written, and the value.
 * Behind the cdb stands a stamp that says from which text it was made: one that has changed since is
 * known by that, and is read itself. So what is answered is always the text's, and only the time it
 * takes differs.
 */
#ifndef STORE_COMPILED_H
#define STORE_COMPILED_H

#include "base/sight.h"

#include <skalibs/cdb.h>
#include <skalibs/stralloc.h>

#include <stdbool.h>

enum {
	COMPILED_MIN_BYTES = 64 << 10, /* of text: less than that is read as quickly */
	COMPILED_KEY_MAX = 1024,       /* bytes of a key */
};

#define COMPILED_FOLDER "compiled"
#define COMPILED_SUFFIX ".cdb"

/* Where the compiled form of this table would be, as a C string. The caller frees out; false: no memory. */
bool compiled_path(stralloc *out, const char *path);

/*
 * compiled_open - the compiled form of this very text
 *
 * text      as it is, taken when it was open
 * out       closed with cdb_free; not written if there is none
 * returns   false: there is none, it is of another text, or it cannot be read. errno is not used.
 */
bool compiled_open(cdb *out, const char *path, const struct sight *text);

/* Behind the cdb, in the byte order of the machine, where it stays. */
struct compiled_stamp {
	char magic[16];
	struct sight text;
	uint64_t compiled_size; /* all of PATH.cdb */
};

struct compiled_stamp compiled_stamp(const struct sight *text, uint64_t compiled_size);

#endif
