/*
 * tls_want - how one host's connection has to be protected, and by whose word
 *
 * Who decides, in this order: the operator (tls-policy(5)), DANE (RFC 7672), MTA-STS (RFC 8461);
 * and where nobody has said anything, TLS is used where it works. No I/O.
 */
#ifndef NET_TLS_WANT_H
#define NET_TLS_WANT_H

#include "mail/tls_policy.h"
#include "net/next_hop.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct tls_want {
	enum tls_level level; /* none, may, encrypt or verify */
	const char *type;     /* whose policy it is: tls_result.h */
	const char *name;     /* what to ask the server for (SNI) */
	const char *proof;    /* what to call it where it holds: "verified", "dane" */
	bool is_judged;       /* the certificate is what counts, even where it holds nothing back */
	bool name_is_known;   /* not only the DNS's word */
	stralloc expected;    /* net/tls_expected.h, with its end; len 0: nothing */

	const char *fault;  /* the host is not to be used: why; NULL: it is */
	const char *result; /* and the result type of RFC 8460 */
	bool is_testing;    /* it is to be used all the same */
};

/*
 * tls_want_make - what holds for one host
 *
 * out       starts as zeros, may be used again; its stralloc is the caller's
 * policy    the operator's, or what the domain says by MTA-STS; NULL: neither
 * hop       one of hops
 * domain    the recipients', or the relay's name
 * returns   false: no memory
 */
bool tls_want_make(struct tls_want *out, const struct tls_policy *policy,
                   const struct next_hops *hops, const struct next_hop *hop, const char *domain);

/*
 * tls_want_waive - the sender said "TLS-Required: No": what the recipients' domain demands is looked
 * at and told, and holds nothing back; what the operator demands stays (RFC 8689 4.2.2)
 */
void tls_want_waive(struct tls_want *want);

#endif
