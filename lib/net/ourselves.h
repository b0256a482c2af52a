/*
 * ourselves - which names and addresses are this host's, and where mail may be led to
 */
#ifndef NET_OURSELVES_H
#define NET_OURSELVES_H

#include "mail/network.h"

#include <stdbool.h>
#include <stddef.h>

enum { OURSELVES_MAX = 16 };

struct ourselves {
	const char *names[OURSELVES_MAX]; /* and addresses */
	size_t count;
	struct networks networks; /* not the internet's, and mail may go there all the same */
};

/* false: there are too many. */
bool ourselves_add(struct ourselves *ourselves, const char *name);

/* Is this name, or address, one of those that were added? */
bool ourselves_are(const struct ourselves *ourselves, const char *name);

enum place {
	PLACE_OPEN,     /* on the internet, or in a network that was named */
	PLACE_OURS,     /* an address of an interface of this host */
	PLACE_LOOPBACK, /* this host, whichever that is */
	PLACE_PRIVATE,  /* in some network that is none of the internet's */
};

/* What an address in the DNS leads to: anybody can write any address there. */
enum place ourselves_place(const struct ourselves *ourselves, const char *address);

#endif
