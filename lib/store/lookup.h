/*
 * lookup - what a table says about a mailbox (table(5))
 *
 * The order, most exact first; keys are in the form of address_key():
 *
 *     ann+news@example.org    ann@example.org    ann+news    ann    @example.org
 *
 * The two forms without domain count only in our own domains, so that "ann" in a table can never
 * speak of somebody else's ann.
 */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "store/table.h"

#include <stdbool.h>

enum { DETAIL_SEPARATOR = '+' }; /* RFC 5233 */

enum lookup {
	LOOKUP_FOUND,
	LOOKUP_NOTHING,
	LOOKUP_NO_MEMORY,
};

/*
 * lookup_mailbox - find the entry for a mailbox
 *
 * mailbox   a checked one; without domain ("postmaster"): one of ours
 * domains   the table of our own domains
 * out       a view into table, if found
 */
enum lookup lookup_mailbox(const struct table *table, const struct table *domains,
                           const char *mailbox, struct value *out);

/* Is this mailbox in one of our own domains? */
bool lookup_is_local(const struct table *domains, const char *mailbox);

#endif
