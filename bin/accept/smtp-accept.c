/*
 * smtp-accept - an SMTP server: submission (with -a) or MX; for one connection, or with -S for all
 *
 *     smtp-accept [-h host] [-s bytes] [-r recipients] [-t seconds] [-B] [-n classes]
 *                 [-a "auth-check ..." [-m mechanisms] [-H seconds] [-P priority] [-q domain]]
 *                 [-p "recipient-check -p ..." [-c]]
 *                 [-S address ... [-T unix:PATH [-i]] [-j total] [-J per-client] [-R fd]] next ...
 *
 * road     tls-wrap > [smtp-accept] > auth-check; sender-check > header-fix > queue-add
 * fd 0, 1  the client
 * needs    PROTO, TCPREMOTEIP or REMOTE_ADDR, or a socket on fd 0 (environ(7));
 *          SSL_PROTOCOL where TLS is on already; SSLCTLFD, SSLREADFD, SSLWRITEFD to offer STARTTLS
 * starts   next for every message (stage(7)), -a for every login (login(7)), -p at the first
 *          recipient (policy(7)); each a command line or unix:PATH of a waiting parent
 * with -S  one parent owns the listening sockets and is the steward of all its speakers; TLS is done by
 *          the tls-wrap that waits at -T (-i: before the greeting)
 * halves   before the first byte from the network it forks: the child speaks SMTP and holds nothing
 *          but the client and a channel; the parent starts programs and never reads the client
 * signals  TERM: no new sessions and transactions; it ends with the last open one. HUP, with -S: it ends at
 *          once, for a successor with new settings, and leaves a process behind for who is here
 * later    a program that cannot be started, dies, or is not understood
 * source   RFC 5321, 6409, 4954, 3207, 2920, 1870, 6152, 2034, 3461, 6531, 8689, 4865, 9422, 3030,
 *          2852, 6710, 3865
 */
#include "base/die.h"
#include "base/id.h"
#include "base/job.h"
#include "base/kernel.h"
#include "base/sandbox.h"
#include "base/words.h"
#include "mail/address.h"
#include "mail/solicit.h"
#include "mail/timing.h"
#include "net/acceptor.h"
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

/* clang-format off */
#define USAGE \
	"smtp-accept [-h host] [-s bytes] [-r recipients] [-t seconds] [-B] [-n classes] " \
	"[-a auth [-m mechanisms] [-H seconds] [-P priority] [-q domain]] [-p policy [-c]] " \
	"[-S address ... [-T unix:PATH [-i]] [-j total] [-J per-client] [-R fd]] next ..."
/* clang-format on */
char const *PROG = "smtp-accept";

static const struct rights speaker_rights = { .memory_mib = 64 };
/* Of the steward, where all that it starts waits for jobs; else it runs commands. */
static const struct rights steward_rights = { .may = MAY_NEXT | MAY_ACCEPT };
static const struct rights starter_rights = { .may = MAY_RUN };

enum {
	SIZE_DEFAULT = 50 << 20,
	RECIPIENTS_DEFAULT = 1000,
	TIMEOUT_DEFAULT_S = 300,
	HOLD_DEFAULT_S = 30 * 86400,
	HOLD_LIMIT_S = 999999999, /* RFC 4865 3 */
	UNWELCOME_MAX = 200,      /* bytes of classes: what a line of EHLO's reply has room for */
	TOTAL_DEFAULT = 400,
	PER_CLIENT_DEFAULT = 100,
};

struct options {
	struct speaker_settings speaker;
	struct steward_settings steward;
	struct acceptor acceptor; /* no address: one connection, on fds 0 and 1 */
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
	struct acceptor *acceptor = &opt->acceptor;
	unsigned int number;
	bool good;
	int c;

