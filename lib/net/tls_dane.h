/*
 * tls_dane - is this chain of certificates one of those that the DNS names?
 *
 * Whether the DNS may be believed was asked before. Asked after the handshake, as tls_verify.h.
 * Not the library's own DANE: LibreSSL has none.
 */
#ifndef NET_TLS_DANE_H
#define NET_TLS_DANE_H

#include "net/tls_expected.h"

#include <stdint.h>

/*
 * tls_dane - RFC 7672 3.1
 *
 * Usage 3: the server's certificate or key itself; its names and dates don't matter. Usage 2: it
 * leads up to the certificate or key in the chain (or, whole, in the record), and holds one of the
 * names.
 *
 * chain, len  PEM, the server's own first: tls_peer_cert_chain_pem()
 * type        where it is not: the result type of RFC 8460 4.3
 * returns     NULL: it is one; else why not, for good
 */
const char *tls_dane(const uint8_t *chain, size_t len, const struct tls_expected *expected,
                     const char **type);

#endif
