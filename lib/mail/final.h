/*
 * final - what final delivery does to a message (RFC 5321 4.4)
 *
 * It leaves the world of SMTP: the sender of the envelope is kept in Return-Path, the recipient in
 * Delivered-To, and lines end in LF. A Return-Path that came with the message is a sender's claim,
 * or of an earlier delivery: it is left out, folds and all. Delivered-To fields that came with it
 * are remembered: an address found there has had this message before, so it goes round in a circle.
 * All other bytes stay as they are: no line is quoted, nothing is added at the end.
 *
 *     final_top, then final_add for each piece of the message, then final_end
 */
#ifndef MAIL_FINAL_H
#define MAIL_FINAL_H

#include "mail/wire.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	FINAL_LINE_BYTES = 1024, /* held of a header line before we know what it is */
	FINAL_VALUE_BYTES = 512, /* of a Delivered-To; an address has at most 320 */
	FINAL_HOPS_MAX = 100,    /* Delivered-To fields; more is a circle of its own */
};

/* Starts as { 0 }. Read by callers: in_body, hops. */
struct final {
	bool in_body; /* the header has ended */
	unsigned int hops;

	struct wire wire;
	stralloc text; /* what final_add was given, with LF */
	enum { FIELD_KEPT, FIELD_LEFT_OUT, FIELD_DELIVERED_TO } field;
	bool in_long_line; /* its start is gone already */
	char line[FINAL_LINE_BYTES];
	size_t line_len;
	char value[FINAL_VALUE_BYTES];
	size_t value_len;
	stralloc seen; /* each value as address_key, ended by NUL; at most FINAL_HOPS_MAX */
};

/*
 * final_top - append the fields that go on top
 *
 * returns   false: an address has a control byte and could make a line of its own; or no memory
 */
bool final_top(stralloc *out, const char *sender, const char *recipient);

/* Appends what becomes of the next bytes of the message. false: no memory. */
bool final_add(struct final *final, const char *bytes, size_t len, stralloc *out);

/* The message has ended: appends what was held; asked again, nothing. false: no memory. */
bool final_end(struct final *final, stralloc *out);

/*
 * final_was_here - does the header say that this recipient has had the message before?
 *
 * To be asked when the header has ended. Also true where there are more than FINAL_HOPS_MAX.
 */
bool final_was_here(const struct final *final, const char *recipient);

void final_free(struct final *final);

#endif
