/*
 * mx-find - which hosts take the mail of a domain, in the order in which to try them?
 *
 *     mx-find [-r address@port] [-4 | -6] [-l our-name] ...
 *
 * road     smtp-send > [mx-find]; one process for one look-up, then it is gone
 * fd 0     one line: a domain, an address literal such as [192.0.2.1], or [relay.example.org] for
 *          the addresses of a host without its MX records
 * fd 1     lines "preference host address", at most 64; then "end STATUS text", where STATUS is
 *          ok        these are all
 *          tempfail  there may be others, or there are some at all: ask again later
 *          nullmx    the domain takes no mail (RFC 7505)
 *          nxdomain  there is no such domain
 *          nodata    the domain is there, but no host that takes its mail
 *          loop      the best of its hosts are we ourselves (-l)
 * opens    a UDP or TCP socket to the resolver: -r, DNS_RESOLVER, or as /etc/resolv.conf says
 * keeps    nothing
 * source   RFC 5321 5.1, 5.2, 4.1.3; RFC 7505
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "net/dns.h"

#include <skalibs/random.h>
#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define USAGE "mx-find [-r address@port] [-4 | -6] [-l our-name] ..."
char const *PROG = "mx-find";

static const struct rights rights = { .may = MAY_CONNECT, .reads = { "/etc/resolv.conf" } };

enum {
	RECORDS_MAX = 512, /* MX records that are looked at; the best HOSTS_MAX of them are used */
	HOSTS_MAX = 32,
	ADDRESSES_MAX = 64,
	HOST_ADDRESSES_MAX = 16, /* of one host and one family */
	OURSELVES_MAX = 16,
	TOTAL_MS = 60000, /* for all hosts together; a slow name server must not hold up the rest */
};

struct options {
	const char *resolver;
	bool no_v4, no_v6;
	const char *ourselves[OURSELVES_MAX]; /* names and addresses */
	size_t ourselves_count;
};

struct host {
	unsigned int preference;
	uint32_t chance; /* the order among equals */
	char name[DOMAIN_MAX + 1];
};

struct addresses {
	char text[HOST_ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t count;
};

struct search {
	struct options options;
	struct dns dns;
	struct dns_answer answer;
	struct host hosts[RECORDS_MAX];
	size_t host_count;
	stralloc out;
	size_t lines;
	bool failed; /* a look-up failed for now: the list may lack something */
	bool looped; /* the list ends where we ourselves stand */
};

static void
parse_options(struct options *options, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "r:46l:", &got)) != -1)
		switch (c) {
		case 'r': options->resolver = got.arg; break;
		case '4': options->no_v6 = true; break;
		case '6': options->no_v4 = true; break;
		case 'l':
			if (options->ourselves_count == OURSELVES_MAX)
				die_usage("mx-find takes at most 16 names of our own (-l)");
			options->ourselves[options->ourselves_count++] = got.arg;
			break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc || (options->no_v4 && options->no_v6))
		die_usage(USAGE);
}

_Noreturn static void
end(struct search *search, const char *status, const char *text)
{
	if (!stralloc_cats(&search->out, "end ") || !stralloc_cats(&search->out, status)
	    || !stralloc_append(&search->out, ' ') || !stralloc_cats(&search->out, text)
	    || !stralloc_append(&search->out, '\n'))
		die_memory();
	if (!io_write(1, search->out.s, search->out.len))
		die_temporary("cannot write the answer");
	_exit(0);
}

static void
line_add(struct search *search, unsigned int preference, const char *host, const char *address)
{
	char number[UINT_FMT];

	number[uint_fmt(number, preference)] = 0;
	if (!stralloc_cats(&search->out, number) || !stralloc_append(&search->out, ' ')
	    || !stralloc_cats(&search->out, host) || !stralloc_append(&search->out, ' ')
	    || !stralloc_cats(&search->out, address) || !stralloc_append(&search->out, '\n'))
		die_memory();
	search->lines++;
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

/* What comes from the DNS goes into lines and command lines: letters, digits, "-", "_" and dots. */
static bool
host_name_is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789-_.";
	size_t len = strlen(name);

	return len && len <= DOMAIN_MAX && name[0] != '-' && name[0] != '.'
	       && strspn(name, plain) == len && !is_address(name);
}

static bool
is_ourselves(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->ourselves_count; i++)
		if (domain_equal(options->ourselves[i], strlen(options->ourselves[i]), name,
		                 strlen(name)))
			return true;
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
	while (addresses->count < HOST_ADDRESSES_MAX
	       && dns_next_address(&search->answer, addresses->text[addresses->count]))
		if (is_ourselves(&search->options, addresses->text[addresses->count++]))
			search->looped = true;
	return status;
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

	if (!search->options.no_v6)
		status = addresses_find(search, name, DNS_AAAA, &v6);
	/* Even after DNS_NXDOMAIN: some servers say it of AAAA alone (RFC 4074 4.2). */
	if (!search->options.no_v4)
		status = addresses_find(search, name, DNS_A, &v4);
	if (search->looped)
		return status;
	for (size_t i = 0; i < v6.count || i < v4.count; i++) {
		if (i < v6.count && search->lines < ADDRESSES_MAX)
			line_add(search, preference, name, v6.text[i]);
		if (i < v4.count && search->lines < ADDRESSES_MAX)
			line_add(search, preference, name, v4.text[i]);
	}
	return status;
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
	if (search->lines)
		end(search, "ok", name);
	if (status == DNS_NXDOMAIN)
		end(search, "nxdomain", "there is no such domain");
	end(search, "nodata", "the domain has neither MX nor address records");
}

