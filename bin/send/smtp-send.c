/*
 * smtp-send - hand a message to the mail servers of its recipients, or to one relay
 *
 *     smtp-send [-h host | -F host] [-p port] [-s] [-4 | -6] [-T level] [-P tls-policy] [-q command]
 *               [-r results] [-a passwords [-o]] [-e name] [-b address] [-w seconds]
 *               [-n network] ... [-m command] [-t command]
 *
 * road     queue-run > [smtp-send] > the world; mx-find and tls-connect stand beside it
 * fd 0     message, wire form: read to its seal before a byte is sent
 * fd 3     envelope: sender, recipients and their parameters, J (our name)
 * fd 4     verdict: ours, each outcome as soon as it's known, in the server's own words
 * fd 5     further messages for the same destination, while its connection lasts (stage(7))
 * opens    TCP connections; the table tls-policy, the passwords (-a); a nameless file for a message
 *          from a pipe; who counts results of TLS (-r), a unix socket
 * starts   mx-find (-m) for each domain, tls-connect (-t) for each session with TLS: what parses
 *          DNS and what parses TLS are other processes
 * refuses  what a server refuses; 5.6.0, 5.6.3, 5.6.7, 5.3.4 what it could not take; 5.1.10, 5.1.2,
 *          5.4.4, 5.4.6 what mx-find says
 * later    all else: connections that fail, servers that break off, our own faults
 * source   RFC 5321, 1870, 2034, 2920, 3030, 3207, 3461, 4954, 6152, 6531, 7504, 7505,
 *          7672 (DANE), 8461 5 (MTA-STS)
 */
#include "base/die.h"
#include "base/job.h"
#include "base/more.h"
#include "base/sandbox.h"
#include "base/words.h"
#include "mail/idna.h"
#include "mail/network.h"
#include "net/hop_session.h"
#include "net/next_hop.h"
#include "net/outgoing.h"
#include "net/question.h"
#include "net/relay.h"
#include "net/tls_verify.h"
#include "store/credentials.h"
#include "store/table.h"
#include "store/tls_policies.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#define USAGE                                                                                      \
	"smtp-send [-S address] [-j jobs] [-R fd] [-h host | -F host] [-p port] [-s] "             \
	"[-4 | -6] [-T none|may|encrypt|verify|dane] [-P tls-policy] [-q command] [-r results] "   \
	"[-a passwords [-o]] [-e name] [-b address] [-w seconds] [-n network] ... "                \
	"[-m command] [-t command]"
char const *PROG = "smtp-send";

#define TLS_POLICIES "tls-policy" /* the table, where -P names no other */

/* With the rights of mx-find and tls-connect, which inherit ours. */
static struct rights rights = {
	.may = MAY_CONNECT,
	.runs = { "mx-find", "tls-connect" },
	.reads = { "/etc/resolv.conf", "tls-policy", "compiled", TLS_VERIFY_READS },
	.writes = { "/tmp" },
};

enum {
	PORT_SMTP = 25,
	PORT_SUBMISSIONS = 465, /* RFC 8314 7.3 */
	PORT_MAX = 65535,
	POLICY_S = 90,     /* for an answer to -q: tls-policy(5) */
	ATTEMPTS_MAX = 10, /* addresses tried for one domain in one run; RFC 5321 5.1 asks for 2 */
	FINDER_WORDS = 7 + 2 * NETWORKS_MAX,
	MESSAGES_MAX = 100, /* on one connection: what a server did to us goes no further */
};

struct options {
	struct serve serve;
	const char *host;     /* without brackets, or "unix:PATH"; NULL: by MX */
	const char *fallback; /* the same, where no MX can be reached; NULL: none */
	unsigned int port;
	bool implicit_tls;
	bool has_level; /* -T: it holds for all, and nobody is asked */
	enum tls_level level;
	const char *policies; /* NULL: TLS_POLICIES, if it is there */
	const char *const *policy_ask;
	const char *results;
	const char *family; /* "-4" or "-6" of mx-find; NULL: both */
	const char *passwords;
	bool is_token; /* what stands there is an access token */
	const char *name;
	const char *source;
	unsigned int wait_max_s;
	struct networks networks;   /* "-n" of mx-find */
	const char *const *mx_find; /* NULL: the default, which needs our name */
	const char *const *tls_connect;
};

