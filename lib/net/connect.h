/*
 * connect - the way to another host, or to a server on this one
 *
 * All return a non-blocking, close-on-exec descriptor above the numbers of the contracts; -1:
 * errno, ETIMEDOUT when the time is over.
 */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * connect_tcp - connect to an IPv4 or IPv6 address
 *
 * address  as text, without brackets; EINVAL: not an address
 * source   our end's address; NULL: the kernel's choice. EAFNOSUPPORT: of the other family.
 */
int connect_tcp(const char *address, unsigned int port, const char *source, unsigned int timeout_s);

/*
 * connect_tcp_either - the same to a host that has two addresses
 *
 * While nothing is heard from the first, the second is tried beside it after a moment (RFC 8305 5): a family
 * that leads nowhere costs that moment. A first one that fails before it is for the caller to pass over.
 *
 * addresses  the second may be NULL: there is none
 * which      written on success: which of them it is
 */
int connect_tcp_either(const char *const addresses[2], unsigned int port, const char *source,
                       unsigned int timeout_s, size_t *which);

/* Does an interface of this host have that address? Where the kernel binds to anything, nobody can say: false. */
bool connect_is_here(const char *address);

int connect_unix(const char *path, unsigned int timeout_s);

#endif
