/*
 * json - write JSON (RFC 8259): plain ASCII, whatever the text holds
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { JSON_CHARACTER_MAX = 12 }; /* bytes: two escapes of UTF-16 */

/*
 * json_character - the next character of a text as it stands in a string
 *
 * text     not at its end
 * out      no NUL behind it
 * out_len  how many bytes of it
 * returns  how many bytes of text it took
 */
size_t json_character(const char *text, char out[JSON_CHARACTER_MAX], size_t *out_len);

/* A string with its quotes; bytes that are no UTF-8 become U+FFFD. Appends; false: no memory. */
bool json_quote(stralloc *out, const char *text);

#endif
