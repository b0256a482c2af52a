/*
 * mx_list - the hosts of a domain's MX records, in the order in which to try them (RFC 5321 5.1)
 */
#ifndef NET_MX_LIST_H
#define NET_MX_LIST_H

#include "mail/address.h"
#include "net/dns.h"
#include "net/ourselves.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_RECORDS_MAX = 512, /* that are looked at; the best MX_HOSTS_MAX of them are used */
	MX_HOSTS_MAX = 32,
};

struct mx_host {
	unsigned int preference;
	uint32_t chance; /* the order among equals */
	char name[DOMAIN_MAX + 1];
};

struct mx_list {
	struct mx_host hosts[MX_RECORDS_MAX];
	size_t count;
};

/*
 * mx_list_read - best preference first, those of one preference in random order
 *
 * Names that are none of hosts are left out.
 * answer    to a question for MX records
 * returns   false: a null MX, the domain takes no mail (RFC 7505)
 */
bool mx_list_read(struct mx_list *out, struct dns_answer *answer);

/*
 * mx_list_cut - of a host that is ourselves, it and all at its preference and above it go
 *
 * returns   true: there was one
 */
bool mx_list_cut(struct mx_list *list, const struct ourselves *ourselves);

/* May a name from the DNS stand in lines and command lines? Letters, digits, "-", "_" and dots; no address. */
bool mx_name_is_plain(const char *name);

#endif
