/*
 * encoded_word - bytes beyond ASCII in a header field, written in ASCII (RFC 2047)
 *
 * They are called UTF-8 where they are, else unknown-8bit (RFC 1428). No character is parted, no word
 * has more than 75 bytes, and lines with such words are folded to 76 where they have white space.
 */
#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Appends all of this text as encoded words, each on a line of its own. false: no memory. */
bool encoded_word_add(stralloc *out, const char *text, size_t len, const char *line_end);

enum encoded_form {
	ENCODED_TEXT, /* as Subject: words between white space */
	/* as To: display names and comments. What stands in <> is left, and other addresses must be in
	   ASCII. */
	ENCODED_ADDRESSES,
};

/*
 * encoded_word_field - append a field's body, in which words with 8-bit bytes become encoded ones
 *
 * body, len  as in mail/header.h: from behind the colon to the last line end; without NUL
 * column     bytes that stand in front of it on its line
 * returns    false: no memory
 */
bool encoded_word_field(stralloc *out, enum encoded_form form, const char *body, size_t len,
                        size_t column, const char *line_end);

#endif
