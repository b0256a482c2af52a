/*
 * tls_chain - the certificates that a server has shown, and what is wrong with them
 *
 * For tls_verify.c and tls_dane.c. Only libcrypto calls that OpenSSL 3 and LibreSSL share.
 */
#ifndef NET_TLS_CHAIN_H
#define NET_TLS_CHAIN_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The PEM certificates in the order they came in. NULL: none, too many, or no memory. */
STACK_OF(X509) * tls_chain_read(const uint8_t *pem, size_t len);

/*
 * tls_chain_judge - does it lead up to one in store, for a server of one of these names?
 *
 * partial   any certificate in store is an end of it, not only one that signs itself
 * returns   X509_V_OK or the reason against it
 */
int tls_chain_judge(X509_STORE *store, STACK_OF(X509) * chain, const char *const *names,
                    size_t count, bool partial);

/* The result type of RFC 8460 4.3 for a reason. */
const char *tls_chain_type(int reason);

#endif
