/*
 * mx-find - which hosts take the mail of a domain, in the order in which to try them?
 *
 *     mx-find [-r address@port] [-4 | -6] [-l our-name] ... [-n network] ... [-d port]
 *     mx-find [-r address@port] -c
 *
 * road     smtp-send > [mx-find]; one process for one look-up, then it is gone
 * fd 0     one line: a domain, an address literal such as [192.0.2.1], or [relay.example.org] for
 *          the addresses of a host without its MX records, wherever they are
 * fd 1     a line "domain A-LABELS", if the domain was not in ASCII; lines "preference host address",
 *          at most 64, with one more word where DNSSEC secures the domain's hosts, and this one's
 *          addresses:
 *          secure    they are secure
 *          dane      its certificate is one of those in its TLSA records (-d): the lines
 *                    "tlsa host base record" before. None of use: TLS, with any certificate. Also of an
 *                    alias that is secure itself, wherever it leads
 *          unknown   its TLSA records cannot be looked up for now: it is not to be used
 *          then "end STATUS text", where STATUS is
 *          ok        these are all
 *          tempfail  there may be others, or there are some at all: ask again later
 *          nullmx    the domain takes no mail (RFC 7505)
 *          nxdomain  there is no such domain
 *          nodata    the domain is there, but no host that takes its mail
 *          loop      the best of its hosts are we ourselves (-l, an address of this host)
 *          private   its hosts are in private networks that -n does not name
 *          With -c nothing: what the resolver is worth is told in the log
 * opens    a UDP or TCP socket to the resolver: -r, DNS_RESOLVER, or as /etc/resolv.conf says
 * keeps    nothing
 * exits    0: that is the answer; 100: with -c, the resolver is not good for all; 111: no answer
 * source   RFC 5321 5.1, 5.2, 4.1.3; RFC 5891 5 (IDNA); RFC 7505; RFC 7672 2.2 (DANE)
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "mail/idna.h"
#include "mail/utf8.h"
#include "net/dns.h"
#include "net/hop_answer.h"
#include "net/mx_list.h"
#include "net/next_hop.h"
#include "net/ourselves.h"
#include "net/resolver.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"mx-find [-r address@port] [-4 | -6] [-l our-name] ... [-n network] ... [-d port] | "      \
	"mx-find [-r ...] -c"
char const *PROG = "mx-find";

static const struct rights rights = { .may = MAY_CONNECT, .reads = { "/etc/resolv.conf" } };

enum {
	HOST_ADDRESSES_MAX = 16, /* of one host and one family */
	TLSA_MAX = 16,           /* records of one host */
	PORT_MAX = 65535,
	TOTAL_MS = 60000, /* for all hosts together; a slow name server must not hold up the rest */
};

struct options {
	const char *resolver, *resolver_name; /* the latter for people */
	bool no_v4, no_v6, check;
	unsigned int tlsa_port; /* 0: no TLSA records are wanted */
	struct ourselves ourselves;
};

