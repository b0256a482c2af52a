/*
 * tls-wrap - TLS on the network side, a program that knows nothing of it on the other
 *
 *     tls-wrap [-u] -c cert.pem -k key.pem [-c ... -k ...] program ...
 *
 * road     client > [tls-wrap] > smtp-accept
 * fd 0, 1  the client: TLS at once; with -u in the clear until the program asks (UCSPI-TLS)
 * environ  TCPREMOTEIP and its like are set if the starter did not, CONNECTION_ID too. The program
 *          gets SSL_PROTOCOL ...; with -u SSLCTLFD, SSLREADFD and SSLWRITEFD in their place
 * opens    certificates and keys: tried at the start, read after the program has its own process
 * keeps    the network and the clear side; our process cannot be traced or dumped once it has a key
 * exits    as the program does; 100: no TLS with this client; 111: our fault
 * later    a certificate or key unreadable: no program is started, so the client comes again
 * source   RFC 8314 3.3, 3.4; RFC 3207 4; RFC 9325; UCSPI-TLS (as s6-ucspitlsd and sslserver do it)
 *
 * The program runs in a child, forked before a key is read: it never was in, or below, a process
 * that held one. We keep the pid that the starter knows, although the other way round would give it
 * the program's exit for nothing: a starter takes the death of that pid for the end of the
 * connection. systemd would then kill us, and tcpserver free our place, while the last reply and
 * the close_notify are still on their way.
 */
#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/record.h"
#include "base/spawn.h"
#include "net/tcp_environ.h"
#include "net/tls_facts.h"
#include "net/tls_pump.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/tai.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"tls-wrap [-u] -c cert.pem -k key.pem [-c cert.pem -k key.pem ...] "                       \
	"[-h handshake_s] [-t idle_s] [-a clients.pem] program ..."
char const *PROG = "tls-wrap";

enum {
	KEYPAIRS_MAX = 64,
	HANDSHAKE_S = 60,
	IDLE_S = 1200, /* the program has limits of its own; a client waits 600 s after DATA */
};

struct options {
	bool delayed; /* UCSPI-TLS */
	const char *certificates[KEYPAIRS_MAX], *keys[KEYPAIRS_MAX];
	unsigned int certificate_count, key_count;
	const char *clients; /* who signs clients' certificates; NULL: none is asked for */
	unsigned int handshake_s, idle_s;
};

/* What lies between us and the program. Each of us has one end of all of them. */
struct link {
	int control[2]; /* -u: SSLCTLFD; else the facts. [0] is the program's. */
	int to[2];      /* pipe to the program */
	int from[2];    /* pipe from the program */
};

static const char *const * /* the program and its arguments */
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "uc:k:h:t:a:", &got)) != -1)
		switch (c) {
		case 'u': opt->delayed = true; break;
		case 'c':
			if (opt->certificate_count == KEYPAIRS_MAX)
				die_later("there are too many certificates");
			opt->certificates[opt->certificate_count++] = got.arg;
			break;
		case 'k':
			if (opt->key_count == KEYPAIRS_MAX)
				die_later("there are too many keys");
			opt->keys[opt->key_count++] = got.arg;
			break;
		case 'h':
			if (!uint0_scan(got.arg, &opt->handshake_s))
				die_usage(USAGE);
			break;
		case 't':
			if (!uint0_scan(got.arg, &opt->idle_s))
				die_usage(USAGE);
			break;
		case 'a': opt->clients = got.arg; break;
		default: die_usage(USAGE);
		}
	if (got.ind == argc || !opt->certificate_count || opt->certificate_count != opt->key_count)
		die_usage(USAGE);
	return argv + got.ind;
}

/* The key may be asked for an hour from now: what it lacks has to be in the log before. */
static void
try_to_open(const char *what, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die_temporary("cannot open the ", what, " ", path);
	close(fd);
}

static void
files_try(const struct options *opt)
{
	for (unsigned int i = 0; i < opt->key_count; i++) {
		try_to_open("certificate", opt->certificates[i]);
		try_to_open("key", opt->keys[i]);
	}
	if (opt->clients)
		try_to_open("file of client CAs", opt->clients);
}

