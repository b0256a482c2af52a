/*
 * tls_listener - certificates and keys, made ready for sessions, and read anew when they change
 *
 * The struct tls in it is for tls_accept_fds(). What goes wrong is logged here, with its file.
 * Compiles with LibreTLS over OpenSSL and with LibreSSL: only documented calls of tls_init(3).
 */
#ifndef NET_TLS_LISTENER_H
#define NET_TLS_LISTENER_H

#include "base/sight.h"

#include <stdbool.h>
#include <tls.h>

enum { TLS_KEYPAIRS_MAX = 64 };

/* All PEM. The first pair is for clients that name no server, or one that no pair is for. */
struct tls_files {
	const char *certificates[TLS_KEYPAIRS_MAX], *keys[TLS_KEYPAIRS_MAX];
	unsigned int certificate_count, key_count; /* the same */
	const char *clients; /* who signs clients' certificates; NULL: none is asked for, */
	bool any_client;     /* or any will do: only its hash says who that is */
};

struct tls_listener {
	struct tls *tls;    /* the keys are in memory while it lives */
	struct tls *silent; /* with any_client: the same, but asks for no certificate; else NULL */
	const struct tls_files *files;
	struct sight seen[2 * TLS_KEYPAIRS_MAX + 1];
};

/*
 * tls_listener_open - read the files
 *
 * files     outlives the listener
 * returns   false: logged, and nothing is open
 */
bool tls_listener_open(struct tls_listener *listener, const struct tls_files *files);

/*
 * tls_listener_warm - have the library do now what it does once in a process
 *
 * For a parent that forks: its children then find that done, in pages that they share.
 */
void tls_listener_warm(const struct tls_files *files);

/*
 * tls_listener_renew - read the files anew if one of them has changed
 *
 * If they cannot be used, the listener stays as it is, and that is logged once for each change.
 * Sessions that were accepted before keep what they began with.
 */
void tls_listener_renew(struct tls_listener *listener);

/* Has one of the files changed since this was asked, or they were read? */
bool tls_listener_is_stale(struct tls_listener *listener);

/* The keys of the pairs that no session uses are gone from memory then. */
void tls_listener_close(struct tls_listener *listener);

#endif
