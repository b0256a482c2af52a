/*
 * tls_pump - bytes between TLS on the network and a program that knows nothing of it
 *
 * The caller makes the struct tls (tls_accept_fds, tls_connect_fds), ignores SIGPIPE, and has
 * called tain_now_set_stopwatch_g(). Our memory is 8 KiB each way, besides the library's own.
 * Compiles with LibreTLS over OpenSSL and with LibreSSL: only documented calls of tls_init(3).
 */
#ifndef NET_TLS_PUMP_H
#define NET_TLS_PUMP_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <tls.h>

/*
 * The suites of RFC 9325 4.2, those of TLS 1.3 besides: forward secrecy, and encryption that is
 * authenticated. Not libtls's own word "secure": over OpenSSL it lets RSA key exchange and CBC in.
 */
#define TLS_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_ends {
	int net_in, net_out;     /* may be one socket */
	int clear_in, clear_out; /* what is read here goes to the network; the other way round;
	                            may be one socket */
};

/*
 * tls_handshake_within - shake hands before a deadline
 *
 * The network ends become non-blocking.
 *
 * timeout_s  for all of it, however slowly bytes drip in
 * returns    NULL: done; else why not, until the next call about tls
 */
const char *tls_handshake_within(struct tls *tls, const struct tls_ends *ends, int timeout_s);

/* Appends what a list of facts has on every session. false: no memory. tls_facts.h */
bool tls_pump_facts(stralloc *facts, struct tls *tls);

enum tls_end {
	TLS_END_CLOSED, /* both sides had said all */
	TLS_END_IDLE,   /* nothing moved for too long */
	TLS_END_BROKEN, /* TLS was violated, or the network takes no more: tls_error() */
};

/*
 * tls_pump - move bytes both ways until one of the ends above
 *
 * An end of input on one side becomes an end of output on the other; the other direction goes on.
 * To the network it is a close_notify, then a half-close. From the network an end without
 * close_notify is an end, too: SMTP has ends of its own, and many peers don't send it. What the
 * program still says then may be dropped.
 * When the program has closed both ways, a client may close within a second, so that it still
 * reads our last words: closing on unread bytes would reset the connection.
 *
 * ends      the clear ends become non-blocking, and are closed; the network ends stay open
 * idle_s    how long nothing may move
 */
enum tls_end tls_pump(struct tls *tls, const struct tls_ends *ends, int idle_s);

#endif
