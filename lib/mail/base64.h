/*
 * base64 - bytes as printable text, strictly (RFC 4648 4)
 */
#ifndef MAIL_BASE64_H
#define MAIL_BASE64_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Appends the text of these bytes, padded, without line ends. false: no memory. */
bool base64_encode(stralloc *out, const char *bytes, size_t len);

/*
 * base64_decode - append the bytes of a text
 *
 * Nothing is skipped: no space, no line end. Padding stands only at the end, is complete, and the
 * bits it leaves unused are zero, so that no two texts stand for the same bytes. Memory is taken in
 * one step: when out was empty, a secret in it leaves no second copy behind.
 *
 * returns   false: errno; EINVAL: not base64, and out is as it was
 * source    RFC 4648 3.2, 3.3, 3.5, 4; RFC 4954 4
 */
bool base64_decode(stralloc *out, const char *text, size_t len);

#endif