struct job {
	struct options opt;
	struct relay relay;
	struct hop_session session;
	char domain[NEXT_HOP_NAME_MAX]; /* the session's; where -h is given, it serves all */
	const char *via;                /* the relay of -h or -F under way; NULL: by MX */
	struct next_hops hops;
	char destination[NEXT_HOP_NAME_MAX]; /* whose policy counts: domain or relay, for the DNS */
	struct table policies;
	char answer[TLS_POLICY_MAX_BYTES + 1]; /* to -q */
	struct tls_policy policy;
	bool has_policy;
	struct credentials relay_login; /* NULL: no -a */
	/* what to say of those whom no host has decided on */
	struct trouble why;
	char why_host[sizeof((struct hop_session){ 0 }.host)];
	char why_tls[sizeof((struct tls_child){ 0 }.protocol)];
};

/* "[192.0.2.1]" and "[IPv6:2001:db8::1]" without what stands around the address. */
static const char *
host_unbracket(const char *text)
{
	size_t len = strlen(text);
	char *host;

	if (len < 2 || text[0] != '[' || text[len - 1] != ']')
		return text;
	host = strndup(text + 1, len - 2);
	if (!host)
		die_memory();
	return strncasecmp(host, "IPv6:", 5) == 0 ? host + 5 : host;
}

static void
level_read(struct options *opt, const char *text)
{
	opt->has_level =
	    tls_level_read(text, strlen(text), &opt->level) && opt->level != TLS_LEVEL_FINGERPRINT;
	if (!opt->has_level)
		die_usage(USAGE);
}

static const char *const *
command_read(const char *text)
{
	char *copy = strdup(text);
	const char *const *words;

	if (!copy)
		die_memory();
	words = words_split(copy);
	if (!words)
		die_usage(USAGE);
	return words;
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	bool good = true;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "h:F:p:s46T:P:q:r:a:oe:b:w:n:m:t:", &got))
	       != -1)
		switch (c) {
		case 'h': opt->host = host_unbracket(got.arg); break;
		case 'F': opt->fallback = host_unbracket(got.arg); break;
		case 'p': good = good && uint0_scan(got.arg, &opt->port) && opt->port; break;
		case 's': opt->implicit_tls = true; break;
		case '4': opt->family = "-4"; break;
		case '6': opt->family = "-6"; break;
		case 'T': level_read(opt, got.arg); break;
		case 'P': opt->policies = got.arg; break;
		case 'q': opt->policy_ask = command_read(got.arg); break;
		case 'r': opt->results = got.arg; break;
		case 'a': opt->passwords = got.arg; break;
		case 'o': opt->is_token = true; break;
		case 'e': opt->name = got.arg; break;
		case 'b': opt->source = got.arg; break;
		case 'w': good = good && uint0_scan(got.arg, &opt->wait_max_s); break;
		case 'n': good = good && networks_add(&opt->networks, got.arg); break;
		case 'm': opt->mx_find = command_read(got.arg); break;
		case 't': opt->tls_connect = command_read(got.arg); break;
		default: good = good && serve_option(&opt->serve, c, got.arg);
		}
	if (!good || got.ind != argc || opt->port > PORT_MAX || (opt->host && !*opt->host))
		die_usage(USAGE);
	if (opt->fallback && (opt->host || !*opt->fallback))
		die_usage(USAGE);
	if (opt->passwords && !opt->host)
		die_usage("-a gives a password for one relay: name it with -h");
	if (opt->implicit_tls && opt->has_level && opt->level == TLS_LEVEL_NONE)
		die_usage("-s is TLS from the first byte: it does not go with -T none");
	if (!opt->port)
		opt->port = opt->implicit_tls ? PORT_SUBMISSIONS : PORT_SMTP;
}

/* The line "host: login password" of the table. */
static void
password_read(struct job *job)
{
	const char *path = job->opt.passwords, *host = job->opt.host;

	if (!path)
		return;
	switch (credentials_find(&job->relay_login, path, host)) {
	case CREDENTIALS_FOUND: return;
	case CREDENTIALS_UNREADABLE: die_temporary("cannot read the passwords in ", path);
	case CREDENTIALS_OPEN:
		die_later(path, " holds passwords and others may use it: chmod 600 it");
	case CREDENTIALS_MISSING:
		die_later("no password for ", host, " in ", path,
		          ": add a line \"host: login password\"");
	case CREDENTIALS_BROKEN:
		die_later("the password for ", host, " in ", path,
		          " is not one line \"host: login password\"");
	}
}

/* One host's trouble. What may pass outweighs what is for good; of like ones the last counts. */
static void
trouble_keep(struct job *job, const struct trouble *why, const char *host, const char *tls)
{
	if (job->why.fate == FATE_LATER && why->fate == FATE_NEVER)
		return;
	job->why = *why;
	strcpy(job->why_host, host);
	strcpy(job->why_tls, tls);
}

