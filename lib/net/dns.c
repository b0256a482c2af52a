#include "net/dns.h"

#include <skalibs/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUERY_MAX = 512, RETRY_S = 5, RETRIES = 2, PORT_MAX = 65535 };

/* The resolver library keeps IPv4 servers in one list and IPv6 ones in another, from malloc. */
static bool
server_set(struct __res_state *state, const char *resolver)
{
	char address[INET6_ADDRSTRLEN];
	const char *at = strchr(resolver, '@');
	size_t len = at ? (size_t)(at - resolver) : 0;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	unsigned int port;

	errno = EINVAL;
	if (!len || len >= sizeof address || !uint0_scan(at + 1, &port) || port > PORT_MAX)
		return false;
	memcpy(address, resolver, len);
	address[len] = 0;
	for (int i = 0; i < MAXNS; i++) {
		free(state->_u._ext.nsaddrs[i]);
		state->_u._ext.nsaddrs[i] = NULL;
		state->_u._ext.nssocks[i] = -1;
	}
	state->_u._ext.nscount = 0;
	state->nscount = 1;
	state->retrans = RETRY_S;
	state->retry = RETRIES;
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
		state->nsaddr_list[0] = v4;
		return true;
	}
	if (inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		return false;
	state->nsaddr_list[0].sin_family = 0;          /* look in the other list */
	state->_u._ext.nsaddrs[0] = malloc(sizeof v6); /* freed by res_nclose */
	if (!state->_u._ext.nsaddrs[0])
		return false;
	*state->_u._ext.nsaddrs[0] = v6;
	state->_u._ext.nscount = 1;
	return true;
}

bool
dns_open(struct dns *dns, const char *resolver)
{
	memset(dns, 0, sizeof *dns);
	if (res_ninit(&dns->state) < 0)
		return false;
	dns->path_is_vouched_for = dns->state.options & RES_TRUSTAD;
	dns->state.options |= RES_TRUSTAD; /* ask for the AD bit, and let it through */
	if (!resolver || server_set(&dns->state, resolver))
		return true;
	dns_close(dns);
	return false;
}

