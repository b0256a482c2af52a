/*
 * dns - questions to a resolver, and answers read with bounds
 *
 * The resolver is one that recurses and, where DNSSEC is to count, validates and is reached over a
 * path that the administrator trusts: its AD bit is believed. What is in an answer is a stranger's.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "mail/tlsa.h"
#include "net/resolv_conf.h"

#include <arpa/nameser.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	DNS_NAME_MAX = NS_MAXDNAME, /* bytes of a name as text, its NUL included */
	DNS_ANSWER_MAX = NS_MAXMSG, /* bytes */
	DNS_TXT_MAX = 4096,         /* bytes of a TXT record that are read */
	DNS_CNAMES_MAX = 16,        /* in one answer; more, or a loop: DNS_TEMPFAIL */
};

enum dns_status {
	DNS_SECURE,   /* records are there, and the resolver vouches for them (AD) */
	DNS_INSECURE, /* records are there */
	DNS_NODATA,   /* the name is there, records of this type are not */
	DNS_NXDOMAIN,
	DNS_TEMPFAIL, /* no answer, SERVFAIL (bogus signatures too), or one that makes no sense */
};

enum dns_type {
	DNS_A = ns_t_a,
	DNS_AAAA = ns_t_aaaa,
	DNS_CNAME =
	    ns_t_cname, /* DNS_NODATA, whatever is there: the answer has name and is_authentic */
	DNS_MX = ns_t_mx,
	DNS_PTR = ns_t_ptr,
	DNS_SOA = ns_t_soa,
	DNS_TXT = ns_t_txt,
	DNS_TLSA = 52, /* RFC 6698 7.1; older headers lack it */
};

struct dns {
	struct resolv_conf conf;
};

/*
 * dns_open - choose the resolver
 *
 * resolver  "address@port", IPv4 or IPv6; NULL: as /etc/resolv.conf says
 * returns   false: errno (EINVAL: resolver cannot be read)
 *
 * There is nothing to close.
 */
bool dns_open(struct dns *dns, const char *resolver);

/*
 * dns_is_trusted - is its word on DNSSEC worth anything?
 *
 * It is where nobody can change it on its way: all of its servers are on this host, or the
 * administrator vouches for the path ("options trust-ad" in resolv.conf(5)).
 */
bool dns_is_trusted(const struct dns *dns);

struct dns_answer {
	/* AD: says of DNS_NODATA and DNS_NXDOMAIN, too, whether to believe them */
	bool is_authentic;
	char name[DNS_NAME_MAX]; /* the name asked for, or where its CNAMEs lead */

	unsigned char bytes[DNS_ANSWER_MAX]; /* the rest is the module's own */
	ns_msg message;
	int at;
	enum dns_type type;
};

/* Asks for one name's records of one type; blocks for as long as dns_exchange() waits. */
enum dns_status dns_ask(struct dns *dns, const char *name, enum dns_type type,
                        struct dns_answer *answer);

/*
 * dns_answer_read - what an answer means; no I/O
 *
 * answer  len of its bytes have been filled in
 */
enum dns_status dns_answer_read(struct dns_answer *answer, size_t len, const char *name,
                                enum dns_type type);

/* The records, one by one; false: no more, or what follows is broken. */
bool dns_next_mx(struct dns_answer *answer, unsigned int *preference, char host[DNS_NAME_MAX]);
bool dns_next_ptr(struct dns_answer *answer, char host[DNS_NAME_MAX]);
/* is_whole false: it can be no record that is used. */
bool dns_next_tlsa(struct dns_answer *answer, struct tlsa *record, bool *is_whole);
bool dns_next_address(struct dns_answer *answer, char address[INET6_ADDRSTRLEN]);

/*
 * dns_next_txt - the strings of a record, put together without spaces
 *
 * text  a C string of any bytes; it ends at a NUL, and at DNS_TXT_MAX
 */
bool dns_next_txt(struct dns_answer *answer, char text[DNS_TXT_MAX + 1]);

#endif