static bool
is_socket(const char *via)
{
	return via && job_is_address(via);
}

/* "mx-find -l name -d port -n network", or what -m says. */
static const char *const *
finder(const struct job *job, const char *own[FINDER_WORDS], const char port[UINT_FMT])
{
	size_t words = 0;

	own[words++] = "mx-find";
	own[words++] = "-l";
	own[words++] = job->relay.name;
	own[words++] = "-d";
	own[words++] = port;
	if (job->opt.family)
		own[words++] = job->opt.family;
	for (size_t i = 0; i < job->opt.networks.count; i++) {
		own[words++] = "-n";
		own[words++] = job->opt.networks.list[i];
	}
	own[words] = NULL;
	return job->opt.mx_find ? job->opt.mx_find : own;
}

/* Whose policy counts, as the table has it. */
static void
destination_note(struct job *job, const char *name)
{
	snprintf(job->destination, sizeof job->destination, "%s", name);
	for (char *c = job->destination; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
}

/* The hosts to try for the chosen recipients, in order. */
static void
hops_find(struct job *job)
{
	char question[NEXT_HOP_NAME_MAX + 3], port[UINT_FMT + 1];
	const char *own[FINDER_WORDS];
	const char *const *command = finder(job, own, port);

	port[uint_fmt(port, job->opt.port)] = 0;
	if (!job->via) {
		snprintf(question, sizeof question, "%s", job->relay.domain);
		next_hops_find(&job->hops, command, question);
		destination_note(job, job->hops.domain ? job->hops.domain : job->relay.domain);
		return;
	}
	destination_note(job, is_socket(job->via) ? "localhost" : job->via);
	if (is_socket(job->via) ? next_hops_literal(&job->hops, "127.0.0.1")
	                        : next_hops_literal(&job->hops, job->via))
		return;
	snprintf(question, sizeof question, "[%s]", job->via); /* its addresses, not its MX */
	next_hops_find(&job->hops, command, question);
	if (job->hops.trouble.fate == FATE_NEVER) {
		log_warn("the relay ", job->via, " is not in the DNS");
		trouble_set(&job->hops.trouble, 451, "4.3.5", "our relay cannot be found");
	}
}

/* Without a line there is no answer; an empty one says that there is no policy. */
static bool
policy_ask(struct job *job)
{
	const char *line_end;

	question_ask(job->opt.policy_ask, job->destination, job->answer, sizeof job->answer,
	             POLICY_S);
	line_end = strchr(job->answer, '\n');
	if (!line_end)
		return false;
	job->answer[line_end - job->answer] = 0;
	if (!*job->answer)
		return true;
	job->has_policy = tls_policy_parse(&job->policy, job->answer, strlen(job->answer))
	                  && job->policy.until_s >= time(NULL);
	return job->has_policy;
}

/* The table's entry. false: it cannot be read. */
static bool
policy_look_up(struct job *job)
{
	bool is_over;

	switch (tls_policies_find(&job->policies, job->destination, !job->via, time(NULL),
	                          &job->policy, &is_over)) {
	case TLS_POLICIES_FOUND: job->has_policy = true; break;
	case TLS_POLICIES_NOTHING: break;
	case TLS_POLICIES_BROKEN:
		log_warn("the entry for ", job->destination, " in ",
		         job->opt.policies ? job->opt.policies : TLS_POLICIES,
		         " cannot be read: its mail waits. See tls-policy(5)");
		return false;
	}
	if (is_over)
		log_warn("an entry for ", job->destination, " in ",
		         job->opt.policies ? job->opt.policies : TLS_POLICIES,
		         " is over: take it out");
	return true;
}

/* How the way there has to be protected; false: nobody can say, so nothing is sent. */
static bool
policy_find(struct job *job)
{
	static const char verify[] = "verify";

	job->has_policy = job->opt.has_level;
	job->policy = (struct tls_policy){ .level = job->opt.level };
	if (job->has_policy)
		return true;
	if (is_socket(job->via)) { /* nobody is on that way */
		job->has_policy = true;
		job->policy.level = TLS_LEVEL_NONE;
		return true;
	}
	if (!table_is_empty(&job->policies) && !policy_look_up(job))
		return false;
	/* A password goes to a server that has proved its name, unless the settings say else. */
	if (!job->has_policy && job->opt.passwords)
		job->has_policy = tls_policy_parse(&job->policy, verify, sizeof verify - 1);
	return job->has_policy || !job->opt.policy_ask || job->via || policy_ask(job);
}

static void
policies_open(struct job *job)
{
	const char *path = job->opt.policies ? job->opt.policies : TLS_POLICIES;

	if (!job->opt.has_level && !table_open(&job->policies, path)
	    && (job->opt.policies || errno != ENOENT))
		die_temporary("cannot read the table ", path);
}

/* What is open from before, if it will do. Where it breaks, nothing was decided by that. */
static bool
send_on(struct job *job)
{
	if (!smtp_client_takes_more(&job->session.client)
	    || (!job->opt.host && strcasecmp(job->domain, job->relay.domain) != 0)
	    || (job->session.tls.waived && !relay_waives_tls(&job->relay)))
		return false;
	return smtp_client_send(&job->session.client, &job->relay.mail)
	       || relay_is_done(&job->relay);
}

/* By the hosts of the domain, or of a relay; those who are left over have a reason in why. */
static void
deliver_via(struct job *job, const char *via)
{
	job->via = via;
	job->session.unix_socket = is_socket(via) ? via : NULL;
	hops_find(job);
	if (!job->hops.complete)
		trouble_keep(job, &job->hops.trouble, "-", "-");
	if (job->hops.count && !policy_find(job)) {
		trouble_set(&job->hops.trouble, 451, "4.7.5",
		            "how mail to this domain has to be protected cannot be found out");
		trouble_keep(job, &job->hops.trouble, "-", "-");
		job->hops.count = 0;
	}
	for (size_t i = 0; i < job->hops.count && i < ATTEMPTS_MAX; i++) {
		if (hop_session_try(&job->session, &job->hops.list[i],
		                    job->has_policy ? &job->policy : NULL))
			return;
		trouble_keep(job, &job->session.why, job->session.host, job->session.why_tls);
	}
}

/* All chosen recipients get an outcome. */
static void
deliver(struct job *job)
{
	job->why.fate = FATE_NONE;
	if (send_on(job))
		return;
	snprintf(job->domain, sizeof job->domain, "%s", job->relay.domain);
	deliver_via(job, job->opt.host);
	if (job->opt.fallback && job->why.fate == FATE_LATER && !relay_is_done(&job->relay))
		deliver_via(job, job->opt.fallback);
	relay_decide(&job->relay, &job->why, job->why_host, job->why_tls);
}

/* What is the same for all hosts. */
static void
session_prepare(struct job *job)
{
	const struct options *opt = &job->opt;

	job->session = (struct hop_session){ .relay = &job->relay,
		                             .hops = &job->hops,
		                             .port = opt->port,
		                             .source = opt->source,
		                             .implicit_tls = opt->implicit_tls,
		                             .login = { job->relay_login.login,
		                                        job->relay_login.password, opt->is_token },
		                             .results = opt->results,
		                             .wait_max_s = opt->wait_max_s,
		                             .tls = { .command = opt->tls_connect,
		                                      .domain = job->destination,
		                                      .line = job->answer,
		                                      .hops = &job->hops,
		                                      .wait_max_s = opt->wait_max_s },
		                             .client = { .wire = { .fd = -1 } } };
}

int
main(int argc, const char *const *argv)
{
	static struct job job = { .relay = { .to_ascii = idna_to_ascii } };
	unsigned int messages = 0;
	bool asks;
	int code;

	parse_options(&job.opt, argc, argv);
	if (job.opt.mx_find || job.opt.tls_connect
	    || (job.opt.policy_ask && !job_is_address(job.opt.policy_ask[0])))
		rights.may |= MAY_RUN; /* a stranger's */
	rights.writes[0] = outgoing_folder();
	rights_read(&rights, job.opt.passwords);
	rights_read(&rights, job.opt.policies);
	job.opt.serve.rights = &rights;
	if (!job.opt.tls_connect)
		job.opt.tls_connect = command_read("tls-connect");
	relay_take(&job.relay, &job.opt.serve, job.opt.name);
	password_read(&job);
	policies_open(&job);
	session_prepare(&job);
	do {
		while (relay_choose(&job.relay, !job.opt.host))
			deliver(&job);
		asks = ++messages < MESSAGES_MAX && smtp_client_takes_more(&job.session.client)
		       && more_is_offered();
		code = relay_end(&job.relay, asks);
	} while (asks && relay_again(&job.relay, job.opt.name, job.session.client.wire.fd));
	smtp_client_quit(&job.session.client); /* a slow goodbye delays no report */
	return code;
}