	while ((c = subgetopt_r(argc, argv, "h:s:r:t:Ba:m:H:P:q:n:p:cS:T:ij:J:R:", &got)) != -1) {
		good = true;
		switch (c) {
		case 'h': opt->speaker.server = got.arg; break;
		/* Not 0: in the SIZE that we announce that is "any" (RFC 1870 4). */
		case 's':
			good =
			    uint640_scan(got.arg, &opt->speaker.size_max) && opt->speaker.size_max;
			break;
		case 'r': good = uint0_scan(got.arg, &opt->speaker.recipients_max); break;
		case 't':
			good = uint0_scan(got.arg, &number) && number <= 86400;
			opt->speaker.command_timeout_s = (int)number;
			break;
		case 'B': opt->speaker.binary = true; break;
		case 'a': opt->steward.login = command_line(got.arg); break;
		case 'm': opt->speaker.mechanisms = got.arg; break;
		case 'H':
			good = uint0_scan(got.arg, &number) && number <= HOLD_LIMIT_S;
			opt->speaker.hold_max_s = number;
			break;
		case 'P':
			good = uint0_scan(got.arg, &number) && number <= TIMING_PRIORITY_MAX;
			opt->speaker.priority_max = (int)number;
			break;
		case 'q':
			good = domain_valid(got.arg, strlen(got.arg), false);
			opt->speaker.qualify = got.arg;
			break;
		case 'n':
			good = strlen(got.arg) <= UNWELCOME_MAX
			       && (!*got.arg || solicit_valid(got.arg, strlen(got.arg)));
			opt->speaker.unwelcome = got.arg;
			break;
		case 'c': opt->speaker.policy_first = true; break;
		case 'p': opt->steward.policy = command_line(got.arg); break;
		case 'S':
			good = acceptor->count < ACCEPTOR_ADDRESSES_MAX;
			if (good)
				acceptor->addresses[acceptor->count++] = got.arg;
			break;
		case 'T':
			good = job_is_address(got.arg);
			opt->steward.tls = got.arg;
			break;
		case 'i': acceptor->implicit_tls = true; break;
		case 'j': good = uint0_scan(got.arg, &acceptor->total); break;
		case 'J': good = uint0_scan(got.arg, &acceptor->per_client); break;
		case 'R': good = uint0_scan(got.arg, &acceptor->ready); break;
		default: good = false;
		}
		if (!good)
			die_usage(USAGE);
	}
	if (acceptor->implicit_tls && !opt->steward.tls)
		die_usage(USAGE);
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

/* What is the same for all connections. */
static void
find_settings(struct options *opt)
{
	static char host[DOMAIN_MAX + 1];
	struct speaker_settings *speaker = &opt->speaker;

	if (!speaker->server) {
		if (gethostname(host, sizeof host) < 0 || !memchr(host, 0, sizeof host))
			die_temporary("cannot find this host's name; give it with -h");
		speaker->server = host;
	}
	if (!domain_valid(speaker->server, strlen(speaker->server), false))
		die_later("-h ", speaker->server, ": not a host name");
	opt->steward.server = speaker->server;
	opt->steward.role = opt->steward.login ? "submission" : "mx";
	speaker->policy = opt->steward.policy;
	if (!opt->steward.login)
		speaker->mechanisms = NULL;
	else if (!speaker->mechanisms)
		speaker->mechanisms = "PLAIN LOGIN";
}

/* The one connection we were started for: what it is stands in the environment. */
static void
find_connection(struct options *opt, struct steward *steward)
{
	const char *given = getenv("CONNECTION_ID"), *protocol = getenv("SSL_PROTOCOL");
	const char *cipher = getenv("SSL_CIPHER");

	steward_start(steward, &opt->steward);
	if (given && id_valid(given))
		strcpy(steward->conn, given);
	else
		id_make(steward->conn);
	snprintf(steward->client, sizeof steward->client, "%s", peer_address(0));
	/* TLS was on before us: tls-wrap, s6-tlsserver and others say so alike. */
	if (protocol)
		snprintf(steward->tls, sizeof steward->tls, "%s %s", protocol,
		         cipher ? cipher : "");
	if (protocol)
		steward_certificate(steward, getenv("SSL_PEER_CERT_HASH"));
	steward->tls_control = environment_fd("SSLCTLFD");
	steward->tls_clear[0] = environment_fd("SSLREADFD");
	steward->tls_clear[1] = environment_fd("SSLWRITEFD");
	opt->speaker.starttls =
	    steward->tls_control >= 0 && steward->tls_clear[0] >= 0 && steward->tls_clear[1] >= 0;
	log_ids(steward->conn, NULL);
	log_event("connect", "client", steward->client, "role", opt->steward.role, "tls",
	          *steward->tls ? steward->tls : NULL, NULL);
}

static bool
waits(const char *const *program)
{
	return !program || job_is_address(program[0]);
}

static const struct rights *
rights_of_steward(const struct steward_settings *settings)
{
	return waits(settings->login) && waits(settings->policy) && waits(settings->message)
	           ? &steward_rights
	           : &starter_rights;
}

static void
speak(struct options *opt, const struct caller *caller)
{
	log_ids(caller->conn, NULL);
	opt->speaker.conn = caller->conn;
	opt->speaker.client = caller->client;
	opt->speaker.tls = caller->tls;
	opt->speaker.certificate = caller->certificate;
	speaker_run(&opt->speaker, caller->channel);
}

static int channel_to_speaker;

static void
stop(int signal_number)
{
	(void)signal_number;
	ask_close(channel_to_speaker);
}

/* Without -S: fork the speaker, and be its steward. */
static void
serve_one(struct options *opt)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	struct steward steward;
	static struct caller caller; /* what the speaker looks at to its end */
	int channel[2];
	pid_t speaker;

