/*
 * header - the header section of a message in memory (RFC 5322 2.2, 3.5, 3.6.8)
 *
 * Lines end in CRLF (wire form) or in LF (a message given by hand); both are taken. A carriage return
 * anywhere else makes its field malformed. All results are views into the caller's text.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

enum { HEADER_MAX_BYTES = 512 << 10 }; /* what a program holds; a longer section is refused */

/*
 * header_end - where does the header section end?
 *
 * May be asked again with more bytes, which never looks at a byte twice: fit for stage_collect.
 *
 * text, len  the message's first bytes
 * at         start with 0; true: the offset of the empty line, which is the section's length
 * returns    false: not in these bytes; if the message has ended, all of it is header
 * source     RFC 5322 2.1: the first empty line ends it. One of white space only is a fold.
 */
bool header_end(const char *text, size_t len, size_t *at);

struct header {
	const char *text;
	size_t len;  /* without the empty line and what is below it */
	size_t at;   /* start with 0: where the next field begins, */
	size_t line; /* and how many lines are above that */
};

struct field {
	const char *raw; /* from the name's first byte to the last line end, that included */
	size_t raw_len;
	const char *name; /* white space before the colon is not part of it (RFC 5322 4.5) */
	size_t name_len;
	const char *body; /* from behind the colon to the last line end; folds are still in it */
	size_t body_len;
	size_t line; /* the number of its first line, from 1 */
};

enum header_found {
	HEADER_END,
	HEADER_FIELD,
	HEADER_MALFORMED, /* raw and line say where; the walk may go on behind it */
};

/*
 * header_next - walk over the fields in their order
 *
 * Malformed is a line that has no name and colon and continues nothing, or a bare carriage return;
 * line is then the number of just that line. Bodies are not judged.
 */
enum header_found header_next(struct header *header, struct field *out);

/*
 * header_absent - is this a body without a header in front?
 *
 * So it is if the first line is no field. But if the second one is, somebody has spoiled a header:
 * taking that for a body would show its Bcc. It's malformed then, and so it is read.
 *
 * text, len  the header section, or as much of it as is there
 */
bool header_absent(const char *text, size_t len);

/* How many fields of this name are in the section? Malformed lines are passed over. */
size_t header_count(const char *text, size_t len, const char *name);

/*
 * header_waives_tls - does the section say "TLS-Required: No"?
 *
 * Then the sender would rather have the message go on in the clear than wait for what the recipient's
 * domain demands of TLS. REQUIRETLS in the envelope outweighs it. RFC 8689 4.1, 5
 */
bool header_waives_tls(const char *text, size_t len);

/* Is this the field's name? Letters in any case. RFC 5322 1.2.2 */
bool field_is(const struct field *field, const char *name);

#endif
