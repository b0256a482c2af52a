/*
 * sts-fetch - does a domain ask for TLS on the way to it (MTA-STS), and how?
 *
 *     sts-fetch [-r address@port] [-A ca] [-p port] [-t seconds] [-n network] ...
 *
 * road     smtp-send > sts-keep > [sts-fetch] > the domain's web server; one process for one domain
 * fd 0     one line: a domain, and behind a space the id of the policy that is known
 * fd 1     one line, one of
 *          policy ID MAX-AGE LINE   as in tls-policy(5); "-": the policy says that there is none
 *          same ID                  it is the one that is known, and nothing was fetched
 *          none TEXT                the domain has no policy
 *          failed ID RESULT TEXT    it has one, which cannot be had; RESULT is a word of RFC 8460 4.3
 *          tempfail TEXT            the DNS does not say
 * opens    sockets to the resolver (-r, DNS_RESOLVER, or as /etc/resolv.conf says) and to the web
 *          server, in no private network that -n does not name; CA certificates (-A)
 * keeps    nothing
 * source   RFC 8461 3
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/address.h"
#include "mail/http.h"
#include "mail/sts.h"
#include "net/dns.h"
#include "net/https.h"
#include "net/read_until.h"
#include "net/tls_verify.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"sts-fetch [-S address] [-j jobs] [-R fd] [-r address@port] [-A ca] [-p port] "            \
	"[-t seconds] [-n network] ..."
char const *PROG = "sts-fetch";

static struct rights rights = {
	.may = MAY_CONNECT,
	.reads = { "/etc/resolv.conf", TLS_VERIFY_READS },
};

enum {
	QUESTION_S = 60,
	QUESTION_MAX = DOMAIN_MAX + STS_ID_MAX + 2,
	LINE_MAX_BYTES = 16 << 10, /* a policy of more hosts is not used */
	FETCH_S = 60,              /* RFC 8461 3.3 */
	PORT_HTTPS = 443,
	PORT_MAX = 65535,
};

struct options {
	struct serve serve;
	const char *resolver, *ca;
	unsigned int port, fetch_s;
	struct networks networks;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	bool good = true;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "r:A:p:t:n:", &got)) != -1)
		switch (c) {
		case 'r': opt->resolver = got.arg; break;
		case 'A': opt->ca = got.arg; break;
		case 'p': good = good && uint0_scan(got.arg, &opt->port) && opt->port; break;
		case 't': good = good && uint0_scan(got.arg, &opt->fetch_s); break;
		case 'n': good = good && networks_add(&opt->networks, got.arg); break;
		default: good = good && serve_option(&opt->serve, c, got.arg);
		}
	if (!good || got.ind != argc || opt->port > PORT_MAX)
		die_usage(USAGE);
	if (opt->resolver && !*opt->resolver)
		opt->resolver = NULL;
}

_Noreturn static void
answer(const char *const *words)
{
	stralloc line = STRALLOC_ZERO;

	for (; *words; words++)
		if ((line.len && !stralloc_append(&line, ' ')) || !stralloc_cats(&line, *words))
			die_memory();
	if (!stralloc_append(&line, '\n'))
		die_memory();
	if (!io_write(1, line.s, line.len))
		die_temporary("cannot write the answer");
	_exit(0);
}
#define ANSWER(...) answer((const char *const[]){ __VA_ARGS__, NULL })

/* The domain on fd 0, in lower case, and the id behind it; known: "" where there is none. */
static const char *
question_read(char line[QUESTION_MAX + 1], const char **known)
{
	int64_t deadline_ms = clock_ms() + QUESTION_S * 1000;
	size_t len = 0;
	ssize_t n = 1;
	char *end;

	if (fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK) < 0)
		die_temporary("cannot read the question");
	for (; n > 0 && len < QUESTION_MAX && !memchr(line, '\n', len); len += (size_t)n) {
		n = read_until(0, line + len, QUESTION_MAX - len, deadline_ms);
		if (n < 0)
			die_temporary("cannot read the question");
	}
	line[len] = 0;
	end = line + strcspn(line, "\n");
	*end = 0;
	*known = end;
	if ((end = strchr(line, ' ')) != NULL) {
		*end = 0;
		*known = end + 1;
	}
	for (char *c = line; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return line;
}

/* Names and no address: what is asked for is below mta-sts.DOMAIN. */
static bool
domain_is_plain(const char *domain)
{
	size_t len = strlen(domain);

	return len && len + sizeof "_mta-sts." <= DOMAIN_MAX && domain[0] != '['
	       && domain_valid(domain, len, false);
}

