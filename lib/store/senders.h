/*
 * senders - which envelope senders may a login use? (table(5))
 *
 *     alice: alice@example.org, @alias.example, *
 *
 * An item is an address (and so the same with any +detail), all of a domain, or anything.
 */
#ifndef STORE_SENDERS_H
#define STORE_SENDERS_H

#include "store/table.h"

#include <stdbool.h>

/* Does an item of the table cover this mailbox? No memory: no. */
bool senders_item_covers(const struct value *item, const char *mailbox);

/* Does any item of this login's entry? false too where the login has none. */
bool senders_allow(const struct table *senders, const char *login, const char *mailbox);

#endif
