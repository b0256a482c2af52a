/*
 * content_type - what a Content-Type field says (RFC 2045 5.1)
 */
#ifndef MAIL_CONTENT_TYPE_H
#define MAIL_CONTENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum { BOUNDARY_MAX = 70 }; /* bytes; RFC 2046 5.1.1 */

struct content_type {
	char name[64]; /* "multipart/mixed", in lower case; "": none, malformed, or too long */
	char boundary[BOUNDARY_MAX + 1]; /* "": none, or too long */
};

/* Reads a field's body; comments and folds may be in it. Parameters in parts (RFC 2231) are not read. */
void content_type_parse(struct content_type *out, const char *text, size_t len);

/* Is the type this one, as "text/plain", or one of these, as "text/"? */
bool content_type_is(const struct content_type *type, const char *name);

#endif
