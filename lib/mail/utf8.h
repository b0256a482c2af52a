/*
 * utf8 - is this text UTF-8? (RFC 3629 4: nothing overlong, no surrogate, nothing past U+10FFFF)
 */
#ifndef MAIL_UTF8_H
#define MAIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the sequence of more than one byte that stands here; 0: none. len is at least 1. */
size_t utf8_len(const char *text, size_t len);

/* Is all of it UTF-8? ASCII is. */
bool utf8_valid(const char *text, size_t len);

/* Is no byte of it beyond ASCII? */
bool utf8_is_ascii(const char *text);
bool utf8_is_ascii_bytes(const char *bytes, size_t len);

#endif