static void
environ_set(void)
{
	char id[ID_LEN + 1];
	const char *given = getenv("CONNECTION_ID");

	id_make(id);
	/* SSL_PROTOCOL from who started us would say that TLS is on. */
	if (!tcp_environ_fill(0) || !tls_facts_environ(NULL, 0)
	    || setenv("CONNECTION_ID", given && *given ? given : id, 1) < 0)
		die_memory();
	log_ids(getenv("CONNECTION_ID"), NULL);
}

static void
environ_set_fd(const char *name, int fd)
{
	char number[UINT_FMT];

	number[uint_fmt(number, (unsigned int)fd)] = 0;
	if (setenv(name, number, 1) < 0 || fcntl(fd, F_SETFD, 0) < 0)
		die_temporary("cannot pass on ", name);
}

/* In the child: becomes the program. */
_Noreturn static void
program_run(const struct options *opt, const struct link *link, const char *const *program)
{
	close(link->control[1]);
	if (opt->delayed) {
		environ_set_fd("SSLCTLFD", link->control[0]);
		environ_set_fd("SSLREADFD", link->to[0]);
		environ_set_fd("SSLWRITEFD", link->from[1]);
	} else {
		stralloc facts = STRALLOC_ZERO;

		if (!io_slurp(link->control[0], TLS_FACTS_MAX_BYTES, &facts))
			die_temporary("cannot read the facts of the handshake");
		if (!facts.len || record_list_len(facts.s, facts.len) != facts.len)
			_exit(EXIT_TEMPORARY); /* no TLS: the log has it */
		if (!tls_facts_environ(facts.s, facts.len))
			die_memory();
		stralloc_free(&facts);
		if (dup2(link->to[0], 0) < 0 || dup2(link->from[1], 1) < 0)
			die_temporary("cannot place the program's descriptors");
	}
	execvp(program[0], (char *const *)program);
	die_temporary("cannot run ", program[0]);
}

static pid_t
program_start(const struct options *opt, struct link *link, const char *const *program)
{
	pid_t pid;

	if (!socketpair_open(link->control) || !pipe_open(link->to) || !pipe_open(link->from))
		die_temporary("cannot make pipes");
	pid = fork();
	if (pid < 0)
		die_temporary("cannot start a process");
	if (pid == 0)
		program_run(opt, link, program);
	close(link->control[0]);
	close(link->to[0]);
	close(link->from[1]);
	return pid;
}

/* "y": TLS; "Y": TLS, and tell the facts; 0: it goes on in the clear, or is at its end. */
static char
program_asks(int control)
{
	char byte;
	ssize_t n = io_read(control, &byte, 1);

	if (n < 0)
		log_warn_sys("cannot read what the program asks for");
	return n == 1 ? byte : 0;
}

/* false: logged. */
static bool
config_fill(struct tls_config *config, const struct options *opt)
{
	if (tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) < 0
	    || tls_config_set_ciphers(config, TLS_CIPHERS) < 0
	    || (opt->clients && tls_config_set_ca_file(config, opt->clients) < 0)) {
		log_warn("cannot set up TLS: ", tls_config_error(config));
		return false;
	}
	if (opt->clients)
		tls_config_verify_client_optional(config);
	for (unsigned int i = 0; i < opt->key_count; i++) {
		const char *certificate = opt->certificates[i], *key = opt->keys[i];

		if ((i ? tls_config_add_keypair_file(config, certificate, key)
		       : tls_config_set_keypair_file(config, certificate, key))
		    < 0) {
			log_warn("cannot read ", certificate, " and ", key, ": ",
			         tls_config_error(config));
			return false;
		}
	}
	return true;
}

/* From here on a key is in memory. NULL: logged. */
static struct tls *
tls_prepare(const struct options *opt)
{
	struct tls_config *config = NULL;
	struct tls *listener = NULL;
	bool done = false;

	if (tls_init() < 0 || !(config = tls_config_new()) || !(listener = tls_server()))
		log_warn_sys("cannot start TLS");
	else if (config_fill(config, opt)) {
		done = tls_configure(listener, config) == 0;
		if (!done)
			log_warn("cannot use the certificates and keys: ", tls_error(listener));
		tls_config_clear_keys(config); /* the listener has them */
	}
	tls_config_free(config);
	if (done)
		return listener;
	tls_free(listener);
	return NULL;
}

