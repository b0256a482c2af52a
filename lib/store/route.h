/*
 * route - which deliverer takes a recipient (routes(5))
 *
 * Three tables of the settings folder decide, in this order:
 *
 *     aliases   a local address that has an entry goes to alias-expand
 *     routes    address without detail, domain, its parents (".example.org"); then, for what is not
 *               local, the sender ("<ann@example.org>", "<@example.org>"); then "@" or "*"
 *     domains   local ones have maildir-deliver, all else smtp-send
 *
 * A line without a command
 * ("example.org:") gives its domain the deliverer it would have without any routes.
 *
 * Look-ups only: no network, nothing kept from one question to the next.
 */
#ifndef STORE_ROUTE_H
#define STORE_ROUTE_H

#include "mail/envelope.h"
#include "store/table.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

#define ROUTE_ALIASES "alias-expand queue-add"
#define ROUTE_LOCAL   "maildir-deliver"
#define ROUTE_REMOTE  "smtp-send"

enum { ROUTE_DOMAINS, ROUTE_ALIASES_TABLE, ROUTE_ROUTES, ROUTE_TABLES };

struct routes {
	const char *aliases_command; /* ROUTE_ALIASES; a caller with another queue sets its own */
	const char *failed;          /* name of the table that could not be read; else NULL */

	const char *folder; /* the rest is the module's own */
	struct table tables[ROUTE_TABLES];
};

/*
 * route_open - read the tables
 *
 * folder    where they are; "." for the settings folder one runs in. Must outlive out.
 * returns   false: errno and out->failed; nothing is left open. A missing table is an empty one.
 */
bool route_open(struct routes *out, const char *folder);
void route_close(struct routes *routes);

/* Are the tables as they were when read? false: open them anew. */
bool route_fresh(const struct routes *routes);

struct route {
	stralloc command; /* ends in NUL; words_split makes it an argv. May be unix:PATH. */
	stralloc key;     /* ends in NUL: what limits and back-off count by. Equal keys have equal
	                     commands, so recipients of one key may share one delivery. */
};

/*
 * route_find - where does this recipient go?
 *
 * envelope   the message's: where ENVELOPE_EXPANDED is set, aliases were resolved before
 * out        overwritten; owned by the caller, starts as zeros, may be used again
 * returns    false: no memory
 *
 * The key is the recipient's domain for smtp-send without -h, where each domain is a place of its
 * own; else the command line.
 */
bool route_find(const struct routes *routes, const struct envelope *envelope, const char *recipient,
                struct route *out);
void route_free(struct route *route);

#endif
