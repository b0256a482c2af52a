/*
 * smtp-send - hand a message to the mail servers of its recipients, or to one relay
 *
 *     smtp-send [-h host] [-p port] [-s] [-T may|encrypt|verify|none] [-a passwords] [-e name]
 *               [-b address] [-w seconds] [-m command] [-t command]
 *
 * road     queue-run > [smtp-send] > the world; mx-find and tls-connect stand beside it
 * fd 0     message, wire form: read to its seal before a byte is sent
 * fd 3     envelope: sender, recipients and their parameters, J (our name)
 * fd 4     verdict: ours, each outcome as soon as it's known, in the server's own words
 * fd 5     further messages for the same destination, while its connection lasts (stage(7))
 * opens    TCP connections; the passwords (-a); a nameless file for a message from a pipe
 * starts   mx-find (-m) for each domain, tls-connect (-t) for each session with TLS: what parses
 *          DNS and what parses TLS are other processes
 * refuses  what a server refuses; 5.6.0, 5.6.3, 5.6.7, 5.3.4 what it could not take; 5.1.10, 5.1.2,
 *          5.4.4, 5.4.6 what mx-find says
 * later    all else: connections that fail, servers that break off, our own faults
 * source   RFC 5321, 1870, 2034, 2920, 3030, 3207, 3461, 4954, 6152, 6531, 7504, 7505
 */
#include "base/die.h"
#include "base/more.h"
#include "base/sandbox.h"
#include "base/words.h"
#include "net/connect.h"
#include "net/next_hop.h"
#include "net/outgoing.h"
#include "net/relay.h"
#include "net/smtp_client.h"
#include "net/tls_child.h"
#include "net/tls_verify.h"
#include "store/table.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define USAGE                                                                                      \
	"smtp-send [-S address] [-j jobs] [-R fd] [-h host] [-p port] [-s] "                       \
	"[-T may|encrypt|verify|none] [-a passwords] [-e name] [-b address] [-w seconds] "         \
	"[-m command] [-t command]"
char const *PROG = "smtp-send";

/* With the rights of mx-find and tls-connect, which inherit ours. */
static struct rights rights = {
	.may = MAY_CONNECT,
	.runs = { "mx-find", "tls-connect" },
	.reads = { "/etc/resolv.conf", TLS_VERIFY_READS },
	.writes = { "/tmp" },
};

enum {
	PORT_SMTP = 25,
	PORT_SUBMISSIONS = 465, /* RFC 8314 7.3 */
	PORT_MAX = 65535,
	CONNECT_S = 30,
	HOST_MAX = NEXT_HOP_NAME_MAX + INET6_ADDRSTRLEN + 2,
	ATTEMPTS_MAX = 10,  /* addresses tried for one domain in one run; RFC 5321 5.1 asks for 2 */
	MESSAGES_MAX = 100, /* on one connection: what a server did to us goes no further */
};

enum tls_policy {
	TLS_NONE,
	TLS_MAY,     /* where offered and where it works (RFC 7435) */
	TLS_ENCRYPT, /* always, whoever the server is */
	TLS_VERIFY,  /* always, and its certificate must hold its name */
	TLS_UNSET,
};
static const char *const policy_names[] = { "none", "may", "encrypt", "verify" };

struct options {
	struct serve serve;
	const char *host; /* without brackets; NULL: by MX */
	unsigned int port;
	bool implicit_tls;
	enum tls_policy policy;
	const char *passwords;
	const char *name;
	const char *source;
	unsigned int wait_max_s;
	const char *const *mx_find; /* NULL: the default, which needs our name */
	const char *const *tls_connect;
};

struct job {
	struct options opt;
	struct relay relay;
	struct smtp_client client;      /* client.fd -1: no session */
	char domain[NEXT_HOP_NAME_MAX]; /* the session's; where -h is given, it serves all */
	struct next_hops hops;
	struct tls_child tls;
	bool handshake_failed;
	char host[HOST_MAX];    /* as "mx.example.org[192.0.2.1]" */
	char *login, *password; /* NULL: no -a */
	/* what to say of those whom no host has decided on */
	struct trouble why;
	char why_host[HOST_MAX];
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

static enum tls_policy
policy_read(const char *text)
{
	for (size_t i = 0; i < sizeof policy_names / sizeof *policy_names; i++)
		if (strcmp(text, policy_names[i]) == 0)
			return (enum tls_policy)i;
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

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "h:p:sT:a:e:b:w:m:t:", &got)) != -1)
		switch (c) {
		case 'h': opt->host = host_unbracket(got.arg); break;
		case 'p': good = uint0_scan(got.arg, &opt->port) && opt->port; break;
		case 's': opt->implicit_tls = true; break;
		case 'T': opt->policy = policy_read(got.arg); break;
		case 'a': opt->passwords = got.arg; break;
		case 'e': opt->name = got.arg; break;
		case 'b': opt->source = got.arg; break;
		case 'w': good = uint0_scan(got.arg, &opt->wait_max_s); break;
		case 'm': opt->mx_find = command_read(got.arg); break;
		case 't': opt->tls_connect = command_read(got.arg); break;
		default: good = serve_option(&opt->serve, c, got.arg);
		}
	if (!good || got.ind != argc || opt->port > PORT_MAX || (opt->host && !*opt->host))
		die_usage(USAGE);
	if (opt->passwords && !opt->host)
		die_usage("-a gives a password for one relay: name it with -h");
	if (opt->implicit_tls && opt->policy == TLS_NONE)
		die_usage("-s is TLS from the first byte: it does not go with -T none");
	if (!opt->port)
		opt->port = opt->implicit_tls ? PORT_SUBMISSIONS : PORT_SMTP;
	/* A password goes to a server that has proved its name, unless the settings say else. */
	if (opt->policy == TLS_UNSET)
		opt->policy = opt->passwords ? TLS_VERIFY : TLS_MAY;
}

