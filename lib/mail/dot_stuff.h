/*
 * dot_stuff - a message in wire form made fit for DATA (RFC 5321 4.5.2)
 *
 * A line that begins with a dot gets one more; the end is CRLF "." CRLF. A CR or LF that is not half
 * of a CRLF must never leave us: what one server takes for data another takes for the end, and so
 * messages are smuggled (RFC 5321 2.3.8).
 */
#ifndef MAIL_DOT_STUFF_H
#define MAIL_DOT_STUFF_H

#include <stdbool.h>
#include <stddef.h>

enum { DOT_STUFF_END_MAX = 5 }; /* CRLF "." CRLF */

struct dot_stuff {
	enum { STUFF_LINE_START, STUFF_IN_LINE, STUFF_AFTER_CR } at; /* start with 0 */
};

/*
 * dot_stuff - the next piece of the message
 *
 * out      room for 2 * len bytes
 * out_len  how many were written
 * returns  false: a bare CR or LF. The message must not be ended: drop the connection.
 */
bool dot_stuff(struct dot_stuff *state, const char *bytes, size_t len, char *out, size_t *out_len);

/*
 * dot_stuff_end - what comes behind the last piece; a missing last CRLF is added
 *
 * returns  how many bytes were written; 0: the message ended in a bare CR
 */
size_t dot_stuff_end(const struct dot_stuff *state, char out[DOT_STUFF_END_MAX]);

#endif
