/*
 * resolver - how far may what the resolver says be believed?
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "net/dns.h"

#include <stdbool.h>

/*
 * resolver_knows_root - does it know the root of the DNS?
 *
 * One that does not is cut off, or lies: that a domain is not there, as it says, is then no reason to
 * give mail back.
 */
bool resolver_knows_root(struct dns *dns);

/* What it is not good for, and what to do, in a sentence for people; NULL: it is good for all. */
const char *resolver_fault(struct dns *dns);

#endif
