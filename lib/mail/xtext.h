/*
 * xtext - text inside parameters of MAIL and RCPT (RFC 3461 4, RFC 6533 3)
 */
#ifndef MAIL_XTEXT_H
#define MAIL_XTEXT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Appends text as xtext: "+", "=" and what is no printable ASCII become "+" and two hex digits. */
bool xtext_encode(stralloc *out, const char *text, size_t len);

/*
 * xtext_decode - append what xtext stands for
 *
 * A "+" without two upper-case hex digits stays as it is. What comes out may hold any byte, NUL and
 * line ends included: it is a stranger's.
 */
bool xtext_decode(stralloc *out, const char *text, size_t len);

/*
 * unitext_decode - append an address of type utf-8 with its "\x{HEX}" turned into UTF-8
 *
 * What is no character, or one below U+0080 that is not "\", "+", "=" or a space, stays as it is.
 */
bool unitext_decode(stralloc *out, const char *text, size_t len);

#endif
