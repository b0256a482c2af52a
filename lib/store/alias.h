/*
 * alias - the addresses that stand behind an alias (aliases(5))
 *
 *     team:        ann, bob@example.net, :include:/etc/smtpipe/lists/team
 *     owner-team:  ann
 *
 * An alias among the targets is looked up in turn, so that what comes out is final, but for lists:
 * an alias that has an owner stays as it is, since its messages have another sender.
 *
 * An alias that meets itself again, at once or by way of others, means the mailbox of its name:
 * "ann: ann, bob@example.net" keeps ann's copy. So no circle is longer than once around.
 */
#ifndef STORE_ALIAS_H
#define STORE_ALIAS_H

#include "store/table.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

enum {
	ALIAS_ADDRESSES_MAX = 1000, /* looked at for one alias; also RFC 5321 4.5.3.1.8 */
	ALIAS_DEPTH_MAX = 10,
	ALIAS_INCLUDE_MAX_BYTES = 1 << 20,
};

enum {                     /* tags of the targets, each a message of its own */
       ALIAS_TARGET = 'T', /* final */
       ALIAS_COPY = 'C',   /* final: the alias itself, as a mailbox */
       ALIAS_LIST = 'L',   /* to be looked up again: a list */
};

enum alias_result {
	ALIAS_EXPANDED,
	ALIAS_FAULTY,  /* a fault in the table or in an included file: fault says which */
	ALIAS_TOO_BIG, /* over one of the limits above; fault, too */
	ALIAS_NO_MEMORY,
};

struct alias {
	stralloc targets;   /* records (base/record.h) without an end, no address twice */
	unsigned int count; /* of them */
	stralloc owner;     /* "owner-team@example.org", ends in NUL; empty: no list */
	stralloc fault;     /* for the log: what is wrong, and what to do; ends in NUL */
};

/*
 * alias_expand - all that stands behind one address
 *
 * out       starts as zeros; the caller's to free
 * aliases   the table
 * domains   which domains are local
 * address   a recipient that has an alias
 * opens     included files. Each must be a plain file that only its owner may write to.
 */
enum alias_result alias_expand(struct alias *out, const struct table *aliases,
                               const struct table *domains, const char *address);
void alias_free(struct alias *alias);

#endif
