/*
 * authserv - whose Authentication-Results are these? (RFC 8601 2.2, 2.5, 5)
 */
#ifndef MAIL_AUTHSERV_H
#define MAIL_AUTHSERV_H

#include <stdbool.h>
#include <stddef.h>

/*
 * authserv_claims - must this field go, as it came from outside and speaks in our name?
 *
 * So it must if its authserv-id is our name (any letter case), if its version is not 1, and if it
 * cannot be read: who reads it later may read it otherwise.
 *
 * body, len  of one Authentication-Results field
 * name       our authserv-id
 */
bool authserv_claims(const char *body, size_t len, const char *name);

#endif
