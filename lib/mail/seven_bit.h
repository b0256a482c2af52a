/*
 * seven_bit - a message made fit for every road: 7-bit, in lines of at most 998 bytes (RFC 6152 3,
 * RFC 3030 3)
 *
 * In two walks over the same bytes, as a part's label stands above its content: the first one plans,
 * the second one makes. Only leaves are encoded, and only those that need it; all else stays byte for
 * byte. A message that needs nothing is not changed, so making twice is making once.
 *
 *     text that is 8-bit or has long lines    quoted-printable, or base64 where that is shorter
 *     other content                           base64
 *     base64 or quoted-printable, long lines  the same, in lines of 76
 *     multipart, message                      labels "8bit" and "binary" become "7bit"
 *     8-bit text without MIME-Version         gets the fields of MIME: UTF-8, or unknown-8bit (RFC 1428)
 *
 * What must not be touched (multipart/signed, multipart/encrypted, a message with a DKIM signature),
 * and what cannot be encoded (the header of a part), is left: then nothing at all is changed.
 */
#ifndef MAIL_SEVEN_BIT_H
#define MAIL_SEVEN_BIT_H

#include "mail/mime.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEVEN_BIT_PARTS_MAX = 1000, SEVEN_BIT_LINE_MAX = 998 };

enum recoding {
	RECODE_KEEP,
	RECODE_LABEL,
	RECODE_QUOTED,
	RECODE_BASE64,
	RECODE_REWRAP,
	RECODE_REFOLD
};

/* Start as { 0 }, or { .wire = true }. */
struct seven_bit {
	bool wire;         /* lines end in CRLF: a CR or LF alone is content, and is encoded */
	bool needed;       /* the body, or a part, has 8-bit bytes, NUL or long lines */
	const char *stuck; /* why it cannot be done; NULL: it can */
	unsigned char recoding[SEVEN_BIT_PARTS_MAX];
	size_t parts;
	bool is_utf8; /* the first part is */

	struct mime_walk walk; /* the rest is the module's own */
	const char *line_end;
	stralloc *out;
	bool has_long, has_nul, has_bare, looked_cr;
	uint64_t bytes, high, line_bytes;
	unsigned int utf8_more;
	unsigned int column, group_len, escape;
	char group[3], space;
	bool after_cr;
};

/* Looks at the next bytes of the whole message. false: no memory. */
bool seven_bit_plan(struct seven_bit *plan, const char *bytes, size_t len);

/* Behind the last byte: needed and stuck say what there is to do. */
bool seven_bit_planned(struct seven_bit *plan);

/*
 * seven_bit_make - append the next bytes of the same message, made 7-bit
 *
 * For a plan that is needed and not stuck.
 * line_end  "\r\n", or "\n" where the message has these
 * returns   false: no memory
 */
bool seven_bit_make(struct seven_bit *plan, const char *bytes, size_t len, const char *line_end,
                    stralloc *out);
bool seven_bit_made(struct seven_bit *plan, stralloc *out);

#endif