/* Returns false for a null MX. A root name beside other records is no host, and no null MX. */
static bool
records_read(struct search *search)
{
	size_t records = 0, roots = 0;
	char name[DNS_NAME_MAX];
	unsigned int preference;

	while (search->host_count < RECORDS_MAX
	       && dns_next_mx(&search->answer, &preference, name)) {
		struct host *host = &search->hosts[search->host_count];

		records++;
		roots += !*name || strcmp(name, ".") == 0;
		if (!host_name_is_plain(name))
			continue;
		host->preference = preference;
		random_buf((char *)&host->chance, sizeof host->chance);
		strcpy(host->name, name);
		search->host_count++;
	}
	return !(records == 1 && roots == 1);
}

static int
host_compare(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return (x->chance > y->chance) - (x->chance < y->chance);
}

/* Of an MX that is ourselves, it and all at its preference and above it go (RFC 5321 5.1). */
static void
hosts_cut_at_ourselves(struct search *search)
{
	for (size_t i = 0; i < search->host_count; i++)
		if (is_ourselves(&search->options, search->hosts[i].name)) {
			unsigned int own = search->hosts[i].preference;

			search->looped = true;
			while (search->host_count
			       && search->hosts[search->host_count - 1].preference >= own)
				search->host_count--;
			return;
		}
}

/* The same for an address of ours, which is only seen when the host is looked up. */
static void
lines_cut(struct search *search, size_t len_at_preference, size_t lines_at_preference)
{
	search->out.len = len_at_preference;
	search->lines = lines_at_preference;
}

static void
hosts_add(struct search *search)
{
	int64_t deadline_ms = clock_ms() + TOTAL_MS;
	bool name_looped = search->looped;
	size_t len = 0, lines = 0; /* before the first host of this preference */

	search->looped = false;
	for (size_t i = 0; i < search->host_count && search->lines < ADDRESSES_MAX; i++) {
		const struct host *host = &search->hosts[i];

		if (i && host->preference != host[-1].preference) {
			len = search->out.len;
			lines = search->lines;
		}
		if (clock_ms() > deadline_ms) {
			search->failed = true;
			break;
		}
		host_add(search, host->preference, host->name);
		if (search->looped) {
			lines_cut(search, len, lines);
			return;
		}
	}
	search->looped = name_looped;
}

_Noreturn static void
answer_domain(struct search *search, const char *domain)
{
	switch (dns_ask(&search->dns, domain, DNS_MX, &search->answer)) {
	case DNS_NXDOMAIN: end(search, "nxdomain", "there is no such domain");
	case DNS_TEMPFAIL: end(search, "tempfail", "the MX look-up failed for now");
	case DNS_NODATA:
		if (is_ourselves(&search->options, domain))
			end(search, "loop", "the domain is this host, and has no other MX");
		answer_host(search, domain);
	case DNS_SECURE:
	case DNS_INSECURE: break;
	}
	if (!records_read(search))
		end(search, "nullmx", "the domain takes no mail");
	qsort(search->hosts, search->host_count, sizeof *search->hosts, host_compare);
	if (search->host_count > HOSTS_MAX)
		search->host_count = HOSTS_MAX;
	hosts_cut_at_ourselves(search);
	hosts_add(search);
	if (search->failed)
		end(search, "tempfail", "the look-up of an MX host failed for now");
	if (search->lines)
		end(search, "ok", domain);
	if (search->looped)
		end(search, "loop", "the best MX of the domain is this host");
	end(search, "nodata", "no MX of the domain has an address");
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
	sandbox_enter(&rights);
	question_read(&line);
	name = bracketed(line.s);
	if (name && is_address(name)) {
		line_add(&search, 0, name, name);
		end(&search, "ok", "an address literal");
	}
	for (const char *c = line.s; *c; c++)
		if (*c & 0x80)
			end(&search, "tempfail", "names outside ASCII cannot be looked up yet");
	if (!host_name_is_plain(name ? name : line.s))
		end(&search, "nxdomain", "this is not a domain name");
	if (!dns_open(&search.dns, search.options.resolver))
		die_temporary("cannot use the resolver ", search.options.resolver
		                                              ? search.options.resolver
		                                              : "of /etc/resolv.conf");
	if (name)
		answer_host(&search, name);
	answer_domain(&search, line.s);
}
