/*
 * repair - a submitted header section is made what RFC 5322 asks for, or is refused (RFC 6409 8)
 *
 * What is right is kept, byte for byte and in its order; what is added stands at the end, below trace
 * and Resent- blocks, which are never changed. Repairing twice is repairing once.
 *
 *     missing     Date, Message-ID, From, Sender (where From has several mailboxes), a destination
 *     malformed   Date and Message-ID are replaced. The old text stays, as X-Original-Date and
 *                 X-Original-Message-ID: what the sender wrote is not lost, and breaks no reader.
 *     unqualified addresses get a domain
 *     8-bit       words that people read are encoded (RFC 2047), unless SMTPUTF8 was asked for or the
 *                 message is signed
 *     removed     Bcc, Resent-Bcc, Return-Path, Authentication-Results in our name, and address
 *                 fields without an address
 *     too long    lines over 998 bytes are folded where they have white space
 *     refused     what has no single clear remedy
 */
#ifndef MAIL_REPAIR_H
#define MAIL_REPAIR_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repair {
	const char *server;   /* our host name, for a new Message-ID; our authserv-id */
	const char *id;       /* unique at this server: the left side of a new Message-ID */
	const char *domain;   /* ours: what unqualified addresses get, */
	bool strict;          /* or: they are refused */
	const char *sender;   /* envelope sender; "": the null sender; NULL: not known */
	const char *line_end; /* "\r\n", or "\n" by hand */
	bool utf8;            /* SMTPUTF8 was asked for: addresses may hold UTF-8 */
	int64_t time_s;       /* for a new Date */
};

struct repair_outcome {
	bool refused;         /* false after a failure: no memory */
	int code;             /* of a refusal, as 554 */
	const char *enhanced; /* as "5.6.0" */
	char text[256];   /* for people; may hold an address of the message: print it with care */
	stralloc changes; /* for the log, as "+Date -Bcc ~To"; the caller frees it */
};

/*
 * repair_header - append the repaired section to out
 *
 * text, len  a header section without the empty line that ends it; 0 bytes: nothing was there
 * outcome    start with { 0 }
 * returns    false: refused, or no memory; what is in out is then of no use
 */
bool repair_header(const struct repair *repair, const char *text, size_t len, stralloc *out,
                   struct repair_outcome *outcome);

#endif
