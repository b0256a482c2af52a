/*
 * tls_verify - is this chain of certificates good for this server?
 *
 * Asked after the handshake, about the chain that the peer has presented. libtls can only be told
 * before it: refuse, or don't look. A sender that takes any certificate still wants to know what it
 * took, and must not shake hands twice for it.
 */
#ifndef NET_TLS_VERIFY_H
#define NET_TLS_VERIFY_H

#include <stddef.h>
#include <stdint.h>

/* What tls_verify may have to read, for a sandbox: where systems keep their CA certificates. */
#define TLS_VERIFY_READS                                                                           \
	"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"

/*
 * tls_verify - up to a CA certificate, for the purpose of a server, at this time, with this name
 *
 * chain, len   PEM, the server's own first: tls_peer_cert_chain_pem()
 * names        domain names, one of which it holds; compared as in RFC 6125 6.4: alternative names
 *              first, a wildcard is one whole left-most label
 * ca           a file of CA certificates, or a folder of them under hashed names (c_rehash), which
 *              is much quicker: only what is needed is read. NULL: the system's.
 * type         where it is not good: the result type of RFC 8460 4.3
 * returns      NULL: it is good; else why not, for good
 */
const char *tls_verify(const uint8_t *chain, size_t len, const char *const *names, size_t count,
                       const char *ca, const char **type);

#endif