/* The id of the policy that the DNS names; answers itself where there is none. */
static void
id_find(struct dns *dns, const char *domain, struct sts_record *record)
{
	static struct dns_answer found;
	char name[DNS_NAME_MAX], text[DNS_TXT_MAX + 1];

	snprintf(name, sizeof name, "_mta-sts.%s", domain);
	switch (dns_ask(dns, name, DNS_TXT, &found)) {
	case DNS_NODATA:
	case DNS_NXDOMAIN: ANSWER("none", "the domain has no policy");
	case DNS_TEMPFAIL: ANSWER("tempfail", "the look-up of", name, "failed for now");
	case DNS_SECURE:
	case DNS_INSECURE: break;
	}
	while (dns_next_txt(&found, text))
		sts_record_add(record, text);
	if (!sts_record_valid(record))
		ANSWER("none", record->count
		                   ? "the domain's record is not valid, or not the only one"
		                   : "the domain has no policy");
}

static void
policy_get(const struct options *opt, struct dns *dns, const char *domain, const char *id,
           struct http_reply *reply)
{
	char host[DOMAIN_MAX + 1], status[UINT_FMT];
	struct https https = { .host = host,
		               .port = opt->port,
		               .ca = opt->ca,
		               .networks = opt->networks,
		               .deadline_ms = clock_ms() + (int64_t)opt->fetch_s * 1000 };
	char request[1024];
	int len;

	snprintf(host, sizeof host, "mta-sts.%s", domain);
	len = snprintf(request, sizeof request,
	               "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: %s\r\n"
	               "User-Agent: smtpipe\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\n"
	               "Cache-Control: no-cache\r\nConnection: close\r\n\r\n",
	               host);
	if (!https_ask(&https, dns, request, (size_t)len, reply))
		ANSWER("failed", id,
		       https.untrusted ? "sts-webpki-invalid" : "sts-policy-fetch-error",
		       https.why);
	if (reply->status == 200)
		return;
	status[uint_fmt(status, (unsigned int)reply->status)] = 0;
	ANSWER("failed", id, "sts-policy-fetch-error", "the web server's status is", status);
}

/* The policy as a line of tls-policy(5). */
static void
line_make(const struct sts_policy *policy, const char *id, const char *age, stralloc *out)
{
	struct sts_line mx;
	size_t at = 0;

	if (policy->mode == STS_NONE) {
		if (!stralloc_cats(out, "-") || !stralloc_0(out))
			die_memory();
		return;
	}
	if (!stralloc_cats(out, "verify sts")
	    || (policy->mode == STS_TESTING && !stralloc_cats(out, " testing"))
	    || !stralloc_cats(out, " id=") || !stralloc_cats(out, id)
	    || !stralloc_cats(out, " max_age=") || !stralloc_cats(out, age))
		die_memory();
	while (sts_policy_next_mx(policy, &at, &mx))
		if (!stralloc_cats(out, " mx=") || !stralloc_catb(out, mx.text, mx.len))
			die_memory();
	if (!stralloc_0(out))
		die_memory();
	if (out->len > LINE_MAX_BYTES)
		ANSWER("failed", id, "sts-policy-invalid", "the policy names too many hosts");
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .talks = true, .rights = &rights },
		               .port = PORT_HTTPS,
		               .fetch_s = FETCH_S };
	char line[QUESTION_MAX + 1] = "", age[UINT_FMT];
	struct sts_record record = { .count = 0 };
	stralloc policy_line = STRALLOC_ZERO;
	const char *domain, *known, *why;
	struct http_reply reply;
	struct sts_policy policy;
	struct job_peer peer;
	static struct dns dns;

	opt.resolver = getenv("DNS_RESOLVER");
	parse_options(&opt, argc, argv);
	rights_read(&rights, opt.ca);
	tzset(); /* a file is read for it, once: libcrypto asks for it when we are confined */
	serve(&opt.serve, &peer);
	domain = question_read(line, &known);
	if (!domain_is_plain(domain))
		ANSWER("none", "this is not a domain name");
	if (!dns_open(&dns, opt.resolver))
		die_temporary("cannot use the resolver ",
		              opt.resolver ? opt.resolver : "of /etc/resolv.conf");
	id_find(&dns, domain, &record);
	if (strcmp(record.id, known) == 0)
		ANSWER("same", record.id);
	http_begin(&reply, STS_POLICY_MAX);
	policy_get(&opt, &dns, domain, record.id, &reply);
	why = reply.is_plain_text ? sts_policy_parse(&policy, reply.body.s, reply.body.len)
	                          : "the web server's file is not text/plain";
	if (why)
		ANSWER("failed", record.id, "sts-policy-invalid", why);
	age[uint_fmt(age, policy.max_age_s)] = 0;
	line_make(&policy, record.id, age, &policy_line);
	ANSWER("policy", record.id, age, policy_line.s);
}
