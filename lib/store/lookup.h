/*
 * lookup - what a table says about an address, in the order that all our tables share (table(5))
 *
 *     full address    ann+news@example.org
 *     without detail  ann@example.org
 *     local part      ann+news             } only where the domain is local
 *     without detail  ann                  }
 *     whole domain    @example.org
 *
 * The first one found counts. An address without domain (postmaster) is local.
 */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "store/table.h"

#include <stdbool.h>

enum { DETAIL_SEPARATOR = '+' };

enum lookup_scope {
	LOOKUP_MAILBOX, /* all but the whole domain */
	LOOKUP_ALL,
};

/* Is the domain of this address a key of the table of local domains? */
bool lookup_is_local(const struct table *domains, const char *address);

/*
 * lookup_find - the value for an address
 *
 * domains   which domains are local
 * out       a view into table; out->text is NULL: there is no such entry
 * returns   false: no memory
 */
bool lookup_find(const struct table *table, const struct table *domains, const char *address,
                 enum lookup_scope scope, struct value *out);

#endif
