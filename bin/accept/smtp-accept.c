/*
 * smtp-accept - an SMTP server for one connection: submission (with -a) or MX
 *
 *     smtp-accept [-h host] [-s bytes] [-r recipients] [-t seconds]
 *                 [-a "auth-check ..." [-m mechanisms]] [-p "recipient-check -p ..."] next ...
 *
 * road     tls-wrap > [smtp-accept] > auth-check; sender-check > header-fix > queue-add
 * fd 0, 1  the client
 * needs    PROTO, TCPREMOTEIP or REMOTE_ADDR, or a socket on fd 0 (environ(7));
 *          SSL_PROTOCOL where TLS is on already; SSLCTLFD, SSLREADFD, SSLWRITEFD to offer STARTTLS
 * starts   next for every message (stage(7)), -a for every login (login(7)), -p at the first
 *          recipient (policy(7)); each a command line or unix:PATH of a waiting parent
 * halves   before the first byte from the network it forks: the child speaks SMTP and holds nothing
 *          but the client and a channel; the parent starts programs and never reads the client
 * later    a program that cannot be started, dies, or is not understood
 * source   RFC 5321, 6409, 4954, 3207, 2920, 1870, 6152, 2034
 */
#include "base/die.h"
#include "base/id.h"
#include "base/words.h"
#include "mail/address.h"
#include "net/ask.h"
#include "net/peer.h"
#include "net/speaker.h"
#include "net/steward.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"smtp-accept [-h host] [-s bytes] [-r recipients] [-t seconds] [-a auth] [-m mechanisms] " \
	"[-p policy] next ..."
char const *PROG = "smtp-accept";

enum { SIZE_DEFAULT = 50 << 20, RECIPIENTS_DEFAULT = 1000, TIMEOUT_DEFAULT_S = 300 };

struct options {
	struct speaker_settings speaker;
	struct steward_settings steward;
};

static const char *const *
command_line(const char *setting)
{
	char *copy = strdup(setting);
	const char *const *argv;

	if (!copy)
		die_memory();
	if (!(argv = words_split(copy)))
		die_usage(USAGE);
	return argv;
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	unsigned int number;
	int c;

	while ((c = subgetopt_r(argc, argv, "h:s:r:t:a:m:p:", &got)) != -1)
		switch (c) {
		case 'h': opt->speaker.server = got.arg; break;
		case 's':
			if (!uint640_scan(got.arg, &opt->speaker.size_max))
				die_usage(USAGE);
			break;
		case 'r':
			if (!uint0_scan(got.arg, &opt->speaker.recipients_max))
				die_usage(USAGE);
			break;
		case 't':
			if (!uint0_scan(got.arg, &number) || number > 86400)
				die_usage(USAGE);
			opt->speaker.command_timeout_s = (int)number;
			break;
		case 'a': opt->steward.login = command_line(got.arg); break;
		case 'm': opt->speaker.mechanisms = got.arg; break;
		case 'p': opt->steward.policy = command_line(got.arg); break;
		default: die_usage(USAGE);
		}
	if (got.ind == argc)
		die_usage(USAGE);
	opt->steward.message = argv + got.ind;
}

/* A descriptor named by UCSPI-TLS; -1: not given. */
static int
environment_fd(const char *name)
{
	const char *value = getenv(name);
	unsigned int fd;

	return value && uint0_scan(value, &fd) && fd > 2 && fd < 65536 ? (int)fd : -1;
}

/* What TLS has been on since before us: tls-wrap, s6-tlsserver and others say so alike. */
static const char *
environment_tls(void)
{
	static char text[128];
	const char *protocol = getenv("SSL_PROTOCOL"), *cipher = getenv("SSL_CIPHER");

	if (protocol)
		snprintf(text, sizeof text, "%s %s", protocol, cipher ? cipher : "");
	return text;
}

static void
find_facts(struct options *opt)
{
	static char conn[ID_LEN + 1], host[DOMAIN_MAX + 1];
	const char *given = getenv("CONNECTION_ID");
	struct steward_settings *steward = &opt->steward;
	struct speaker_settings *speaker = &opt->speaker;

	if (given && id_valid(given))
		strcpy(conn, given);
	else
		id_make(conn);
	if (!speaker->server) {
		if (gethostname(host, sizeof host) < 0 || !memchr(host, 0, sizeof host))
			die_temporary("cannot find this host's name; give it with -h");
		speaker->server = host;
	}
	if (!domain_valid(speaker->server, strlen(speaker->server), false))
		die_later("-h ", speaker->server, ": not a host name");
	speaker->conn = steward->conn = conn;
	speaker->client = steward->client = peer_address(0);
	steward->server = speaker->server;
	steward->tls = environment_tls();
	steward->tls_control = environment_fd("SSLCTLFD");
	steward->tls_read = environment_fd("SSLREADFD");
	steward->tls_write = environment_fd("SSLWRITEFD");
	speaker->tls = *steward->tls;
	speaker->starttls =
	    steward->tls_control >= 0 && steward->tls_read >= 0 && steward->tls_write >= 0;
	speaker->policy = steward->policy;
	if (steward->login && !speaker->mechanisms)
		speaker->mechanisms = "PLAIN LOGIN";
	if (!steward->login)
		speaker->mechanisms = NULL;
	steward->role = steward->login ? "submission" : "mx";
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .speaker = { .size_max = SIZE_DEFAULT,
		                            .recipients_max = RECIPIENTS_DEFAULT,
		                            .command_timeout_s = TIMEOUT_DEFAULT_S } };
	int channel[2];
	pid_t speaker;

	parse_options(&opt, argc, argv);
	find_facts(&opt);
	log_ids(opt.steward.conn, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (!ask_open(channel))
		die_temporary("cannot make a socket pair");
	log_event("connect", "client", opt.steward.client, "role", opt.steward.role, "tls",
	          *opt.steward.tls ? opt.steward.tls : NULL, NULL);
	speaker = fork();
	if (speaker < 0)
		die_temporary("cannot fork");
	if (speaker == 0) {
		/* Nothing but the client, the log and the channel is left to this half. */
		if (close_range(3, (unsigned int)channel[0] - 1, 0) < 0
		    || close_range((unsigned int)channel[0] + 1, ~0U, 0) < 0)
			die_temporary("cannot close what the speaker must not hold");
		speaker_run(&opt.speaker, channel[0]);
		_exit(0);
	}
	close(channel[0]);
	close(0);
	close(1);
	steward_run(&opt.steward, channel[1]);
	return 0;
}
