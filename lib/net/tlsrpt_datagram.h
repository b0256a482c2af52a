/*
 * tlsrpt_datagram - what Postfix (3.10) tells of TLS, in the JSON of libtlsrpt, becomes results of ours
 *
 * One datagram is about one session: {"d":"example.org","policies":[{"policy-type":2,"policy-string":[...],
 * "mx-host":[...],"failure-details":[{"c":202,"n":"mx.example.org",...}],"t":1,"f":1}]}. Of the details,
 * "c" is the result, "s" our address, "n" the host, "r" its address, "f" and "a" say why. Other members are
 * let pass. "f" of a policy is 0 where the session was good.
 */
#ifndef NET_TLSRPT_DATAGRAM_H
#define NET_TLSRPT_DATAGRAM_H

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does it look like one, and not like tls-result(5)? */
bool tlsrpt_datagram_is(const char *bytes, size_t len);

/*
 * tlsrpt_datagram_read - append a list as in tls-result(5) for each success and failure that it tells of
 *
 * json, len  a stranger's
 * time_s     now, since 1970: the datagram has no time
 * returns    false: it is none, no memory, or nothing in it can be counted
 */
bool tlsrpt_datagram_read(stralloc *out, const char *json, size_t len, int64_t time_s);

#endif
