/*
 * json - write JSON (RFC 8259): plain ASCII, whatever the text holds
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <skalibs/stralloc.h>

#include <stdbool.h>

/* A string with its quotes; bytes that are no UTF-8 become U+FFFD. Appends; false: no memory. */
bool json_string(stralloc *out, const char *text);

#endif
