/*
 * dsn - delivery status notifications: who is told what, and how it is written
 *
 * A report is a multipart/report (RFC 6522) of three parts: text for people, message/delivery-status
 * (RFC 3464) and what is returned of the original. The caller writes them in this order and may hand
 * on what was written at any time:
 *
 *     dsn_top, dsn_tell for each recipient, dsn_told,
 *     dsn_status_top, dsn_status for each recipient,
 *     dsn_original_top, the original's bytes, dsn_end
 *
 * Where an address needs UTF-8, the types are those of RFC 6533. Nothing that a remote server or a
 * sender said can make a line of its own.
 */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include "base/verdict.h"
#include "mail/envelope.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dsn_kind {
	DSN_FAILED,
	DSN_DELAYED,
	DSN_DELIVERED,
	DSN_RELAYED,
	DSN_EXPANDED,
};

enum {
	DSN_BOUNDARY_LEN = 30,
	DSN_TOLD_MAX = 100,  /* recipients that people read of; the status part has them all */
	DSN_TEXT_MAX = 2000, /* bytes of a remote text that are repeated */
};

/* false: no kind has this name. */
bool dsn_kind_parse(const char *name, enum dsn_kind *out);
const char *dsn_kind_name(enum dsn_kind kind);

/* Does a recipient with this NOTIFY (NULL: none was given) get this report? RFC 3461 4.1, 5.2 */
bool dsn_wanted(enum dsn_kind kind, const char *notify);

/* NOTIFY without SUCCESS; where nothing is left, "NEVER". Appended. RFC 3461 5.2.7.3 (c) */
bool dsn_notify_without_success(stralloc *out, const char *notify);

struct dsn_outcome {
	struct outcome said; /* host "-": by us; code 0: nothing is known */
	const char *status;  /* what it said as enhanced code if that fits the kind; else X.0.0 */
};

/*
 * dsn_outcome - what became of a recipient, out of its ENVELOPE_WHY
 *
 * why      a verdict record, cut in place; NULL or broken: nothing is known
 * out      views into why
 * source   RFC 3461 6.3 (g), RFC 3464 2.3.4
 */
void dsn_outcome(enum dsn_kind kind, char *why, struct dsn_outcome *out);

struct dsn {
	enum dsn_kind kind;
	const char *server; /* our host name */
	const char *id;     /* of the report */
	const char *to;     /* the original's sender; or postmaster, if it had none */
	bool had_no_sender;
	const char *about; /* the only recipient, for the subject; NULL: there are several */
	unsigned int recipients;
	const char
	    *original_id;  /* the original's Message-ID with its brackets; NULL: none to be had */
	const char *envid; /* xtext, as it came; NULL: none */
	const char *hold_request; /* RFC 4865, as "for;3600"; NULL: none */
	int64_t deadline_s;       /* RFC 2852; -1: none */
	int64_t arrived_s;        /* -1: not known */
	int64_t now_s;
	int64_t retry_until_s; /* -1: not known */
	bool utf8;             /* it needs SMTPUTF8 */
	bool eight_bit;        /* it needs 8BITMIME: what is returned does, or utf8 */
	bool waives_tls;       /* "TLS-Required: No", as the original: RFC 8689 5, 6 */
	bool whole;            /* the original is returned, not only its header section */
	char boundary[DSN_BOUNDARY_LEN + 1];
};

/*
 * dsn_boundary - make a boundary out of chance
 *
 * random     DSN_BOUNDARY_LEN bytes. 28 of them count, 5 bits each.
 * returns    false: it occurs in the original; try others. RFC 2046 5.1.1
 */
bool dsn_boundary(struct dsn *dsn, const char *random, const char *original, size_t len);

/* These append. false: no memory. */
bool dsn_top(stralloc *out, const struct dsn *dsn);
bool dsn_tell(stralloc *out, const struct dsn *dsn, const struct recipient *recipient,
              const struct dsn_outcome *outcome);
bool dsn_told(stralloc *out, const struct dsn *dsn); /* the text's end */
bool dsn_status_top(stralloc *out, const struct dsn *dsn);
bool dsn_status(stralloc *out, const struct dsn *dsn, const struct recipient *recipient,
                const struct dsn_outcome *outcome);
bool dsn_original_top(stralloc *out, const struct dsn *dsn);
bool dsn_end(stralloc *out, const struct dsn *dsn);

#endif
