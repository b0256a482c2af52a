/*
 * report-post - hand a report about TLS to a web server
 *
 *     report-post [-r address@port] [-t seconds] [-n network] ...
 *
 * road     tls-report > [report-post] > the web server that a domain has named
 * fd 0     a line: an https: URL; behind it the report, compressed by gzip
 * opens    sockets to the resolver (-r, DNS_RESOLVER, or as /etc/resolv.conf says) and to the server, in
 *          no private network that -n does not name: the URL is a stranger's
 * keeps    nothing
 * exits    0 if the server took it, 111 else
 * source   RFC 8460 5.4; 3: any certificate will do, as it may be what the report is about
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "mail/http.h"
#include "net/dns.h"
#include "net/https.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define USAGE "report-post [-r address@port] [-t seconds] [-n network] ..."
char const *PROG = "report-post";

static const struct rights rights = { .may = MAY_CONNECT, .reads = { "/etc/resolv.conf" } };

enum { POST_S = 120, REPORT_MAX = 16 << 20, ANSWER_MAX = 64 << 10, PORT_HTTPS = 443 };

/* The header of the request, and the report behind it. */
static bool
request_make(stralloc *out, const struct http_url *url, const char *report, size_t len)
{
	char number[SIZE_FMT], port[UINT_FMT + 1] = ":";

	number[size_fmt(number, len)] = 0;
	port[1 + uint_fmt(port + 1, url->port)] = 0;
	return stralloc_cats(out, "POST ") && stralloc_cats(out, url->path[0] == '/' ? "" : "/")
	       && stralloc_cats(out, url->path) && stralloc_cats(out, " HTTP/1.1\r\nHost: ")
	       && stralloc_cats(out, url->host)
	       && stralloc_cats(out, url->port == PORT_HTTPS ? "" : port)
	       && stralloc_cats(out, "\r\nUser-Agent: smtpipe\r\n"
	                             "Content-Type: application/tlsrpt+gzip\r\n"
	                             "Accept-Encoding: identity\r\nConnection: close\r\n"
	                             "Content-Length: ")
	       && stralloc_cats(out, number) && stralloc_cats(out, "\r\n\r\n")
	       && stralloc_catb(out, report, len);
}

int
main(int argc, const char *const *argv)
{
	const char *resolver = getenv("DNS_RESOLVER");
	stralloc in = STRALLOC_ZERO, request = STRALLOC_ZERO;
	subgetopt got = SUBGETOPT_ZERO;
	unsigned int post_s = POST_S;
	struct networks networks = { .count = 0 };
	bool good = true;
	struct http_reply reply;
	char status[UINT_FMT];
	struct http_url url;
	struct https https;
	static struct dns dns;
	char *line_end;
	int c;

	while ((c = subgetopt_r(argc, argv, "r:t:n:", &got)) != -1)
		switch (c) {
		case 'r': resolver = got.arg; break;
		case 't': good = good && uint0_scan(got.arg, &post_s); break;
		case 'n': good = good && networks_add(&networks, got.arg); break;
		default: good = false;
		}
	if (!good || got.ind != argc)
		die_usage(USAGE);
	signal(SIGPIPE, SIG_IGN);
	tzset(); /* a file is read for it, once: libcrypto asks for it when we are confined */
	sandbox_enter(&rights);
	if (!io_slurp(0, REPORT_MAX, &in))
		die_temporary("cannot read the report from standard input");
	line_end = in.len ? memchr(in.s, '\n', in.len) : NULL;
	if (!line_end)
		die_later("no URL on standard input");
	*line_end++ = 0;
	if (!http_url(&url, in.s))
		die_later("this is no https: URL");
	if (!dns_open(&dns, resolver && *resolver ? resolver : NULL))
		die_temporary("cannot use the resolver");
	if (!request_make(&request, &url, line_end, (size_t)(in.s + in.len - line_end)))
		die_memory();
	https = (struct https){ .host = url.host,
		                .port = url.port,
		                .takes_any = true,
		                .networks = networks,
		                .deadline_ms = clock_ms() + (int64_t)post_s * 1000 };
	http_begin(&reply, ANSWER_MAX);
	if (!https_ask(&https, &dns, request.s, request.len, &reply))
		die_later(https.why);
	status[uint_fmt(status, (unsigned int)reply.status)] = 0;
	if (!http_is_good(&reply))
		die_later("the web server's status is ", status);
	stralloc_free(&in);
	stralloc_free(&request);
	stralloc_free(&reply.body);
	return 0;
}
