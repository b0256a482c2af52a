/*
 * draft - a message as the sendmail command is given it: where it ends, and what its header asks for
 *
 * Addresses and names must not make records or lines of their own: control characters are faults.
 */
#ifndef MAIL_DRAFT_H
#define MAIL_DRAFT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum draft_fault {
	DRAFT_OK,
	DRAFT_NO_FIELD, /* a line of the header is no field */
	DRAFT_NO_LIST,  /* this is no list of addresses */
	DRAFT_CONTROL,  /* a control character is in an address */
	DRAFT_NO_MEMORY,
};

/* The recipients of the envelope. */
struct draft_recipients {
	stralloc list;      /* as records (mail/envelope.h); the caller frees it */
	const char *notify; /* of each; NULL: nothing is asked for */
	bool utf8;          /* an address is not ASCII */
};

/* Is there no control character in it? */
bool draft_printable(const char *text);

/*
 * draft_text_len - how many of these bytes are text, if a line of one dot ends it all?
 *
 * Lines end in LF or CRLF. Stops at such a line, and before what may become one with further bytes.
 *
 * in_line   the bytes do not begin a line
 * at_end    no bytes will follow
 * last      set to true where the text ends here; else it stays
 */
size_t draft_text_len(const char *bytes, size_t len, bool in_line, bool at_end, bool *last);

/* All mailboxes of an address list, appended. */
enum draft_fault draft_add(struct draft_recipients *to, const char *text, size_t len);

/*
 * draft_recipients - those that a header names, appended
 *
 * A message that is sent on again goes to the recipients of its topmost Resent fields, which stand
 * together (RFC 5322 3.6.6), and not once more to the old ones.
 *
 * text, len   the header section, in wire form
 * line        set with each fault: which line it is in
 */
enum draft_fault draft_recipients(struct draft_recipients *to, const char *text, size_t len,
                                  size_t *line);

/* Appends the header without those fields that name hidden recipients. false: no memory. */
bool draft_without_bcc(stralloc *out, const char *text, size_t len);

/*
 * draft_from - append "From: Name <sender>" where the header has no From
 *
 * What is no header at all gets one, and its end.
 *
 * name, sender   printable
 * returns        false: no memory
 */
bool draft_from(stralloc *out, const char *text, size_t len, const char *name, const char *sender);

#endif