struct addresses {
	char text[HOST_ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t count;
	bool is_secure;
	char name[DNS_NAME_MAX]; /* where the CNAMEs of the host lead */
};

struct search {
	struct options options;
	struct dns dns;
	struct dns_answer answer;
	struct mx_list mx;
	struct hop_answer out;
	bool is_trusted;                /* the resolver: its AD bit counts */
	bool is_secure;                 /* the names of the hosts */
	bool failed;                    /* a look-up failed for now: the list may lack something */
	bool looped;                    /* the list ends where we ourselves stand */
	bool is_named;                  /* the settings name this host: it may be anywhere */
	bool hid_private, hid_loopback; /* addresses that were left out */
};

static void
parse_options(struct options *options, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	bool good = true;
	int c;

	while ((c = subgetopt_r(argc, argv, "r:46l:n:d:c", &got)) != -1)
		switch (c) {
		case 'c': options->check = true; break;
		case 'd': good = good && uint0_scan(got.arg, &options->tlsa_port); break;
		case 'r': options->resolver = got.arg; break;
		case '4': options->no_v6 = true; break;
		case '6': options->no_v4 = true; break;
		case 'l':
			if (!ourselves_add(&options->ourselves, got.arg))
				die_usage("mx-find takes at most 16 names of our own (-l)");
			break;
		case 'n': good = good && networks_add(&options->ourselves.networks, got.arg); break;
		default: die_usage(USAGE);
		}
	if (!good || options->tlsa_port > PORT_MAX || got.ind != argc
	    || (options->no_v4 && options->no_v6))
		die_usage(USAGE);
}

_Noreturn static void
end(struct search *search, const char *status, const char *text)
{
	if (!hop_answer_end(&search->out, status, text))
		die_memory();
	if (!io_write(1, search->out.text.s, search->out.text.len))
		die_temporary("cannot write the answer");
	_exit(0);
}

/* What would be for good, if the resolver may be believed. */
_Noreturn static void
end_for_good(struct search *search, const char *status, const char *text)
{
	if (resolver_knows_root(&search->dns))
		end(search, status, text);
	log_warn("the resolver does not know the root of the DNS: what it says of domains that are "
	         "not there, or take no mail, is not believed");
	end(search, "tempfail", "the resolver does not know the root of the DNS");
}

/* The domain's name servers, or our resolver: only the latter is the operator's to mend. */
_Noreturn static void
end_for_now(struct search *search)
{
	if (!resolver_knows_root(&search->dns))
		log_warn("the resolver ", search->options.resolver_name,
		         " does not answer, or does not know the root of the DNS: mail waits");
	end(search, "tempfail", "the MX look-up failed for now");
}

/* What stands on fd 0, without its line end. */
static void
question_read(stralloc *line)
{
	char *line_end;

	if (!io_slurp(0, DNS_NAME_MAX, line))
		die_temporary("cannot read the domain from standard input");
	line_end = memchr(line->s, '\n', line->len);
	if (line_end)
		line->len = (size_t)(line_end - line->s);
	if (!stralloc_0(line))
		die_memory();
}

/* The text between "[" and "]" without "IPv6:", cut in place; NULL: there are no brackets. */
static char *
bracketed(char *text)
{
	static const char ipv6[] = "IPv6:";
	size_t len = strlen(text);

	if (len < 2 || text[0] != '[' || text[len - 1] != ']')
		return NULL;
	text[len - 1] = 0;
	text++;
	return strncasecmp(text, ipv6, sizeof ipv6 - 1) == 0 ? text + sizeof ipv6 - 1 : text;
}

static bool
is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/*
 * May mail go there, as the DNS says? To our neighbours only if the settings say so: what comes from us may
 * be let in there without a question.
 */
static bool
address_may_be_used(struct search *search, const char *name, const char *address)
{
	if (ourselves_are(&search->options.ourselves, address))
		search->looped = true;
	if (search->is_named)
		return true;
	switch (ourselves_place(&search->options.ourselves, address)) {
	case PLACE_OURS: search->looped = true; return true;
	case PLACE_OPEN: return true;
	case PLACE_LOOPBACK: search->hid_loopback = true; return false;
	case PLACE_PRIVATE: break;
	}
	if (!search->hid_private)
		log_warn(name, " leads to ", address,
		         ", which is in a private network: mail goes there only if -n (the setting "
		         "networks) names it");
	search->hid_private = true;
	return false;
}

static enum dns_status
addresses_find(struct search *search, const char *name, enum dns_type type,
               struct addresses *addresses)
{
	enum dns_status status = dns_ask(&search->dns, name, type, &search->answer);

