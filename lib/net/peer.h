/*
 * peer - who is at the other end of a connection
 */
#ifndef NET_PEER_H
#define NET_PEER_H

/*
 * peer_address - the client's IP address as text
 *
 * From TCPREMOTEIP (tcpserver, s6), else REMOTE_ADDR (systemd), else from the socket itself; with a
 * TLS wrapper in front only the first two know. An IPv4 address in IPv6 clothes is undressed. What is
 * no IP address counts as unknown.
 *
 * returns  static text; "": unknown
 * source   environ(7)
 */
const char *peer_address(int fd);

#endif