	find_connection(opt, &steward);
	if (!ask_open(channel))
		die_temporary("cannot make a socket pair");
	channel_to_speaker = channel[1];
	sigaction(SIGTERM, &action, NULL);
	caller = (struct caller){ .tls = *steward.tls,
		                  .certificate = *steward.certificate,
		                  .channel = channel[0] };
	speaker = fork();
	if (speaker < 0)
		die_temporary("cannot fork");
	if (speaker == 0) {
		/* Nothing but the client, the log and the channel is left to this half. */
		if (!kernel_close(3, (unsigned int)channel[0] - 1)
		    || !kernel_close((unsigned int)channel[0] + 1, ~0U))
			die_temporary("cannot close what the speaker must not hold");
		signal(SIGTERM, SIG_IGN); /* it hears of our end from us */
		strcpy(caller.conn, steward.conn);
		strcpy(caller.client, steward.client);
		sandbox_enter(&speaker_rights);
		speak(opt, &caller);
		return;
	}
	close(channel[0]);
	close(0);
	close(1);
	steward.channel = channel[1];
	sandbox_enter(&starter_rights);
	steward_run(&steward);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .speaker = { .size_max = SIZE_DEFAULT,
		                            .recipients_max = RECIPIENTS_DEFAULT,
		                            .hold_max_s = HOLD_DEFAULT_S,
		                            .command_timeout_s = TIMEOUT_DEFAULT_S },
		               .acceptor = { .total = TOTAL_DEFAULT,
		                             .per_client = PER_CLIENT_DEFAULT } };
	struct caller caller;

	parse_options(&opt, argc, argv);
	find_settings(&opt);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* children are known by their descriptors */
	if (!opt.acceptor.count) {
		serve_one(&opt);
		return 0;
	}
	opt.acceptor.rights = rights_of_steward(&opt.steward);
	opt.acceptor.speaker_rights = &speaker_rights;
	opt.speaker.starttls = opt.steward.tls && !opt.acceptor.implicit_tls;
	if (acceptor_run(&opt.acceptor, &opt.steward, &caller))
		speak(&opt, &caller);
	return 0;
}
