/*
 * hops - through how many servers has this message gone? Counted while its bytes go by
 *
 * For who hands a message on and does not hold its header. Every server puts one Received field on
 * top; too many of them are a loop (RFC 5321 6.3; RECEIVED_MAX in mail/received.h).
 */
#ifndef MAIL_HOPS_H
#define MAIL_HOPS_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as zeros, at the message's first byte. */
struct hops {
	unsigned int count; /* Received fields so far */
	size_t place;       /* the rest is the module's own: in the line, as far as it matters */
	bool skips;         /* this line is no such field, or is counted already */
	bool ended;         /* the header is over */
};

/* The next bytes, in pieces of any size. Lines end in LF, with or without a CR before it. */
void hops_count(struct hops *hops, const char *bytes, size_t len);

#endif
