/*
 * tls_child - put a TLS program between us and a server
 *
 * The program has the network on fds 6 and 7, the clear side on 0 and 1, and says on fd 4 what came
 * of the handshake (net/tls_facts.h, tls-connect(8)). So what parses SMTP and what parses TLS are
 * two processes.
 */
#ifndef NET_TLS_CHILD_H
#define NET_TLS_CHILD_H

#include <stdbool.h>
#include <stddef.h>

enum { TLS_HANDSHAKE_S = 70 }; /* the program gives up before, and can say why */

struct tls_child {
	int fd;            /* the clear side, non-blocking; the caller closes it */
	char protocol[40]; /* one word for outcomes: "TLSv1.3", or "TLSv1.3,verified" */
	char cipher[64];
	bool verified;
	char
	    error[200]; /* what is wrong with it, or why there is none: one printable line; or "" */
	char result[32]; /* the same as a result type of RFC 8460 4.3; or "" */
};

struct tls_order {
	const char *const *command; /* the program and its settings; our options are added */
	const char *name;   /* the server's, checked by the caller: no byte may surprise an argv */
	const char *policy; /* "may", "encrypt" or "verify" */
	const char *proof;  /* a word for who is what was expected: "verified", "dane" */
	const char *expected; /* what the certificate has to be (net/tls_expected.h); */
	size_t expected_len;  /* 0: it holds the name, and a CA vouches */
};

/*
 * tls_child_start - have the handshake done
 *
 * socket     the connection; still the caller's to close, and of no use to it any more
 * returns    false: error says why. The program is gone then.
 */
bool tls_child_start(struct tls_child *out, const struct tls_order *order, int socket,
                     unsigned int timeout_s);

/*
 * tls_child_facts - read a list of facts; no I/O
 *
 * list, len  all that came; the end may be missing
 * returns    false: error says why
 */
bool tls_child_facts(struct tls_child *out, const char *list, size_t len,
                     const struct tls_order *order);

#endif
