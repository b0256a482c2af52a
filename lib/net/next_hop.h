/*
 * next_hop - the hosts that mx-find names
 *
 * DNS is parsed in a process of its own, and comes back as lines (mx-find(8)).
 */
#ifndef NET_NEXT_HOP_H
#define NET_NEXT_HOP_H

#include "net/trouble.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	NEXT_HOPS_MAX = 64,
	NEXT_HOP_NAME_MAX = 256,
	NEXT_TLSA_MAX = 128,
	NEXT_HOPS_ANSWER_MAX = 64 << 10, /* bytes */
};

/* What DNSSEC says of a host. */
enum hop_trust {
	HOP_PLAIN,   /* nothing: its name may be anybody's word */
	HOP_SECURE,  /* the domain wants this host, and these are its addresses */
	HOP_DANE,    /* its certificate is one of those in the TLSA records that the domain signs */
	HOP_UNKNOWN, /* and those cannot be looked up for now: it is not to be used */
};

struct next_hop {
	char name[NEXT_HOP_NAME_MAX]; /* letters, digits, "-", "_" and dots; or an IP address */
	char address[INET6_ADDRSTRLEN];
	enum hop_trust trust;
};

/* A TLSA record that can be used; views into the answer. */
struct next_tlsa {
	const char *host;
	const char *base;   /* the name its certificate should have */
	const char *record; /* mail/tlsa.h */
};

struct next_hops {
	struct next_hop list[NEXT_HOPS_MAX];
	size_t count;
	struct next_tlsa tlsa[NEXT_TLSA_MAX];
	size_t tlsa_count;
	const char *domain;     /* as A-labels, where the question was not in ASCII; else NULL */
	bool complete;          /* there are no others */
	struct trouble trouble; /* why there is none, or why there may be others */

	char answer[NEXT_HOPS_ANSWER_MAX]; /* of next_hops_find */
};

/*
 * next_hops_find - ask for the hosts of a domain
 *
 * command    mx-find and its settings
 * question   a domain, "[host]" or an address literal; must have no line end in it
 */
void next_hops_find(struct next_hops *out, const char *const *command, const char *question);

/*
 * next_hops_read - read mx-find's whole answer; no I/O
 *
 * answer  cut in place; out has views into it. Without its end: ask again later.
 */
void next_hops_read(struct next_hops *out, char *answer);

/* The same list without asking anybody, for an address without brackets. false: text is none. */
bool next_hops_literal(struct next_hops *out, const char *text);

#endif
