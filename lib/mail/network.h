/*
 * network - addresses of IPv4 and IPv6, and the networks they are in
 */
#ifndef MAIL_NETWORK_H
#define MAIL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

enum { NETWORK_TEXT_MAX = 64 }; /* "prefix/length" fits */

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
 * Not to this host, a private or link-local network, a group, or to an address that hides one of IPv4.
 * returns   false too if the address cannot be read
 * source    RFC 6890, 4193, 4291
 */
bool network_is_public(const char *address);

/*
 * network_of - the network that one guest has: the address of IPv4, the first 64 bits of IPv6
 *
 * out       the text of it, "" where there is no address
 */
void network_of(char out[NETWORK_TEXT_MAX], const char *address);

#endif
