/*
 * wire - the wire form of a message: each line ends in CRLF, and CR and LF stand nowhere else
 *
 * For messages that come from this machine, where lines end in LF. What some server might take for a
 * line end but is none (a CR or LF alone), and NUL, is noticed and never repaired: RFC 5321 2.3.8.
 */
#ifndef MAIL_WIRE_H
#define MAIL_WIRE_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Starts as { 0 }. */
struct wire {
	bool bare_cr, bare_lf, nul; /* seen */
	bool after_cr, in_line;     /* the module's own */
};

/* Looks at the next bytes of a message that should have the form already. */
void wire_scan(struct wire *wire, const char *bytes, size_t len);

/* Behind the last of them: is it in wire form? The last line may lack its end. */
bool wire_is_clean(const struct wire *wire);

/*
 * wire_make - append the next bytes with LF made CRLF; CRLF stays
 *
 * returns  false: no memory. A CR alone is appended as it is, and noted.
 */
bool wire_make(struct wire *wire, const char *bytes, size_t len, stralloc *out);

/* The other way: append the next bytes with CRLF made LF. false: no memory. */
bool wire_unmake(struct wire *wire, const char *bytes, size_t len, stralloc *out);

/* Behind the last of them: appends a CR that was held. false: no memory. */
bool wire_unmake_end(struct wire *wire, stralloc *out);

/* Behind the last of wire_make: appends CRLF where the last line has no end. false: no memory. */
bool wire_make_end(struct wire *wire, stralloc *out);

#endif
