/*
 * tls_hop - TLS with one host: begun as its policy wants it, and what came of it told
 */
#ifndef NET_TLS_HOP_H
#define NET_TLS_HOP_H

#include "mail/tls_policy.h"
#include "net/next_hop.h"
#include "net/smtp_client.h"
#include "net/tls_child.h"
#include "net/tls_want.h"

#include <netinet/in.h>
#include <stdbool.h>

struct tls_hop {
	const char *const *command; /* tls-connect and its settings */
	const char *results;        /* who counts (tls-result(5)); NULL: nobody */
	const char *domain;         /* whose policy counts, as A-labels in lower case */
	const char *line;           /* of MTA-STS, where that is the policy */
	bool waived;                /* by the sender: tls_want_waive() */
	const struct next_hops *hops;
	unsigned int wait_max_s; /* 0: as long as a handshake may take */

	const struct next_hop *hop; /* the rest is the module's own: the host under way, */
	struct tls_want want;
	struct tls_child child;
	bool has_failed;               /* the handshake, or what came out of it */
	char source[INET6_ADDRSTRLEN]; /* our end */
};

/*
 * tls_hop_begin - the next host
 *
 * policy    the operator's, or the domain's by MTA-STS; NULL: neither
 * returns   false: it is not to be used; tls->want.fault says why
 */
bool tls_hop_begin(struct tls_hop *tls, const struct tls_policy *policy,
                   const struct next_hop *hop);

/* A connection was made: whose end is ours? */
void tls_hop_connected(struct tls_hop *tls, int fd);

/* Shakes hands on the client's connection, at once. false: client->trouble; it cannot be used. */
bool tls_hop_start(struct tls_hop *tls, struct smtp_client *client);

/*
 * tls_hop_upgrade - STARTTLS where it's offered or wanted, and EHLO again
 *
 * name      ours
 * returns   false: client->trouble; the session cannot go on
 */
bool tls_hop_upgrade(struct tls_hop *tls, struct smtp_client *client, const char *name);

#endif
