/*
 * network - addresses of IPv4 and IPv6, and the networks they are in
 */
#ifndef MAIL_NETWORK_H
#define MAIL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

enum {
	NETWORK_TEXT_MAX = 64, /* "prefix/length" fits */
	NETWORKS_MAX = 16,
};

/* Networks that somebody has named; views into his text. */
struct networks {
	const char *list[NETWORKS_MAX];
	size_t count;
};

/*
 * network_has - is this address in that network?
 *
 * network   "192.0.2.0/24", "2001:db8::/32", or one address; len bytes, no NUL needed
 * address   a C string; ::ffff:192.0.2.7 is 192.0.2.7
 * returns   false too if either cannot be read: ask network_valid before
 */
bool network_has(const char *network, size_t len, const char *address);
bool network_valid(const char *network, size_t len);

/*
 * network_is_public - may a stranger's word lead us there?
 *
 * Not to this host, a private or link-local network or a group. What a translator (NAT64) or 6to4 makes of an
 * address of IPv4 is judged by that one.
 * returns   false too if the address cannot be read
 * source    RFC 6890, 4193, 4291, 6052 2, 3056
 */
bool network_is_public(const char *address);

/* Is it this host, whichever that is: loopback, or no address at all? */
bool network_is_loopback(const char *address);

/* Adds one network; false: it is none, or there are too many. */
bool networks_add(struct networks *networks, const char *network);
bool networks_have(const struct networks *networks, const char *address);

/*
 * network_of - the network that one guest has: the address of IPv4, the first 64 bits of IPv6
 *
 * out       the text of it, "" where there is no address
 */
void network_of(char out[NETWORK_TEXT_MAX], const char *address);

#endif
