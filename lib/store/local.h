/*
 * local - which recipients are ours: the tables domains, mailboxes, aliases and routes (table(5))
 */
#ifndef STORE_LOCAL_H
#define STORE_LOCAL_H

#include "store/table.h"

struct local {
	struct local_table {
		const char *name;
		struct table table;
		int error; /* of its opening; 0: none */
	} domains, mailboxes, aliases, routes;
	const struct local_table *trouble; /* what LOCAL_LATER is about; NULL: memory */
};

enum local_kind {
	LOCAL_KNOWN,
	LOCAL_UNKNOWN, /* our domain, but nobody's address */
	LOCAL_FOREIGN, /* for others to deliver: to take it would be relaying */
	LOCAL_BROKEN,  /* not a mailbox as path_parse writes it */
	LOCAL_LATER,   /* a table that could tell cannot be read, or is missing (errno) */
};

/* Reads the tables of the current folder. One that cannot be read matters once it is asked. */
void local_open(struct local *out);
void local_close(struct local *local);

/* The same tables again, of which those that have changed are read again. */
void local_renew(struct local *local);

/*
 * local_find - whose is this recipient?
 *
 * The mailbox is known with or without its +detail; in mailboxes and aliases it may stand with or
 * without its domain, or be caught by @domain; in routes, which may be missing, stands its address. In a domain of the value "any" everybody is known.
 * postmaster always is, also without a domain (RFC 5321 4.5.1). An address literal is never ours.
 *
 * What is only caught must not name a way further ("u%d@ours", "d!u@ours", "\"u@d\"@ours": RFC 2505
 * 2.1): the program that catches it might go that way.
 */
enum local_kind local_find(struct local *local, const char *mailbox);

#endif