/* The servers of IPv6 have no family in the first list. */
static bool
is_loopback(const struct __res_state *state, int i)
{
	const struct sockaddr_in *v4 = &state->nsaddr_list[i];
	const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];

	if (v4->sin_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return v6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

bool
dns_is_trusted(const struct dns *dns)
{
	for (int i = 0; i < dns->state.nscount; i++)
		if (!dns->path_is_vouched_for && !is_loopback(&dns->state, i))
			return false;
	return dns->state.nscount > 0;
}

void
dns_close(struct dns *dns)
{
	int saved = errno;

	res_nclose(&dns->state);
	errno = saved;
}

enum dns_status
dns_ask(struct dns *dns, const char *name, enum dns_type type, struct dns_answer *answer)
{
	unsigned char query[QUERY_MAX];
	int len = res_nmkquery(&dns->state, ns_o_query, name, ns_c_in, (int)type, NULL, 0, NULL,
	                       query, sizeof query);

	if (len < 0)
		return DNS_NXDOMAIN; /* no name of this form can be in the DNS */
	len = res_nsend(&dns->state, query, len, answer->bytes, sizeof answer->bytes);
	if (len < 0)
		return DNS_TEMPFAIL;
	return dns_answer_read(answer, (size_t)len, name, type);
}

static bool
same_name(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	a_len -= a_len && a[a_len - 1] == '.';
	b_len -= b_len && b[b_len - 1] == '.';
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

/* The next record of this type and of the name we are at. */
static bool
next(struct dns_answer *answer, ns_type type, ns_rr *record)
{
	while (answer->at < ns_msg_count(answer->message, ns_s_an))
		if (ns_parserr(&answer->message, ns_s_an, answer->at++, record) < 0)
			answer->at = ns_msg_count(answer->message, ns_s_an);
		else if (ns_rr_type(*record) == type && ns_rr_class(*record) == ns_c_in
		         && same_name(ns_rr_name(*record), answer->name))
			return true;
	return false;
}

static bool
expand(const struct dns_answer *answer, const unsigned char *from, char name[DNS_NAME_MAX])
{
	return dn_expand(ns_msg_base(answer->message), ns_msg_end(answer->message), from, name,
	                 DNS_NAME_MAX)
	       >= 0;
}

/* Goes along the CNAMEs, which may stand in any order; false: too many, a loop or a broken one. */
static bool
follow(struct dns_answer *answer)
{
	ns_rr record;

	for (int i = 0; i < DNS_CNAMES_MAX; i++) {
		answer->at = 0;
		if (!next(answer, ns_t_cname, &record)) {
			answer->at = 0;
			return true;
		}
		if (!expand(answer, ns_rr_rdata(record), answer->name))
			return false;
	}
	return false;
}

enum dns_status
dns_answer_read(struct dns_answer *answer, size_t len, const char *name, enum dns_type type)
{
	ns_rr record;

	answer->at = 0;
	answer->type = type;
	answer->is_authentic = false;
	if (strlen(name) >= sizeof answer->name || len > sizeof answer->bytes
	    || ns_initparse(answer->bytes, (int)len, &answer->message) < 0
	    || !ns_msg_getflag(answer->message, ns_f_qr)
	    || ns_msg_getflag(answer->message, ns_f_tc))
		return DNS_TEMPFAIL;
	strcpy(answer->name, name);
	answer->is_authentic = ns_msg_getflag(answer->message, ns_f_ad);
	switch (ns_msg_getflag(answer->message, ns_f_rcode)) {
	case ns_r_noerror: break;
	case ns_r_nxdomain: return DNS_NXDOMAIN;
	default: return DNS_TEMPFAIL;
	}
	if (!follow(answer))
		return DNS_TEMPFAIL;
	if (!next(answer, (ns_type)type, &record))
		return DNS_NODATA;
	answer->at = 0;
	return answer->is_authentic ? DNS_SECURE : DNS_INSECURE;
}

bool
dns_next_mx(struct dns_answer *answer, unsigned int *preference, char host[DNS_NAME_MAX])
{
	ns_rr record;

	while (next(answer, ns_t_mx, &record))
		if (ns_rr_rdlen(record) > NS_INT16SZ
		    && expand(answer, ns_rr_rdata(record) + NS_INT16SZ, host)) {
			*preference = ns_get16(ns_rr_rdata(record));
			return true;
		}
	return false;
}

bool
dns_next_ptr(struct dns_answer *answer, char host[DNS_NAME_MAX])
{
	ns_rr record;

	while (next(answer, ns_t_ptr, &record))
		if (expand(answer, ns_rr_rdata(record), host))
			return true;
	return false;
}

bool
dns_next_tlsa(struct dns_answer *answer, struct tlsa *record, bool *is_whole)
{
	ns_rr found;

	if (!next(answer, (ns_type)DNS_TLSA, &found))
		return false;
	*is_whole = tlsa_from_dns(record, ns_rr_rdata(found), ns_rr_rdlen(found));
	return true;
}

bool
dns_next_address(struct dns_answer *answer, char address[INET6_ADDRSTRLEN])
{
	bool is_v6 = answer->type == DNS_AAAA;
	size_t size = is_v6 ? NS_IN6ADDRSZ : NS_INADDRSZ;
	ns_rr record;

	while (next(answer, (ns_type)answer->type, &record))
		if (ns_rr_rdlen(record) == size)
			return inet_ntop(is_v6 ? AF_INET6 : AF_INET, ns_rr_rdata(record), address,
			                 INET6_ADDRSTRLEN);
	return false;
}

bool
dns_next_txt(struct dns_answer *answer, char text[DNS_TXT_MAX + 1])
{
	size_t len = 0, size;
	ns_rr record;

	if (!next(answer, ns_t_txt, &record))
		return false;
	for (size_t at = 0; at < ns_rr_rdlen(record); at += 1 + size) {
		size = ns_rr_rdata(record)[at];
		if (size > ns_rr_rdlen(record) - at - 1 || size > DNS_TXT_MAX - len)
			break; /* the string is not all there, or there are too many */
		memcpy(text + len, ns_rr_rdata(record) + at + 1, size);
		len += size;
	}
	text[len] = 0;
	return true;
}
