/*
 * compile - make the compiled form of a table (store/compiled.h)
 */
#ifndef STORE_COMPILE_H
#define STORE_COMPILE_H

#include "store/table.h"

enum compiled {
	COMPILED_MADE,
	COMPILED_FRESH,  /* it was there already */
	COMPILED_SMALL,  /* the text is too small, or not there; what was there is taken away */
	COMPILED_HIDDEN, /* not everybody may read the text: no second copy; as above */
	COMPILED_ODD,    /* a NUL, or a longer key than we compile: only the text will be read */
	COMPILED_FAILED, /* errno; the text will be read */
};

/*
 * compile_write - the cdb of a text, without its stamp
 *
 * fd        an empty file. What is in it on failure is of no use.
 * returns   COMPILED_MADE, _ODD or _FAILED
 */
enum compiled compile_write(int fd, const struct table *text);

/*
 * compile_table - see to it that a table has its compiled form, if it is worth one
 *
 * The folder must be there. Takes as long as the text's last change is too new to be told from the
 * next one by its time, and waits for whoever makes the same one.
 */
enum compiled compile_table(const char *path);

#endif
