/*
 * senders - which addresses may a login use as a sender? (table(5))
 *
 *     alice: alice@example.org, @alias.example, *
 *
 * An item is an address (and so the same with any +detail), all of a domain (@alias.example), all
 * below it (@.alias.example), all names that begin alike (news-*@example.org), or anything.
 */
#ifndef STORE_SENDERS_H
#define STORE_SENDERS_H

#include "store/table.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* Does an item of the table cover this mailbox? No memory: no. */
bool senders_item_covers(const struct value *item, const char *mailbox);

/* Does any item of this login's entry? false too where the login has none. */
bool senders_allow(const struct table *senders, const char *login, const char *mailbox);

/* The same where a login has addresses in all domains of ours: submission. */
struct senders {
	struct table senders, domains;
	int domains_error; /* errno of the opening of domains; 0: none */
};

enum sender_kind {
	SENDER_ALLOWED,
	SENDER_DENIED,
	SENDER_LATER, /* the table domains could tell and cannot be read, or no memory (errno) */
};

/*
 * senders_open - read the tables
 *
 * path      of the table of senders; where there is none, each login has its own address
 * returns   false: errno. The table domains, in the current folder, matters once it is asked.
 */
bool senders_open(struct senders *out, const char *path);
void senders_close(struct senders *senders);

/*
 * senders_find - may this login use this mailbox?
 *
 * An item without "@" is a name, and stands for that name in each domain of ours. A login without
 * an entry has the one item that is its own name.
 *
 * mailbox   as path_parse or mailbox_add write it
 */
enum sender_kind senders_find(const struct senders *senders, const char *login,
                              const char *mailbox);

/*
 * senders_list - append what a login may use, for people: "ann@example.org, @shop.example"
 *
 * max       bytes, at least 5; what does not fit is left out, and "..." stands for it
 * returns   false: no memory
 */
bool senders_list(stralloc *out, const struct senders *senders, const char *login, size_t max);

#endif
