/*
 * content - what a hop must be able to take to be given this message
 *
 * A client's BODY= and SMTPUTF8 say what a message may hold; only its bytes say what it does hold.
 */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONTENT_LINE_MAX = 998 }; /* bytes without CRLF */

struct content { /* start with zeros */
	uint64_t bytes;
	bool has_8bit;        /* anywhere: needs 8BITMIME (RFC 6152) */
	bool header_has_8bit; /* above the first empty line: needs SMTPUTF8 (RFC 6532) */
	bool has_bare_cr_or_lf;
	bool has_nul;
	bool has_long_line; /* over 998 bytes: more than a server must take (RFC 5321 4.5.3.1.6) */
	bool lacks_last_crlf;

	uint64_t line_bytes; /* the module's own */
	bool after_cr, in_body;
};

/* The next piece of a message in wire form. What has been found so far stands in content. */
void content_scan(struct content *content, const char *bytes, size_t len);

/* Behind the last piece. */
void content_end(struct content *content);

#endif
