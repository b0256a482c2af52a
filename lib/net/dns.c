#include "net/dns.h"

#include "base/io.h"
#include "net/dns_exchange.h"

#include <skalibs/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char path[] = "/etc/resolv.conf", here[] = "127.0.0.1";

enum { PORT = 53, PORT_MAX = 65535 };

static bool
read_settings(struct resolv_conf *conf)
{
	const char *options = getenv("RES_OPTIONS");
	stralloc text = STRALLOC_ZERO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && io_slurp(fd, RESOLV_CONF_MAX, &text);

	/* Without that file, or with one for others, it is the resolver of this host. */
	if (!done && (fd >= 0 || (errno != ENOENT && errno != EACCES))) {
		if (fd >= 0)
			io_close(fd);
		stralloc_free(&text);
		return false;
	}
	if (fd >= 0)
		close(fd);
	resolv_conf_read(conf, text.s, text.len);
	stralloc_free(&text);
	if (options)
		resolv_conf_options(conf, options, strlen(options));
	return conf->count || resolv_conf_add(conf, here, strlen(here), PORT);
}

/* That one alone, whose patience is ours to choose. */
static bool
take_only(struct resolv_conf *conf, const char *resolver)
{
	const char *at = strchr(resolver, '@');
	unsigned int port;

	conf->count = 0;
	conf->timeout_s = RESOLV_CONF_TIMEOUT_S;
	conf->attempts = RESOLV_CONF_ATTEMPTS;
	errno = EINVAL;
	return at && uint0_scan(at + 1, &port) && port <= PORT_MAX
	       && resolv_conf_add(conf, resolver, (size_t)(at - resolver), port);
}

bool
dns_open(struct dns *dns, const char *resolver)
{
	resolv_conf_init(&dns->conf);
	return read_settings(&dns->conf) && (!resolver || take_only(&dns->conf, resolver));
}

static bool
is_loopback(const union resolv_conf_server *server)
{
	if (server->any.sa_family == AF_INET)
		return ntohl(server->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&server->v6.sin6_addr);
}

bool
dns_is_trusted(const struct dns *dns)
{
	for (size_t i = 0; i < dns->conf.count; i++)
		if (!dns->conf.trusts_ad && !is_loopback(&dns->conf.servers[i]))
			return false;
	return true;
}

/* Its length; 0: no name of this form can be in the DNS. */
static size_t
make_query(unsigned char query[DNS_QUERY_MAX], const char *name, enum dns_type type)
{
	/* RD; AD: say what you think of it (RFC 6840 5.7). One question. */
	static const unsigned char header[DNS_HEADER] = { 0, 0, 0x01, 0x20, 0, 1 };
	int len = dn_comp(name, query + DNS_HEADER, NS_MAXCDNAME, NULL, NULL);

	if (len < 0)
		return 0;
	memcpy(query, header, DNS_HEADER);
	query += DNS_HEADER + len;
	query[0] = 0;
	query[1] = (unsigned char)type;
	query[2] = 0;
	query[3] = ns_c_in;
	return DNS_HEADER + (size_t)len + NS_QFIXEDSZ;
}

enum dns_status
dns_ask(struct dns *dns, const char *name, enum dns_type type, struct dns_answer *answer)
{
	unsigned char query[DNS_QUERY_MAX];
	size_t len = make_query(query, name, type);

	if (!len)
		return DNS_NXDOMAIN;
	len = dns_exchange(&dns->conf, query, len, answer->bytes, sizeof answer->bytes);
	if (!len)
		return DNS_TEMPFAIL;
	return dns_answer_read(answer, len, name, type);
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

/* Some C libraries write strange bytes of a name as they are, others by number: none of them are let through. */
static bool
expand(const struct dns_answer *answer, const unsigned char *from, char name[DNS_NAME_MAX])
{
	if (dn_expand(ns_msg_base(answer->message), ns_msg_end(answer->message), from, name,
	              DNS_NAME_MAX)
	    < 0)
		return false;
	while (*name > ' ' && *name <= '~')
		name++;
	return !*name;
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
	    || ns_initparse(answer->bytes, (int)len, &answer->message) < 0) {
		memset(&answer->message, 0, sizeof answer->message); /* it may be half done */
		return DNS_TEMPFAIL;
	}
	if (!ns_msg_getflag(answer->message, ns_f_qr) || ns_msg_getflag(answer->message, ns_f_tc))
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
