/*
 * next_hop - the hosts that mx-find names
 *
 * DNS is parsed in a process of its own, and comes back as lines (mx-find(8)).
 */
#ifndef NET_NEXT_HOP_H
#define NET_NEXT_HOP_H

#include "net/smtp_client.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { NEXT_HOPS_MAX = 64, NEXT_HOP_NAME_MAX = 256 };

struct next_hop {
	char name[NEXT_HOP_NAME_MAX]; /* letters, digits, "-", "_", dots; or the address */
	char address[INET6_ADDRSTRLEN];
};

struct next_hops {
	struct next_hop list[NEXT_HOPS_MAX];
	size_t count;
	bool complete;          /* there are no others */
	struct trouble trouble; /* why there is none, or why there may be others */
};

/*
 * next_hops_find - ask for the hosts of a domain
 *
 * command    mx-find and its settings
 * question   a domain, "[host]" or an address literal; must have no line end in it
 */
void next_hops_find(struct next_hops *out, const char *const *command, const char *question);

/* Reads mx-find's whole answer; cut in place. No I/O. An answer without end: ask again later. */
void next_hops_read(struct next_hops *out, char *answer);

/* The same list without asking anybody, for an address without brackets. false: text is none. */
bool next_hops_literal(struct next_hops *out, const char *text);

#endif
