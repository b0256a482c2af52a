/*
 * tls_facts - what a TLS program tells its neighbours about a session
 *
 * A list of "NAME=value" texts, each ended by NUL; one more NUL ends the list. UCSPI-TLS writes it
 * on the control descriptor, tls-connect on fd 4. The names are s6-networking's; environ(7) has
 * them. record.h walks over the list and knows its end.
 */
#ifndef NET_TLS_FACTS_H
#define NET_TLS_FACTS_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	TLS_FACTS_MAX_BYTES = 8192,
	TLS_FACT_MAX_BYTES = 1024, /* of one value; a longer one is left out */
};

/*
 * tls_fact_add - append one fact
 *
 * value     may be a stranger's: it is left out unless it is printable ASCII; NULL: left out
 * returns   false: no memory
 */
bool tls_fact_add(stralloc *facts, const char *name, const char *value);

/* The same, left out unless the value is a domain name: no address, no literal. */
bool tls_fact_add_domain(stralloc *facts, const char *name, const char *value);

/* The value of a fact in a whole list, as a C string in it; NULL: not there. */
const char *tls_fact_get(const char *facts, size_t len, const char *name);

/*
 * tls_facts_environ - what a list says becomes the environment
 *
 * The names of tls-wrap that the list lacks are removed: they were about someone else's session.
 *
 * facts, len   a whole list; len 0: there is no session
 * returns      false: errno
 */
bool tls_facts_environ(const char *facts, size_t len);

#endif
