/*
 * address - mailboxes and paths as SMTP writes them (RFC 5321 4.1.2, 4.1.3)
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { /* bytes; RFC 5321 4.5.3.1 */
       LOCAL_PART_MAX = 64,
       DOMAIN_MAX = 255,
       LABEL_MAX = 63,
       PATH_MAX_BYTES = 320, /* both parts and "@"; the 256 of 4.5.3.1.3 is a least, not a most */
};

struct address {
	const char *local;  /* views into the caller's text: */
	size_t local_len;   /* they live as long as it does, */
	const char *domain; /* end in no NUL, and are never freed. */
	size_t domain_len;  /* 0: no "@" */
};

/*
 * address_split - find the two parts of a mailbox that was checked before
 *
 * The last "@" parts them: a quoted local part may hold others.
 */
void address_split(const char *text, struct address *out);

enum path_kind { PATH_REVERSE, PATH_FORWARD };

enum path_fault {
	PATH_OK,
	PATH_SYNTAX,    /* 501 5.1.7 or 5.1.3 */
	PATH_TOO_LONG,  /* a part over its limit */
	PATH_NOT_ASCII, /* 8-bit and SMTPUTF8 was not asked for: 550/553 5.6.7 */
};

/*
 * path_parse - read "<...>" at the start of text
 *
 * A source route is read and dropped. "<>" is a reverse-path, "<Postmaster>" a forward-path without
 * domain. Both come out in their shortest form: a local part keeps its quotes only where it needs
 * them, so two writings of one mailbox become equal (but for letter case).
 *
 * text, len  no NUL needed
 * utf8       SMTPUTF8 was asked for: valid UTF-8 is let through
 * used       how many bytes of text the path took
 * mailbox    appended to, without "<" and ">", without NUL; only when PATH_OK
 * source     RFC 5321 4.1.2, 4.1.3, 4.1.1.3 (Postmaster), Appendix C; RFC 6531 3.3
 */
enum path_fault path_parse(const char *text, size_t len, enum path_kind kind, bool utf8,
                           size_t *used, stralloc *mailbox);

/*
 * mailbox_canonical - is this a mailbox just as path_parse writes it?
 *
 * What comes from elsewhere and is not may be read by others in another way: a route, a second path.
 *
 * returns  false too where there is no memory, and only then errno is ENOMEM
 */
bool mailbox_canonical(const char *mailbox);

/* A domain name (LDH labels; U-labels where utf8) or an address literal in brackets, whole text. */
bool domain_valid(const char *text, size_t len, bool utf8);

/*
 * address_key - the form under which tables know a mailbox
 *
 * Lower case (ASCII), quotes taken off where nothing needs them. detail: the part from the first of
 * the separator on is left out ("ann+news@d" becomes "ann@d"); 0: it is kept.
 *
 * returns  false: no memory
 */
bool address_key(stralloc *out, const char *mailbox, char detail);

/* Are these the same domain? Compares ASCII letters in any case. RFC 5321 2.4 */
bool domain_equal(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
