/*
 * solicit - what kinds of solicitation a message is, and which are unwelcome (RFC 3865)
 *
 * A list is of classes with commas between them, as "net.example:ADV,org.example:ADV:ADLT".
 */
#ifndef MAIL_SOLICIT_H
#define MAIL_SOLICIT_H

#include <stdbool.h>
#include <stddef.h>

enum { SOLICIT_MAX = 1000 }; /* bytes of a list */

/* Is it such a list, of at least one class? No NUL needed. */
bool solicit_valid(const char *list, size_t len);

/*
 * solicit_first - the first class of a list that another one names
 *
 * list, unwelcome  valid ones, C strings; unwelcome may be empty
 * returns          a view into list, with its length in len; NULL: there is none. In any letter case.
 */
const char *solicit_first(const char *list, const char *unwelcome, size_t *len);

#endif