/* The line "host: login password" of the table. */
static void
password_read(struct job *job)
{
	const char *path = job->opt.passwords;
	struct table table;
	struct value value;
	struct stat status;
	char *host, *space;

	if (!path)
		return;
	if (stat(path, &status) < 0 || !table_open(&table, path))
		die_temporary("cannot read the passwords in ", path);
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		die_later(path, " holds passwords and others may use it: chmod 600 it");
	host = strdup(job->opt.host);
	if (!host)
		die_memory();
	for (char *c = host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	if (!table_find(&table, host, strlen(host), &value))
		die_later("no password for ", host, " in ", path,
		          ": add a line \"host: login password\"");
	free(host);
	job->login = strndup(value.text, value.len);
	table_close(&table);
	if (!job->login)
		die_memory();
	space = strchr(job->login, ' ');
	if (!space || strpbrk(job->login, "\r\n"))
		die_later("the password for ", job->opt.host, " in ", path,
		          " is not one line \"host: login password\"");
	*space = 0;
	job->password = space + 1 + strspn(space + 1, " ");
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
tls_start(struct job *job, const struct next_hop *hop)
{
	struct smtp_client *client = &job->client;
	unsigned int wait_s = TLS_HANDSHAKE_S;
	char name[NEXT_HOP_NAME_MAX + sizeof "[IPv6:]"];

	if (job->opt.wait_max_s && job->opt.wait_max_s < wait_s)
		wait_s = job->opt.wait_max_s;
	snprintf(name, sizeof name, strchr(hop->name, ':') ? "[IPv6:%s]" : "%s", hop->name);
	if (tls_child_start(&job->tls, job->opt.tls_connect, name, policy_names[job->opt.policy],
	                    client->fd, wait_s)) {
		smtp_client_secured(client, job->tls.fd, job->tls.protocol, job->tls.verified);
		log_event("tls", "host", job->host, "tls", job->tls.protocol, "cipher",
		          job->tls.cipher, NULL);
		return true;
	}
	job->handshake_failed = true;
	client->usable = false;
	trouble_set(&client->trouble, 454, "4.7.5", job->tls.error);
	return false;
}

/* STARTTLS where it's offered or wanted, and EHLO again: what was said before counts no more. */
static bool
upgrade(struct job *job, const struct next_hop *hop, enum tls_policy policy)
{
	struct smtp_client *client = &job->client;

	if (policy == TLS_NONE || job->opt.implicit_tls)
		return true;
	if (!(client->offers & OFFER_STARTTLS)) {
		trouble_set(&client->trouble, 454, "4.7.4",
		            "the server does not offer TLS, and our settings ask for it");
		return policy == TLS_MAY;
	}
	if (!smtp_client_starttls(client))
		return policy == TLS_MAY && client->usable;
	return tls_start(job, hop) && smtp_client_hello(client, job->relay.name);
}

static bool
authenticate(struct job *job)
{
	if (!job->login)
		return true;
	if (job->client.tls[0] == '-') {
		trouble_set(&job->client.trouble, 454, "4.7.0",
		            "without TLS our password is not sent");
		return false;
	}
	return smtp_client_auth(&job->client, job->login, job->password);
}

/* One session with one address. false: trouble is set, and some may be undecided. */
static bool
session(struct job *job, const struct next_hop *hop, enum tls_policy policy)
{
	struct smtp_client *client = &job->client;
	int fd;

	smtp_client_quit(client); /* the one before */
	smtp_client_begin(client, -1, job->host, false, job->opt.wait_max_s);
	fd = connect_tcp(hop->address, job->opt.port, job->opt.source, CONNECT_S);
	if (fd < 0) {
		char text[REPLY_TEXT_KEPT];

		snprintf(text, sizeof text, "cannot connect to port %u: %s", job->opt.port,
		         strerror(errno));
		trouble_set(&client->trouble, 451, "4.4.1", text);
		return false;
	}
	smtp_client_begin(client, fd, job->host, false, job->opt.wait_max_s);
	return (!job->opt.implicit_tls || tls_start(job, hop)) && smtp_client_greeting(client)
	       && smtp_client_hello(client, job->relay.name) && upgrade(job, hop, policy)
	       && authenticate(job) && smtp_client_send(client, &job->relay.mail);
}

/* With one address, until all are decided: a session may take only so many (RFC 9422). */
static bool
sessions(struct job *job, const struct next_hop *hop, enum tls_policy policy)
{
	const struct smtp_client *client = &job->client;

	while (!session(job, hop, policy))
		if (!client->usable || !client->mails || smtp_client_takes_more(client))
			return false;
	return true;
}

static void
try_hop(struct job *job, const struct next_hop *hop)
{
	struct smtp_client *client = &job->client;
	enum tls_policy policy = job->opt.policy;
	bool sent;

	snprintf(job->host, sizeof job->host, "%s[%s]", hop->name, hop->address);
	job->handshake_failed = false;
	sent = sessions(job, hop, policy);
	if (!sent && job->handshake_failed && policy == TLS_MAY && !job->opt.implicit_tls) {
		log_event("tls-failed", "host", job->host, "text", client->trouble.text, "then",
		          "again in the clear", NULL);
		sent = sessions(job, hop, TLS_NONE);
	}
	if (sent || relay_is_done(&job->relay))
		return;
	log_event("host-failed", "host", job->host, "tls", client->tls, "step", client->refused,
	          "code", client->trouble.enhanced, "text", client->trouble.text, NULL);
	trouble_keep(job, &client->trouble, job->host, client->tls);
}

/* The hosts to try for the chosen recipients, in order. */
static void
hops_find(struct job *job)
{
	const char *own[] = { "mx-find", "-l", job->relay.name, NULL };
	const char *const *command = job->opt.mx_find ? job->opt.mx_find : own;
	char question[NEXT_HOP_NAME_MAX + 3];

	if (!job->opt.host) {
		snprintf(question, sizeof question, "%s", job->relay.domain);
		next_hops_find(&job->hops, command, question);
		return;
	}
	if (next_hops_literal(&job->hops, job->opt.host))
		return;
	snprintf(question, sizeof question, "[%s]", job->opt.host); /* its addresses, not its MX */
	next_hops_find(&job->hops, command, question);
	if (job->hops.trouble.fate == FATE_NEVER) {
		log_warn("the relay of -h, ", job->opt.host, ", is not in the DNS");
		trouble_set(&job->hops.trouble, 451, "4.3.5", "our relay cannot be found");
	}
}

/* What is open from before, if it will do. Where it breaks, nothing was decided by that. */
static bool
send_on(struct job *job)
{
	if (!smtp_client_takes_more(&job->client)
	    || (!job->opt.host && strcasecmp(job->domain, job->relay.domain) != 0))
		return false;
	return smtp_client_send(&job->client, &job->relay.mail) || relay_is_done(&job->relay);
}

/* All chosen recipients get an outcome. */
static void
deliver(struct job *job)
{
	job->why.fate = FATE_NONE;
	if (send_on(job))
		return;
	snprintf(job->domain, sizeof job->domain, "%s", job->relay.domain);
	hops_find(job);
	if (!job->hops.complete)
		trouble_keep(job, &job->hops.trouble, "-", "-");
	for (size_t i = 0; i < job->hops.count && i < ATTEMPTS_MAX; i++) {
		try_hop(job, &job->hops.list[i]);
		if (relay_is_done(&job->relay))
			return;
	}
	relay_decide(&job->relay, &job->why, job->why_host, job->why_tls);
}

int
main(int argc, const char *const *argv)
{
	static struct job job = { .opt = { .policy = TLS_UNSET }, .client = { .fd = -1 } };
	unsigned int messages = 0;
	bool asks;
	int code;

	parse_options(&job.opt, argc, argv);
	if (job.opt.mx_find || job.opt.tls_connect)
		rights.may |= MAY_RUN; /* a stranger's */
	rights.writes[0] = outgoing_folder();
	rights_read(&rights, job.opt.passwords);
	job.opt.serve.rights = &rights;
	if (!job.opt.tls_connect)
		job.opt.tls_connect = command_read("tls-connect");
	relay_take(&job.relay, &job.opt.serve, job.opt.name);
	password_read(&job);
	do {
		while (relay_choose(&job.relay, !job.opt.host))
			deliver(&job);
		asks = ++messages < MESSAGES_MAX && smtp_client_takes_more(&job.client)
		       && more_is_offered();
		code = relay_end(&job.relay, asks);
	} while (asks && relay_again(&job.relay, job.opt.name, job.client.fd));
	smtp_client_quit(&job.client); /* a slow goodbye delays no report */
	return code;
}
