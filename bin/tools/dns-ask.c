/*
 * dns-ask - what does the resolver say?
 *
 *     dns-ask [-s] [-r address@port] type name
 *
 * road     for the operator, beside it
 * fd 1     the records, one a line; with -s first a line with one of secure, insecure, nodata,
 *          nxdomain; and "authentic" behind the latter two where the resolver vouches for them
 * opens    a UDP or TCP socket to the resolver: -r, DNS_RESOLVER, or as /etc/resolv.conf says
 * keeps    nothing
 * exits    0: there are records; 100: there are none; 111: the resolver does not know
 * source   RFC 1035 3.3; RFC 6698 2.2 (TLSA)
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "net/dns.h"

#include <skalibs/sgetopt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USAGE "dns-ask [-s] [-r address@port] a|aaaa|mx|ptr|tlsa|txt name"
char const *PROG = "dns-ask";

static const struct rights rights = { .may = MAY_CONNECT, .reads = { "/etc/resolv.conf" } };

struct options {
	const char *resolver, *name;
	const struct type *type;
	bool with_status;
};

static bool
print_address(struct dns_answer *answer)
{
	char address[INET6_ADDRSTRLEN];

	return dns_next_address(answer, address) && puts(address) >= 0;
}

static bool
print_mx(struct dns_answer *answer)
{
	char host[DNS_NAME_MAX];
	unsigned int preference;

	return dns_next_mx(answer, &preference, host) && printf("%u %s\n", preference, host) > 0;
}

static bool
print_ptr(struct dns_answer *answer)
{
	char host[DNS_NAME_MAX];

	return dns_next_ptr(answer, host) && puts(host) >= 0;
}

/* Any byte may be in a text. */
static bool
print_txt(struct dns_answer *answer)
{
	char text[DNS_TXT_MAX + 1];

	if (!dns_next_txt(answer, text))
		return false;
	for (const char *at = text; *at; at++)
		if (*at >= ' ' && *at <= '~')
			putchar(*at);
		else
			printf("\\x%02x", (unsigned int)(unsigned char)*at);
	putchar('\n');
	return true;
}

static bool
print_tlsa(struct dns_answer *answer)
{
	static struct tlsa record;
	static char text[TLSA_TEXT_MAX];
	bool is_whole;

	if (!dns_next_tlsa(answer, &record, &is_whole))
		return false;
	tlsa_write(text, &record);
	puts(is_whole ? text : "broken");
	return true;
}

/* Each prints the next record; false: no more. */
static const struct type {
	const char *name;
	enum dns_type type;
	bool (*print)(struct dns_answer *answer);
} types[] = {
	{ "a", DNS_A, print_address }, { "aaaa", DNS_AAAA, print_address },
	{ "mx", DNS_MX, print_mx },    { "ptr", DNS_PTR, print_ptr },
	{ "txt", DNS_TXT, print_txt }, { "tlsa", DNS_TLSA, print_tlsa },
};

static const struct type *
type_find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcasecmp(types[i].name, name) == 0)
			return &types[i];
	die_usage(USAGE);
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "sr:", &got)) != -1)
		switch (c) {
		case 's': opt->with_status = true; break;
		case 'r': opt->resolver = got.arg; break;
		default: die_usage(USAGE);
		}
	if (argc - got.ind != 2)
		die_usage(USAGE);
	opt->type = type_find(argv[got.ind]);
	opt->name = argv[got.ind + 1];
}

static const char *
words(enum dns_status status, bool is_authentic)
{
	switch (status) {
	case DNS_SECURE: return "secure";
	case DNS_INSECURE: return "insecure";
	case DNS_NODATA: return is_authentic ? "nodata authentic" : "nodata";
	default: return is_authentic ? "nxdomain authentic" : "nxdomain";
	}
}

int
main(int argc, const char *const *argv)
{
	static struct dns_answer answer;
	struct options opt = { .resolver = getenv("DNS_RESOLVER") };
	enum dns_status status;
	struct dns dns;

	parse_options(&opt, argc, argv);
	sandbox_enter(&rights);
	if (!dns_open(&dns, opt.resolver))
		die_temporary("no resolver: ", opt.resolver ? opt.resolver : "/etc/resolv.conf");
	status = dns_ask(&dns, opt.name, opt.type->type, &answer);
	if (status == DNS_TEMPFAIL)
		die_later("the resolver cannot say: ", opt.type->name, " ", opt.name);
	if (opt.with_status)
		puts(words(status, answer.is_authentic));
	while (status <= DNS_INSECURE && opt.type->print(&answer))
		continue;
	if (fflush(stdout) != 0)
		die_temporary("cannot write the answer");
	return status <= DNS_INSECURE ? 0 : EXIT_PERMANENT;
}
