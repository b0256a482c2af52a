/*
 * dns_exchange - one question to resolvers, and the answer to it
 *
 * source  RFC 1035 4.2, 7.3; RFC 5452 9 (what a forged answer has to guess); RFC 7766 (TCP)
 */
#ifndef NET_DNS_EXCHANGE_H
#define NET_DNS_EXCHANGE_H

#include "net/resolv_conf.h"

enum {
	DNS_HEADER = 12,     /* bytes */
	DNS_QUERY_MAX = 272, /* a header, a name of 255 bytes, type and class */
};

/*
 * dns_exchange - ask one server after another until one answers
 *
 * A server that fails, refuses or does not know what it may be asked is passed over. One that says nothing is waited
 * for: the first for conf's timeout_s, those behind it for as long as a resolver library would. An answer that does
 * not fit a datagram is asked for by TCP, for as long again.
 *
 * query    a header and one question; its id is set here, anew for each server that is asked
 * answer   at most size bytes; one that is longer is no answer
 * returns  its length; 0: there is none
 */
size_t dns_exchange(const struct resolv_conf *conf, unsigned char *query, size_t len,
                    unsigned char *answer, size_t size);

/* Is that the answer to this query: its id, its question and nothing else asked? No I/O. */
bool dns_exchange_fits(const unsigned char *query, size_t query_len, const unsigned char *answer,
                       size_t len);

#endif
