/*
 * tlsrpt - where a domain wants to be told how TLS went on the way to it (RFC 8460 3)
 */
#ifndef MAIL_TLSRPT_H
#define MAIL_TLSRPT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { TLSRPT_RUAS_MAX = 8 }; /* addresses of one domain that are looked at */

/* The record of a domain, and what it says. It begins as zeros. */
struct tlsrpt {
	size_t count; /* records of this version: there must be one */
	bool is_good; /* the last of them is valid */
	stralloc
	    ruas; /* its addresses, each ended by NUL: "mailto:..." and "https://..."; the caller's */
};

/* One more TXT record of _smtp._tls.DOMAIN. false: no memory */
bool tlsrpt_add(struct tlsrpt *out, const char *text);

/* Does the domain want reports? Exactly one record, valid, with an address that we can send to. */
bool tlsrpt_valid(const struct tlsrpt *record);

/*
 * tlsrpt_mailbox - the mailbox of "mailto:ann%40example.org?subject=x" (RFC 6068), appended to out
 *
 * What it says besides the mailbox is left out.
 * returns   false: it is another address, or no mailbox, or no memory
 */
bool tlsrpt_mailbox(stralloc *out, const char *rua);

#endif
