/*
 * tcp_environ - who is connected, for a program whose starter did not say
 *
 * tcpserver and s6 put TCPREMOTEIP and its like into the environment; systemd's Accept=yes does
 * not. What we start may have no socket left to ask.
 */
#ifndef NET_TCP_ENVIRON_H
#define NET_TCP_ENVIRON_H

#include <stdbool.h>

/*
 * tcp_environ_fill - set PROTO, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP and TCPLOCALPORT
 *
 * Does nothing if TCPREMOTEIP is set: the starter knows best (it may have read a PROXY line). An
 * IPv4 client of an IPv6 socket is written as IPv4.
 *
 * fd        the connection; not a TCP socket: nothing is set
 * returns   false: no memory
 * source    UCSPI-1996; s6-networking's s6-tcpserverd
 */
bool tcp_environ_fill(int fd);

#endif
