/*
 * acceptor - one process that takes connections, and is the steward of all their speakers
 *
 * smtp-accept with -S: it owns the listening sockets, gives each client to a waiting speaker, and
 * answers what they ask. For TLS it hands the client's socket to a waiting tls-wrap; the speaker
 * gets the clear side, so that key, passwords and parser never share a process.
 */
#ifndef NET_ACCEPTOR_H
#define NET_ACCEPTOR_H

#include "net/speakers.h"
#include "net/steward.h"

#include <stdbool.h>
#include <stddef.h>

enum { ACCEPTOR_ADDRESSES_MAX = 8 };

struct acceptor {
	/* "127.0.0.1:587", "[::]:587", "fd:N", or "systemd" for all sockets that it gave us */
	const char *addresses[ACCEPTOR_ADDRESSES_MAX];
	size_t count;
	unsigned int total;      /* connections at one time; a further one is told 421 */
	unsigned int per_client; /* ... of one IPv4 address or one IPv6 /64 */
	unsigned int ready;      /* write a line feed there when listening; 0: no */
	bool implicit_tls;       /* TLS comes before the greeting */
	/* what is left to the parent when it listens, and to speakers (base/sandbox.h) */
	const struct rights *rights, *speaker_rights;
};

/*
 * acceptor_run - take connections until SIGTERM, then wait for the transactions that are open
 *
 * Returns false in the parent when the last connection has ended, and true in each speaker's process,
 * as speakers_start().
 */
bool acceptor_run(const struct acceptor *acceptor, const struct steward_settings *settings,
                  struct caller *caller);

#endif
