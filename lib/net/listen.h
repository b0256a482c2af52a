/*
 * listen - the sockets on which clients come, by an address of -S
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stddef.h>

/*
 * listen_open - all sockets of one address; dies if they cannot be had
 *
 * address   "127.0.0.1:587", "[::]:587", "fd:N", or "systemd" for all sockets that it gave us
 * fds       filled in; they do not block, and the caller closes them
 * room      how many fit into fds
 * returns   how many there are; 0: it is one of IPv6, which this kernel does not have (logged)
 */
size_t listen_open(const char *address, int *fds, size_t room);

#endif
