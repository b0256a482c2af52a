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

enum compiled {
	COMPILED_MADE,
	COMPILED_FRESH,  /* it was there already */
	COMPILED_SMALL,  /* the text is too small, or not there; what was there is taken away */
	COMPILED_HIDDEN, /* not everybody may read the text: no second copy; as above */
	COMPILED_ODD,    /* a NUL, or a longer key than we compile: only the text will be read */
	COMPILED_FAILED, /* errno; the text will be read */
};

struct table;

/*
 * compiled_write - the cdb of a text, without its stamp
 *
 * fd        an empty file. What is in it on failure is of no use.
 * returns   COMPILED_MADE, _ODD or _FAILED
 */
enum compiled compiled_write(int fd, const struct table *text);

/*
 * compiled_make - see to it that a table has its compiled form, if it is worth one
 *
 * The folder must be there. Takes as long as the text's last change is too new to be told from the
 * next one by its time, and waits for whoever makes the same one.
 */
enum compiled compiled_make(const char *path);

#endif