	if (status == DNS_TEMPFAIL)
		search->failed = true;
	if (status != DNS_SECURE && status != DNS_INSECURE)
		return status;
	addresses->is_secure = status == DNS_SECURE;
	strcpy(addresses->name, search->answer.name);
	while (addresses->count < HOST_ADDRESSES_MAX
	       && dns_next_address(&search->answer, addresses->text[addresses->count]))
		addresses->count +=
		    address_may_be_used(search, name, addresses->text[addresses->count]);
	return status;
}

/* trust: the last word of the line; NULL: none */
static void
line_add(struct search *search, unsigned int preference, const char *host, const char *address,
         const char *trust)
{
	if (!hop_answer_host(&search->out, preference, host, address, trust))
		die_memory();
}

/*
 * The TLSA records under one name, a line for each that is of use: what follows from them, as the
 * word of an address line; NULL: there are none.
 */
static const char *
tlsa_add(struct search *search, const char *host, const char *base)
{
	static struct tlsa record;
	static char text[TLSA_TEXT_MAX];
	char name[DNS_NAME_MAX];
	size_t records = 0;
	bool is_whole;

	/* No name so long can be in the DNS: then neither are records. */
	if (snprintf(name, sizeof name, "_%u._tcp.%s", search->options.tlsa_port, base)
	    >= (int)sizeof name)
		return NULL;
	switch (dns_ask(&search->dns, name, DNS_TLSA, &search->answer)) {
	case DNS_SECURE: break;
	case DNS_TEMPFAIL: return "unknown"; /* RFC 7672 2.1.2: somebody may be hiding them */
	default: return NULL;
	}
	while (records < TLSA_MAX && dns_next_tlsa(&search->answer, &record, &is_whole))
		if (is_whole && tlsa_is_usable(&record)) {
			tlsa_write(text, &record);
			if (!hop_answer_tlsa(&search->out, host, base, text))
				die_memory();
			records++;
		}
	return "dane";
}

/*
 * Of an alias whose target nothing secures: the alias itself may be signed, and have records (RFC 7672
 * 2.2.2). So a domain vouches for the certificate of a provider whose zone is not signed.
 */
static const char *
alias_trust_find(struct search *search, const char *host)
{
	if (dns_ask(&search->dns, host, DNS_CNAME, &search->answer) == DNS_TEMPFAIL)
		return "unknown";
	return search->answer.is_authentic ? tlsa_add(search, host, host) : NULL;
}

/* What DNSSEC says of a host; NULL: nothing. RFC 7672 2.2.3: where its CNAMEs lead goes first. */
static const char *
trust_find(struct search *search, const char *host, const struct addresses *v4,
           const struct addresses *v6)
{
	const char *canonical = v4->count ? v4->name : v6->name, *trust = NULL;
	bool is_alias = !domain_equal(canonical, strlen(canonical), host, strlen(host));

	if (!search->is_secure || (!v4->count && !v6->count))
		return NULL;
	if ((v4->count && !v4->is_secure) || (v6->count && !v6->is_secure))
		return is_alias && search->options.tlsa_port ? alias_trust_find(search, host)
		                                             : NULL;
	if (!search->options.tlsa_port)
		return "secure";
	if (is_alias && mx_name_is_plain(canonical))
		trust = tlsa_add(search, host, canonical);
	if (!trust)
		trust = tlsa_add(search, host, host);
	return trust ? trust : "secure";
}

/*
 * A line for each address of one host. The families take turns, so that a family which cannot be
 * reached costs one attempt before the other gets its chance.
 */
static enum dns_status
host_add(struct search *search, unsigned int preference, const char *name)
{
	struct addresses v4 = { .count = 0 }, v6 = { .count = 0 };
	enum dns_status status = DNS_NODATA;
	const struct hop_mark before = hop_answer_mark(&search->out);
	const char *trust;

	if (!search->options.no_v6)
		status = addresses_find(search, name, DNS_AAAA, &v6);
	/* Even after DNS_NXDOMAIN: some servers say it of AAAA alone (RFC 4074 4.2). */
	if (!search->options.no_v4)
		status = addresses_find(search, name, DNS_A, &v4);
	if (search->looped)
		return status;
	trust = trust_find(search, name, &v4, &v6);
	for (size_t i = 0; i < v6.count || i < v4.count; i++) {
		if (i < v6.count)
			line_add(search, preference, name, v6.text[i], trust);
		if (i < v4.count)
			line_add(search, preference, name, v4.text[i], trust);
	}
	if (hop_answer_is_over(&search->out)) {
		hop_answer_cut(&search->out, &before);
		search->failed = true;
	}
	return status;
}

/* There were addresses, and none that may be used. */
static void
end_if_hidden(struct search *search)
{
	if (search->hid_private)
		end(search, "private", "the domain's mail servers are in a private network");
	if (search->hid_loopback)
		end(search, "loop", "the domain names the host itself that sends to it (loopback)");
}

/* A host by its name alone: the implicit MX, or a relay that the settings name. */
_Noreturn static void
answer_host(struct search *search, const char *name)
{
	enum dns_status status = host_add(search, 0, name);

	if (search->looped)
		end(search, "loop", "the domain's address is our own");
	if (search->failed)
		end(search, "tempfail", "an address look-up failed for now");
	if (search->out.hosts)
		end(search, "ok", name);
	end_if_hidden(search);
	if (status == DNS_NXDOMAIN)
		end_for_good(search, "nxdomain", "there is no such domain");
	end_for_good(search, "nodata", "the domain has neither MX nor address records");
}

static void
hosts_add(struct search *search)
{
	int64_t deadline_ms = clock_ms() + TOTAL_MS;
	bool name_looped = search->looped;
	struct hop_mark before = hop_answer_mark(&search->out); /* the first of this preference */

	search->looped = false;
	for (size_t i = 0; i < search->mx.count && search->out.hosts < NEXT_HOPS_MAX; i++) {
		const struct mx_host *host = &search->mx.hosts[i];

		if (i && host->preference != host[-1].preference)
			before = hop_answer_mark(&search->out);
		if (clock_ms() > deadline_ms) {
			search->failed = true;
			break;
		}
		host_add(search, host->preference, host->name);
		/* As mx_list_cut, for an address of ours, which is only seen now. */
		if (search->looped) {
			hop_answer_cut(&search->out, &before);
			return;
		}
	}
	search->looped = name_looped;
}

_Noreturn static void
answer_literal(struct search *search, const char *address)
{
	if (!address_may_be_used(search, address, address))
		end_if_hidden(search);
	if (search->looped)
		end(search, "loop", "the address is our own");
	line_add(search, 0, address, address, NULL);
	end(search, "ok", "an address literal");
}

_Noreturn static void
answer_domain(struct search *search, const char *domain)
{
	enum dns_status status = dns_ask(&search->dns, domain, DNS_MX, &search->answer);

	search->is_secure = search->is_trusted && search->answer.is_authentic;
	switch (status) {
	case DNS_NXDOMAIN: end_for_good(search, "nxdomain", "there is no such domain");
	case DNS_TEMPFAIL: end_for_now(search);
	case DNS_NODATA:
		if (ourselves_are(&search->options.ourselves, domain))
			end(search, "loop", "the domain is this host, and has no other MX");
		answer_host(search, domain);
	case DNS_SECURE:
	case DNS_INSECURE: break;
	}
	if (!mx_list_read(&search->mx, &search->answer))
		end(search, "nullmx", "the domain takes no mail");
	search->looped = mx_list_cut(&search->mx, &search->options.ourselves);
	hosts_add(search);
	if (search->failed)
		end(search, "tempfail", "the look-up of an MX host failed for now");
	if (search->out.hosts)
		end(search, "ok", domain);
	if (search->looped)
		end(search, "loop", "the best MX of the domain is this host");
	end_if_hidden(search);
	end_for_good(search, "nodata", "no MX of the domain has an address");
}

_Noreturn static void
resolver_check(struct search *search)
{
	const char *fault = resolver_fault(&search->dns);

	if (fault) {
		log_warn(fault);
		_exit(EXIT_PERMANENT);
	}
	log_event("resolver", "text", "it validates DNSSEC: DANE is used", NULL);
	_exit(0);
}

/* In ASCII, in its place. The answer says so: whoever asked needs that name, too. */
static void
domain_to_ascii(struct search *search, stralloc *line)
{
	char ascii[DOMAIN_MAX + 1];

	if (!idna_to_ascii(ascii, line->s))
		end(search, "nxdomain", "this is not a domain name");
	if (!stralloc_copys(line, ascii) || !stralloc_0(line)
	    || !hop_answer_domain(&search->out, ascii))
		die_memory();
}

int
main(int argc, const char *const *argv)
{
	static struct search search;
	stralloc line = STRALLOC_ZERO;
	char *name;

	search.options.resolver = getenv("DNS_RESOLVER");
	parse_options(&search.options, argc, argv);
	if (search.options.resolver && !*search.options.resolver)
		search.options.resolver = NULL;
	search.options.resolver_name =
	    search.options.resolver ? search.options.resolver : "of /etc/resolv.conf";
	sandbox_enter(&rights);
	if (!dns_open(&search.dns, search.options.resolver))
		die_temporary("cannot use the resolver ", search.options.resolver_name);
	search.is_trusted = dns_is_trusted(&search.dns);
	if (search.options.check)
		resolver_check(&search);
	question_read(&line);
	name = bracketed(line.s);
	if (name && is_address(name))
		answer_literal(&search, name);
	if (!name && !utf8_is_ascii(line.s))
		domain_to_ascii(&search, &line);
	if (!mx_name_is_plain(name ? name : line.s))
		end(&search, "nxdomain", "this is not a domain name");
	search.is_secure = search.is_trusted; /* a host that the settings name */
	search.is_named = name;
	if (name)
		answer_host(&search, name);
	answer_domain(&search, line.s);
}
