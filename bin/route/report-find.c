/*
 * report-find - where does a domain want reports about TLS (TLSRPT)?
 *
 *     report-find [-r address@port]
 *
 * road     tls-report > [report-find]; one process for one domain
 * fd 0     one line: a domain
 * fd 1     one line, one of
 *          to URI ...     mailto: and https: only, at most eight
 *          none           it wants no reports
 *          tempfail TEXT  the DNS does not say
 * opens    a socket to the resolver: -r, DNS_RESOLVER, or as /etc/resolv.conf says
 * keeps    nothing
 * source   RFC 8460 3
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "mail/tlsrpt.h"
#include "net/dns.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE "report-find [-r address@port]"
char const *PROG = "report-find";

static const struct rights rights = { .may = MAY_CONNECT, .reads = { "/etc/resolv.conf" } };

_Noreturn static void
answer(const char *line)
{
	if (!io_write(1, line, strlen(line)))
		die_temporary("cannot write the answer");
	_exit(0);
}

/* The domain on fd 0; answers itself where that is none. */
static const char *
question_read(stralloc *line)
{
	char *end;

	if (!io_slurp(0, DNS_NAME_MAX, line))
		die_temporary("cannot read the domain from standard input");
	if (!stralloc_0(line))
		die_memory();
	end = line->s + strcspn(line->s, "\n");
	*end = 0;
	if (line->s[0] == '[' || (size_t)(end - line->s) + sizeof "_smtp._tls." > DOMAIN_MAX
	    || !domain_valid(line->s, (size_t)(end - line->s), false))
		answer("none\n");
	return line->s;
}

int
main(int argc, const char *const *argv)
{
	char name[DNS_NAME_MAX], text[DNS_TXT_MAX + 1];
	const char *resolver = getenv("DNS_RESOLVER");
	stralloc line = STRALLOC_ZERO;
	subgetopt got = SUBGETOPT_ZERO;
	static struct dns_answer found;
	struct tlsrpt record = { 0 };
	static struct dns dns;
	int c;

	while ((c = subgetopt_r(argc, argv, "r:", &got)) != -1)
		if (c == 'r')
			resolver = got.arg;
		else
			die_usage(USAGE);
	if (got.ind != argc)
		die_usage(USAGE);
	sandbox_enter(&rights);
	snprintf(name, sizeof name, "_smtp._tls.%s", question_read(&line));
	if (!dns_open(&dns, resolver && *resolver ? resolver : NULL))
		die_temporary("cannot use the resolver");
	switch (dns_ask(&dns, name, DNS_TXT, &found)) {
	case DNS_NODATA:
	case DNS_NXDOMAIN: answer("none\n");
	case DNS_TEMPFAIL: answer("tempfail the look-up failed for now\n");
	case DNS_SECURE:
	case DNS_INSECURE: break;
	}
	while (dns_next_txt(&found, text))
		if (!tlsrpt_add(&record, text))
			die_memory();
	if (!tlsrpt_valid(&record) || !record.ruas.len)
		answer("none\n");
	record.ruas.s[record.ruas.len - 1] = '\n';
	for (size_t i = 0; i < record.ruas.len; i++)
		if (!record.ruas.s[i])
			record.ruas.s[i] = ' ';
	line.len = 0;
	if (!stralloc_cats(&line, "to ") || !stralloc_cat(&line, &record.ruas)
	    || !stralloc_0(&line))
		die_memory();
	answer(line.s);
}
