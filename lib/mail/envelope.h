/*
 * envelope - who sent a message, how it came, and to whom it goes (envelope(5))
 *
 * A list of records (base/record.h). Facts that only a trusted process may state come first, and
 * it writes each of them, empty or not: a second record of one tag makes the whole envelope broken,
 * so whoever writes later cannot change them.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

#define ENVELOPE_FORMAT "1" /* the value of ENVELOPE_VERSION */

/* Tags. A lower-case one may be passed on by a reader that does not know it, an upper-case one not. */
enum {
	/* facts of the acceptor */
	ENVELOPE_VERSION = 'V',
	ENVELOPE_CONNECTION = 'L', /* id of the connection, for the logs */
	ENVELOPE_MESSAGE =
	    'Q', /* id of the message: its name in the queue, in Received and in 250 */
	ENVELOPE_SERVER = 'J',      /* our own host name */
	ENVELOPE_ROLE = 'r',        /* "submission", "mx", "local", "queue" or "postmaster" */
	ENVELOPE_CLIENT = 'I',      /* IP address of the client; empty: none */
	ENVELOPE_LOGIN = 'A',       /* who has logged in; empty: nobody */
	ENVELOPE_CREDENTIAL = 'a',  /* which of the login's passwords; empty: the first, or none */
	ENVELOPE_GRANT = 'G',       /* as what this session may send at most; empty: no bound */
	ENVELOPE_CERTIFICATE = 'c', /* fingerprint of the client's certificate; empty: none */
	ENVELOPE_TLS = 't',         /* as "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty: in the clear */
	/* what the client said */
	ENVELOPE_HELO = 'h',
	ENVELOPE_PROTOCOL = 'w', /* "SMTP" or "ESMTP": what TLS and login are added to (RFC 3848) */
	ENVELOPE_SENDER = 'F',   /* reverse-path without <>; empty: the null sender */
	ENVELOPE_BODY = 'B',     /* "7BIT", "8BITMIME" or "BINARYMIME" */
	ENVELOPE_UTF8 = 'U',     /* SMTPUTF8 was asked for */
	ENVELOPE_RET = 'R',      /* RFC 3461: "FULL" or "HDRS" */
	ENVELOPE_ENVID = 'E',    /* RFC 3461, xtext as it came */
	ENVELOPE_REQUIRETLS = 'X',   /* RFC 8689 */
	ENVELOPE_HOLD = 'H',         /* not before these seconds since 1970 (RFC 4865) */
	ENVELOPE_HOLD_REQUEST = 'f', /* as it was asked for, "for;3600": for reports */
	ENVELOPE_DELIVER_BY = 'D',   /* RFC 2852: seconds since 1970, then ";" and the mode */
	ENVELOPE_PRIORITY = 'M',     /* RFC 6710: -9 to 9 */
	ENVELOPE_SOLICIT = 's',      /* RFC 3865: classes of solicitation that it is */
	ENVELOPE_EXPANDED = 'x',     /* aliases were resolved: recipients are looked up no more */
	/* one for each recipient, then what belongs to it */
	ENVELOPE_RECIPIENT = 'T', /* forward-path without <> */
	ENVELOPE_NOTIFY = 'N',    /* RFC 3461 */
	ENVELOPE_ORCPT = 'O',     /* RFC 3461 */
	ENVELOPE_WHY = 'Y',       /* what became of it: a verdict record; for bounce-make */
};

struct recipient {
	const char *address;
	const char *notify; /* these three: NULL where not given */
	const char *orcpt;
	const char *why;
};

struct envelope {
	const char *list; /* the records: a view of the caller's */
	size_t len;
	const char *value[128]; /* by tag; NULL: no such record. Recipients are not here. */
	unsigned int recipients;
};

/*
 * envelope_parse - read a whole list
 *
 * list, len  from the first record to the empty one, that one included; must outlive out
 * returns    false: broken, doubled, of another version, with an unknown upper-case tag, without
 *            sender, with a per-recipient record before any recipient, or with a control byte,
 *            which could make a line of its own in a header field or a command
 * source     envelope(5)
 */
bool envelope_parse(struct envelope *out, const char *list, size_t len);

/* The same for the facts of a connection, before there is a sender (login(7), policy(7)). */
bool envelope_parse_facts(struct envelope *out, const char *list, size_t len);

/* A fact's value; "" where there is none. */
const char *envelope_get(const struct envelope *envelope, char tag);

/* Was it sent as BODY=BINARYMIME? Then it may hold any bytes: RFC 3030 3. */
bool envelope_is_binary(const struct envelope *envelope);

/*
 * envelope_recipient - walk over the recipients in their order
 *
 * at        start with 0
 * returns   false: no more
 */
bool envelope_recipient(const struct envelope *envelope, size_t *at, struct recipient *out);

/* Appends all records but the recipients and what belongs to them; leave out those tags too. */
bool envelope_copy_facts(stralloc *to, const struct envelope *from, const char *leave_out);

/* Appends the whole list, its end included, without BODY=: the message has become 7-bit. */
bool envelope_copy_seven_bit(stralloc *to, const struct envelope *from);

/* Appends a recipient with all that belongs to it. */
bool envelope_add_recipient(stralloc *to, const struct recipient *recipient);

#endif
