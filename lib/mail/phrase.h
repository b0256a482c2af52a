/*
 * phrase - a display name, written so that every mail program reads it (RFC 5322 3.2.5, RFC 2047)
 */
#ifndef MAIL_PHRASE_H
#define MAIL_PHRASE_H

#include <skalibs/stralloc.h>

#include <stdbool.h>

/*
 * phrase_add - append a name for use before "<address>"
 *
 * name     printable. Words of letters and digits stay; else it is a quoted string; one with 8-bit
 *          bytes becomes encoded words, named UTF-8, each on a line of its own.
 * returns  false: no memory
 */
bool phrase_add(stralloc *out, const char *name);

#endif
