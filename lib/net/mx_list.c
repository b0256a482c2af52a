#include "net/mx_list.h"

#include <skalibs/random.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool
mx_name_is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789-_.";
	unsigned char address[sizeof(struct in6_addr)];
	size_t len = strlen(name);

	return len && len <= DOMAIN_MAX && name[0] != '-' && name[0] != '.'
	       && strspn(name, plain) == len && inet_pton(AF_INET, name, address) != 1;
}

static int
host_compare(const void *a, const void *b)
{
	const struct mx_host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return (x->chance > y->chance) - (x->chance < y->chance);
}

bool
mx_list_read(struct mx_list *out, struct dns_answer *answer)
{
	size_t records = 0, roots = 0;
	char name[DNS_NAME_MAX];
	unsigned int preference;

	out->count = 0;
	while (out->count < MX_RECORDS_MAX && dns_next_mx(answer, &preference, name)) {
		struct mx_host *host = &out->hosts[out->count];

		records++;
		roots += !*name || strcmp(name, ".") == 0;
		if (!mx_name_is_plain(name))
			continue;
		host->preference = preference;
		random_buf((char *)&host->chance, sizeof host->chance);
		strcpy(host->name, name);
		out->count++;
	}
	/* A root name beside other records is no host, and no null MX. */
	if (records == 1 && roots == 1)
		return false;
	qsort(out->hosts, out->count, sizeof *out->hosts, host_compare);
	if (out->count > MX_HOSTS_MAX)
		out->count = MX_HOSTS_MAX;
	return true;
}

bool
mx_list_cut(struct mx_list *list, const struct ourselves *ourselves)
{
	for (size_t i = 0; i < list->count; i++)
		if (ourselves_are(ourselves, list->hosts[i].name)) {
			unsigned int own = list->hosts[i].preference;

			while (list->count && list->hosts[list->count - 1].preference >= own)
				list->count--;
			return true;
		}
	return false;
}