/* Tells the log and, where wanted, the program. false: the program cannot be told. */
static bool
facts_tell(struct tls *tls, int control, bool wanted)
{
	const char *subject = tls_peer_cert_subject(tls);
	stralloc facts = STRALLOC_ZERO;
	bool told;

	log_event("handshake", "client", getenv("TCPREMOTEIP"), "protocol", tls_conn_version(tls),
	          "cipher", tls_conn_cipher(tls), "sni", tls_conn_servername(tls), "subject",
	          subject, NULL);
	told = tls_pump_facts(&facts, tls)
	       && tls_fact_add_domain(&facts, "SSL_TLS_SNI_SERVERNAME", tls_conn_servername(tls))
	       && tls_fact_add(&facts, "SSL_PEER_CERT_SUBJECT", subject) && record_end(&facts)
	       && (!wanted || io_write(control, facts.s, facts.len));
	if (!told)
		log_warn_sys("cannot tell the program about the handshake");
	stralloc_free(&facts);
	close(control);
	return told;
}

/* From the handshake to the end of the session. Returns 0, or what we exit with. */
static int
session_run(struct tls *tls, const struct options *opt, const struct link *link, bool tell)
{
	const struct tls_ends ends = { 0, 1, link->from[0], link->to[1] };
	const char *client = getenv("TCPREMOTEIP"), *why;

	if ((why = tls_handshake_within(tls, &ends, (int)opt->handshake_s)) != NULL) {
		log_event("handshake-failed", "client", client, "reason", why, NULL);
		return EXIT_PERMANENT;
	}
	if (!facts_tell(tls, link->control[1], tell))
		return EXIT_TEMPORARY;
	switch (tls_pump(tls, &ends, (int)opt->idle_s)) {
	case TLS_END_CLOSED: break;
	case TLS_END_IDLE: log_event("ended", "client", client, "reason", "idle", NULL); break;
	case TLS_END_BROKEN:
		log_event("ended", "client", client, "reason", tls_error(tls), NULL);
		break;
	}
	return 0;
}

/* All that knows a key. Returns 0, or what we exit with. */
static int
tls_serve(const struct options *opt, const struct link *link, bool tell)
{
	struct tls *listener, *session = NULL;
	int code = EXIT_TEMPORARY;

	signal(SIGPIPE, SIG_IGN); /* only here: the program has it as it was */
	prctl(PR_SET_DUMPABLE, 0);
	listener = tls_prepare(opt);
	if (listener && tls_accept_fds(listener, &session, 0, 1) == 0)
		code = session_run(session, opt, link, tell);
	else if (listener)
		log_warn("cannot start a session: ", tls_error(listener));
	tls_free(session); /* the program may work on for long: without our key in memory */
	tls_free(listener);
	return code;
}

/* Waits for the program's end. Returns its exit code. */
static int
program_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_temporary("cannot wait for the program");
	if (!WIFEXITED(status))
		die_later("the program was killed by a signal");
	return WEXITSTATUS(status);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .handshake_s = HANDSHAKE_S, .idle_s = IDLE_S };
	const char *const *program = parse_options(&opt, argc, argv);
	struct link link;
	pid_t pid;
	char asked = 'Y';
	int failed = 0, code;

	tain_now_set_stopwatch_g();
	environ_set();
	files_try(&opt);
	pid = program_start(&opt, &link, program);
	if (opt.delayed)
		asked = program_asks(link.control[1]);
	if (asked == 'y' || asked == 'Y')
		failed = tls_serve(&opt, &link, asked == 'Y');
	else if (asked) {
		log_warn("the program asked for something that is not in UCSPI-TLS");
		failed = EXIT_TEMPORARY;
	}
	if (asked)
		shutdown(0, SHUT_RDWR); /* nothing in the clear on the client it may still hold */
	close(0);
	close(1);
	closefrom(3); /* the program may work on; but for the log we are done */
	code = program_wait(pid);
	return failed ? failed : code;
}
