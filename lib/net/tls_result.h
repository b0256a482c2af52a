/*
 * tls_result - what came of TLS on the way to one host: one datagram (tls-result(5))
 *
 * smtp-send says it of each session; who counts them for reports (RFC 8460) reads it.
 */
#ifndef NET_TLS_RESULT_H
#define NET_TLS_RESULT_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLS_RESULT_MAX_BYTES = 32 << 10,
	TLS_RESULT_TLSA_MAX = 32, /* records of one host */
};

/* All texts are printable ASCII; NULL: not known, or it does not apply. */
struct tls_result {
	int64_t time_s;     /* since 1970 */
	const char *domain; /* whose policy it is: the recipient's, as A-labels in lower case */
	const char *type;   /* "tlsa", "sts", "no-policy-found"; "local": the operator's own */
	const char *policy; /* type sts: the line of tls-policy(5) */
	const char *tlsa[TLS_RESULT_TLSA_MAX + 1]; /* type tlsa: as "3 1 1 ab..."; ends with NULL */
	const char *result;                        /* "success", or a result type of RFC 8460 4.3 */
	const char *mx;                            /* the host's name */
	const char *address;                       /* its IP address */
	const char *source;                        /* our end's IP address */
	const char *text;                          /* for people: why it failed */
};

/*
 * tls_result_add - write it as a list of records
 *
 * What is not printable is left out; so are TLSA records that would make it too long.
 * returns   false: no memory
 */
bool tls_result_add(stralloc *out, const struct tls_result *result);

/*
 * tls_result_read - the other way round
 *
 * list, len  a datagram, a stranger's; views into it
 * returns    false: not whole, or domain, type or result are missing, or are no such
 */
bool tls_result_read(struct tls_result *out, const char *list, size_t len);

/*
 * tls_result_send - tell who listens at this unix socket (datagrams)
 *
 * Never waits. returns false: errno; nobody listens, or cannot follow.
 */
bool tls_result_send(const char *path, const struct tls_result *result);

#endif
