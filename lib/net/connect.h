/*
 * connect - the way to another host, or to a server on this one
 *
 * Both return a non-blocking, close-on-exec descriptor above the numbers of the contracts; -1:
 * errno, ETIMEDOUT when the time is over.
 */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

#include <stdbool.h>

/*
 * connect_tcp - connect to an IPv4 or IPv6 address
 *
 * address  as text, without brackets; EINVAL: not an address
 * source   our end's address; NULL: the kernel's choice. EAFNOSUPPORT: of the other family.
 */
int connect_tcp(const char *address, unsigned int port, const char *source, unsigned int timeout_s);

/* Does an interface of this host have that address? Where the kernel binds to anything, nobody can say: false. */
bool connect_is_here(const char *address);

int connect_unix(const char *path, unsigned int timeout_s);

#endif
