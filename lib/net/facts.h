/*
 * facts - what the acceptor's trusted half knows of a connection, given to programs on fd 3
 *
 * A list of the acceptor's records (envelope(5)): V, L, J, I, t ... and the end. No client can
 * write there, so these win over whatever else says the same.
 */
#ifndef NET_FACTS_H
#define NET_FACTS_H

#include "mail/envelope.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

enum { FACTS_MAX_BYTES = 65536 };

struct facts {
	stralloc list;
	struct envelope known; /* views into the list; ask with envelope_get() */
};

/*
 * facts_read - read the list to its end; blocks
 *
 * returns   false: errno; EPROTO: cut short, too long or broken
 */
bool facts_read(struct facts *out, int fd);
void facts_free(struct facts *facts);

#endif
