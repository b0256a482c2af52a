/*
 * host - how many connections each receiving host has from us, and who waits for one
 *
 * Many domains have one mail server. Their destinations are many, but it is one host that would get
 * all their connections. So each connection enters here; who finds no room waits, first in, first out,
 * and is called when one has left. From then on a place is kept for it.
 *
 * Only memory. A host is known by whatever name the caller gives it, while something is there or waits.
 */
#ifndef STORE_HOST_H
#define STORE_HOST_H

#include "base/map.h"

#include <stdbool.h>

struct host;

struct hosts {
	unsigned int limit; /* connections to one host */

	struct map known; /* the module's own */
};

/* Who may wait; a member of the caller's struct. Starts as zeros. */
struct visitor {
	struct host *host; /* it waits for room there, or a place is kept for it; NULL: neither */

	bool is_expected; /* the rest is the module's own: a place is kept */
	struct visitor *before, *behind;
};

/* The limit stays as it is. */
void hosts_init(struct hosts *hosts);

/*
 * host_enter - one more connection
 *
 * returns   NULL: there is no room, and visitor waits from now on, unless there was no memory for that
 */
struct host *host_enter(struct hosts *hosts, const char *name, struct visitor *visitor);

/* A connection has ended. Returns who is called for that; NULL: nobody waits. */
struct visitor *host_leave(struct hosts *hosts, struct host *host);

/* Waits no more, and no place is kept for it. Returns who is called for that; NULL: nobody. */
struct visitor *host_forget(struct hosts *hosts, struct visitor *visitor);

/* Is it still waiting to be called? */
bool visitor_waits(const struct visitor *visitor);

const char *host_name(const struct host *host);

#endif
