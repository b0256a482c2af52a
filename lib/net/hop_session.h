/*
 * hop_session - one host after the other: connected, protected as its policy wants it, and offered the message
 *
 * Like relay, whose message it sends, it speaks for the program, and may end it: where a host has enough
 * connections of ours (base/more.h) that is "later", without a word.
 */
#ifndef NET_HOP_SESSION_H
#define NET_HOP_SESSION_H

#include "mail/tls_policy.h"
#include "net/next_hop.h"
#include "net/relay.h"
#include "net/smtp_client.h"
#include "net/tls_hop.h"

#include <netinet/in.h>
#include <stdbool.h>

struct hop_session {
	struct relay *relay; /* whose chosen recipients are to be decided */
	struct next_hops
	    *hops; /* where the hosts stand: of two addresses of one host one may be silent */
	const char *unix_socket; /* "unix:PATH", in place of any address; NULL: none */
	unsigned int port;
	const char *source; /* our end's address; NULL: the kernel's choice */
	bool implicit_tls;
	struct smtp_credentials login; /* login NULL: none */
	const char *results;           /* who counts results of TLS; NULL: nobody */
	unsigned int wait_max_s;       /* for any one answer; 0: as RFC 5321 says */
	struct tls_hop tls;            /* with its command, domain, line, hops and wait_max_s */

	/* The module's own, to be read. At first client.fd is -1: no session. */
	struct smtp_client client; /* usable, if further messages can go on it */
	char host[NEXT_HOP_NAME_MAX + INET6_ADDRSTRLEN + 2]; /* as "mx.example.org[192.0.2.1]" */
	struct trouble why;                                  /* after a failure, */
	const char *why_tls; /* and what protected it: "-", "TLSv1.3" */
};

/*
 * hop_session_try - offer the message to one host, in as many sessions as it wants
 *
 * A session that is open is closed first. Opportunistic TLS that fails is followed by a session in the clear.
 *
 * hop       in hops; where its next address answers and it does not, they change places
 * policy    the operator's, or the domain's by MTA-STS; NULL: neither
 * returns   false: some are undecided, and why says what was the matter with this host
 */
bool hop_session_try(struct hop_session *session, struct next_hop *hop,
                     const struct tls_policy *policy);

#endif
