/*
 * lmtp-send - hand a message to an LMTP server, which answers for each recipient on its own
 *
 *     lmtp-send [-e name] [-w seconds] unix:PATH | address port
 *
 * road     queue-run > [lmtp-send] > Dovecot, Cyrus or another store
 * fd 0     message, wire form: read to its seal before a byte is sent
 * fd 3     envelope: sender, recipients and their parameters, J (our name)
 * fd 4     verdict: ours, each outcome as soon as it's known, in the server's own words
 * fd 5     further messages, while the connection lasts (stage(7))
 * opens    one connection; a nameless file for a message that comes through a pipe
 * refuses  what the server refuses
 * later    no connection, one that breaks off, our own faults
 * source   RFC 2033; RFC 5321, 1870, 2920, 3461, 6152, 6531 as for SMTP
 */
#include "base/die.h"
#include "base/job.h"
#include "base/more.h"
#include "base/sandbox.h"
#include "net/connect.h"
#include "net/outgoing.h"
#include "net/relay.h"
#include "net/smtp_client.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define USAGE                                                                                      \
	"lmtp-send [-S address] [-j jobs] [-R fd] [-e name] [-w seconds] unix:PATH | address port"
char const *PROG = "lmtp-send";

static struct rights rights = { .may = MAY_CONNECT, .writes = { "/tmp" } };

enum { PORT_SMTP = 25, PORT_MAX = 65535, CONNECT_S = 30, HOST_MAX = 256 };
enum { MESSAGES_MAX = 100 /* on one connection: what a server did to us goes no further */ };

struct options {
	struct serve serve;
	const char *name;
	unsigned int wait_max_s;
	const char *server; /* "unix:PATH" or an address */
	unsigned int port;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	bool good = true;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "e:w:", &got)) != -1)
		switch (c) {
		case 'e': opt->name = got.arg; break;
		case 'w': good = uint0_scan(got.arg, &opt->wait_max_s); break;
		default: good = serve_option(&opt->serve, c, got.arg);
		}
	if (!good || got.ind == argc)
		die_usage(USAGE);
	opt->server = argv[got.ind];
	if (job_is_address(opt->server)
	        ? got.ind + 1 != argc
	        : got.ind + 2 != argc || !uint0_scan(argv[got.ind + 1], &opt->port) || !opt->port
	              || opt->port > PORT_MAX)
		die_usage(USAGE);
	if (opt->port == PORT_SMTP)
		die_usage("port 25 is for SMTP, and LMTP must not be used there (RFC 2033 5)");
}

/* -1: errno */
static int
server_connect(const struct options *opt)
{
	if (job_is_address(opt->server))
		return connect_unix(strchr(opt->server, ':') + 1, CONNECT_S);
	return connect_tcp(opt->server, opt->port, NULL, CONNECT_S);
}

/* false: trouble is set, and some may be undecided. */
static bool
session(struct smtp_client *client, const struct options *opt, const char *name, const char *host)
{
	int fd = server_connect(opt);

	smtp_client_begin(client, fd, host, true, opt->wait_max_s);
	if (fd < 0) {
		char text[REPLY_TEXT_KEPT];

		snprintf(text, sizeof text, "cannot connect: %s", strerror(errno));
		trouble_set(&client->wire.trouble, 451, "4.4.1", text);
		return false;
	}
	return smtp_client_greeting(client) && smtp_client_hello(client, name);
}

/* All chosen recipients get an outcome: by the session that is open, or by a new one if it breaks. */
static void
deliver(struct smtp_client *client, const struct options *opt, struct relay *relay,
        const char *host)
{
	bool sent = smtp_client_takes_more(client) && smtp_client_send(client, &relay->mail);

	if (!sent && !smtp_client_takes_more(client)) {
		smtp_client_quit(client);
		sent = session(client, opt, relay->name, host)
		       && smtp_client_send(client, &relay->mail);
	}
	if (sent || relay_is_done(relay))
		return;
	log_event("host-failed", "host", host, "step", client->wire.refused, "code",
	          client->wire.trouble.enhanced, "text", client->wire.trouble.text, NULL);
	relay_decide(relay, &client->wire.trouble, host, "-");
}

int
main(int argc, const char *const *argv)
{
	static struct smtp_client client = { .wire = { .fd = -1 } };
	static struct relay relay;
	struct options opt = { .serve = { .rights = &rights } };
	char host[HOST_MAX];
	unsigned int messages = 0;
	bool asks;
	int code;

	parse_options(&opt, argc, argv);
	rights.writes[0] = outgoing_folder();
	relay_take(&relay, &opt.serve, opt.name);
	if (!opt.port)
		relay.mail.needs_tls = false; /* it does not leave this host: RFC 8689 4.4 */
	if (opt.port)
		snprintf(host, sizeof host, "%s[%s]:%u", opt.server, opt.server, opt.port);
	else
		snprintf(host, sizeof host, "%s", opt.server);
	do {
		while (relay_choose(&relay, false))
			deliver(&client, &opt, &relay, host);
		asks = ++messages < MESSAGES_MAX && smtp_client_takes_more(&client)
		       && more_is_offered();
		code = relay_end(&relay, asks);
	} while (asks && relay_again(&relay, opt.name, client.wire.fd));
	smtp_client_quit(&client);
	return code;
}
