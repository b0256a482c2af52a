/*
 * dot - the message as DATA (or BDAT) carries it, made plain (RFC 5321 4.5.2, RFC 3030 2)
 *
 * Only CRLF . CRLF ends the data. Anything that some other server might take for a line end or an
 * end of data (a CR or LF alone, NUL) is noticed, and the message has then to be refused: nothing
 * can be smuggled through to the next hop.
 */
#ifndef MAIL_DOT_H
#define MAIL_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dot {
	enum {
		DOT_LINE_START,
		DOT_IN_LINE,
		DOT_AFTER_CR,
		DOT_AFTER_CRS,
		DOT_AFTER_DOT,
		DOT_AFTER_DOT_CR
	} state;
	bool bare_cr, bare_lf, nul; /* seen */
	bool ended;                 /* CRLF . CRLF has been read */
	bool chunked;               /* set by the caller: BDAT, where a dot is a dot */
};

/* Start from DOT_ZERO: the data begin at the start of a line. */
#define DOT_ZERO                                                                                   \
	{                                                                                          \
		.state = DOT_LINE_START                                                            \
	}

/*
 * dot_decode - take off what was put on for transport, in place
 *
 * bytes    overwritten with the message's own bytes
 * used     how many of the bytes were read: all, unless the end is among them (what follows it are
 *          commands)
 * returns  how many message bytes there are now. Once something is bare, what comes out is of no use.
 */
size_t dot_decode(struct dot *dot, char *bytes, size_t len, size_t *used);

/*
 * dot_finish - the last chunk has come
 *
 * A CR at its very end is bare.
 * returns  what the last line lacks of its CRLF: DATA could not have carried it so, and no later
 *          stage should have to add a byte
 */
const char *dot_finish(struct dot *dot);

#endif
