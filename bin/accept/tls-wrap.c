/*
 * tls-wrap - TLS on the network side, a program that knows nothing of it on the other
 *
 *     tls-wrap [-u] -c cert.pem -k key.pem [-c ... -k ...] program ...
 *     tls-wrap -S address -c cert.pem -k key.pem [-c ... -k ...]
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
 * As a job (-S), with no program:
 *
 * fd 0     the client's socket, where TLS begins at once
 * fd 1     the clear side: one end of a stream socket pair
 * fd 3     the facts of the connection (net/facts.h), for the log
 * fd 4     what SSLCTLFD says after "Y"; its end and nothing: there is no TLS with this client
 *
 * The program runs in a child, forked before a key is read: it never was in, or below, a process
 * that held one. We keep the pid that the starter knows, although the other way round would give it
 * the program's exit for nothing: a starter takes the death of that pid for the end of the
 * connection. systemd would then kill us, and tcpserver free our place, while the last reply and
 * the close_notify are still on their way.
 */
#include "base/die.h"
#include "base/id.h"
#include "base/image.h"
#include "base/io.h"
#include "base/kernel.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "base/spawn.h"
#include "net/facts.h"
#include "net/tcp_environ.h"
#include "net/tls_facts.h"
#include "net/tls_listener.h"
#include "net/tls_pump.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/tai.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"tls-wrap [-u] -c cert.pem -k key.pem [-c cert.pem -k key.pem ...] "                       \
	"[-h handshake_s] [-t idle_s] [-a clients.pem | -A] program ...; or "                      \
	"-S address [-j jobs] [-R fd], without -u and without a program"
char const *PROG = "tls-wrap";

/* The parent of -S: certificates and keys, which are read anew when they change. */
static struct rights parent = { .may = MAY_NARROW };
/* Whoever meets a client. */
static const struct rights engine = { .memory_mib = 64 };

enum { FD_CLIENT, FD_CLEAR, FD_FACTS = 3, FD_TLS_FACTS = 4 }; /* of a job */
enum {
	HANDSHAKE_S = 60,
	IDLE_S = 1200, /* the program has limits of its own; a client waits 600 s after DATA */
};

struct options {
	struct serve serve;
	bool delayed; /* UCSPI-TLS */
	struct tls_files files;
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
	struct tls_files *files = &opt->files;
	bool served;
	int c;

	while ((c = subgetopt_r(argc, argv, "uc:k:h:t:a:A" SERVE_OPTIONS, &got)) != -1)
		switch (c) {
		case 'u': opt->delayed = true; break;
		case 'c':
			if (files->certificate_count == TLS_KEYPAIRS_MAX)
				die_later("there are too many certificates");
			files->certificates[files->certificate_count++] = got.arg;
			break;
		case 'k':
			if (files->key_count == TLS_KEYPAIRS_MAX)
				die_later("there are too many keys");
			files->keys[files->key_count++] = got.arg;
			break;
		case 'h':
			if (!uint0_scan(got.arg, &opt->handshake_s))
				die_usage(USAGE);
			break;
		case 't':
			if (!uint0_scan(got.arg, &opt->idle_s))
				die_usage(USAGE);
			break;
		case 'a': files->clients = got.arg; break;
		case 'A': files->any_client = true; break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	served = opt->serve.address != NULL;
	if ((got.ind == argc) != served || (served && opt->delayed)
	    || (files->clients && files->any_client) || !files->certificate_count
	    || files->certificate_count != files->key_count)
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
files_try(const struct tls_files *files)
{
	for (unsigned int i = 0; i < files->key_count; i++) {
		try_to_open("certificate", files->certificates[i]);
		try_to_open("key", files->keys[i]);
	}
	if (files->clients)
		try_to_open("file of client CAs", files->clients);
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

/* What differs between a program below us and a job. */
struct session {
	const char *client;  /* address, for the log */
	bool trusts_subject; /* somebody has vouched for the client's certificate */
	bool no_logins;      /* the client is a mail server, of which -A asks no certificate */
	struct tls *tls; /* made by session_run(); it has the key it began with until it is freed */
	struct tls_ends ends;
	int facts;  /* where to tell of the handshake; closed then */
	bool tells; /* else it is only closed */
};

/* Tells the log and, where wanted, the program. false: the program cannot be told. */
static bool
facts_tell(const struct session *session)
{
	struct tls *tls = session->tls;
	const char *subject = session->trusts_subject ? tls_peer_cert_subject(tls) : NULL;
	stralloc facts = STRALLOC_ZERO;
	bool told;

	log_event("handshake", "client", session->client, "tls", tls_conn_version(tls), "cipher",
	          tls_conn_cipher(tls), "sni", tls_conn_servername(tls), "subject", subject, NULL);
	told = tls_pump_facts(&facts, tls)
	       && tls_fact_add_domain(&facts, "SSL_TLS_SNI_SERVERNAME", tls_conn_servername(tls))
	       && tls_fact_add(&facts, "SSL_PEER_CERT_SUBJECT", subject) && record_end(&facts)
	       && (!session->tells || io_write(session->facts, facts.s, facts.len));
	if (!told)
		log_warn_sys("cannot tell the program about the handshake");
	stralloc_free(&facts);
	close(session->facts);
	return told;
}

/*
 * From the handshake to the end of the session. Returns 0, or what we exit with.
 *
 * No handshake comes after the first (no renegotiation): what the listener still holds goes then.
 */
static int
session_run(struct tls_listener *listener, const struct options *opt, struct session *session)
{
	const struct tls_ends *ends = &session->ends;
	struct tls *tls = session->no_logins && listener->silent ? listener->silent : listener->tls;
	const char *why;
	enum tls_end end;

	sandbox_enter(&engine);
	if (tls_accept_fds(tls, &session->tls, ends->net_in, ends->net_out) < 0) {
		log_warn("cannot start a session: ", tls_error(tls));
		tls_listener_close(listener);
		return EXIT_TEMPORARY;
	}
	why = tls_handshake_within(session->tls, ends, (int)opt->handshake_s);
	tls_listener_close(listener);
	if (why) {
		log_event("handshake-failed", "client", session->client, "text", why, NULL);
		return EXIT_PERMANENT;
	}
	if (!facts_tell(session))
		return EXIT_TEMPORARY;
	image_trim(); /* most of it was for the handshake */
	end = tls_pump(session->tls, ends, (int)opt->idle_s);
	if (end != TLS_END_CLOSED)
		log_event("ended", "client", session->client, "text",
		          end == TLS_END_IDLE ? "idle" : tls_error(session->tls), NULL);
	return 0;
}

/* All that knows a key. Returns 0, or what we exit with. */
static int
tls_serve(const struct options *opt, const struct link *link, bool tells)
{
	struct session session = { .client = getenv("TCPREMOTEIP"),
		                   .trusts_subject = opt->files.clients,
		                   .ends = { 0, 1, link->from[0], link->to[1] },
		                   .facts = link->control[1],
		                   .tells = tells };
	int code;
	struct tls_listener listener;

	signal(SIGPIPE, SIG_IGN); /* only here: the program has it as it was */
	prctl(PR_SET_DUMPABLE, 0);
	if (!tls_listener_open(&listener, &opt->files))
		return EXIT_TEMPORARY;
	code = session_run(&listener, opt, &session);
	tls_free(session.tls); /* the program may work on for long: without our key in memory */
	return code;
}

/* In a child of its own. Returns what it exits with. */
static int
job_run(const struct options *opt, struct tls_listener *listener)
{
	struct session session = { .trusts_subject = opt->files.clients,
		                   .ends = { FD_CLIENT, FD_CLIENT, FD_CLEAR, FD_CLEAR },
		                   .facts = FD_TLS_FACTS,
		                   .tells = true };
	struct facts facts;
	int code;

	if (!facts_read(&facts, FD_FACTS)) {
		log_warn_sys("cannot read the facts of the connection on fd 3");
		return EXIT_TEMPORARY;
	}
	close(FD_FACTS);
	log_ids(envelope_get(&facts.known, ENVELOPE_CONNECTION), NULL);
	session.client = envelope_get(&facts.known, ENVELOPE_CLIENT);
	session.no_logins = strcmp(envelope_get(&facts.known, ENVELOPE_ROLE), "mx") == 0;
	code = session_run(listener, opt, &session);
	shutdown(FD_CLIENT, SHUT_RDWR); /* nothing in the clear on what others may still hold */
	return code;
}

static bool
listener_is_stale(void *listener)
{
	return tls_listener_is_stale(listener);
}

static void
listener_renew(void *listener)
{
	tls_listener_renew(listener);
}

/* The parent: it has the keys, and never a byte of a client. */
_Noreturn static void
jobs_serve(struct options *opt)
{
	struct tls_listener listener;
	struct job_peer peer;

	image_share();
	prctl(PR_SET_DUMPABLE, 0); /* the children's too */
	signal(SIGPIPE, SIG_IGN);
	if (!tls_listener_open(&listener, &opt->files))
		die_later("cannot serve without certificates and keys");
	tls_listener_warm(&opt->files);
	image_settle();
	opt->serve.talks = true;
	opt->serve.is_stale = listener_is_stale;
	opt->serve.refresh = listener_renew;
	opt->serve.files = &listener;
	opt->serve.rights = &parent;
	for (unsigned int i = 0; i < opt->files.key_count; i++) {
		rights_read(&parent, opt->files.certificates[i]);
		rights_read(&parent, opt->files.keys[i]);
	}
	rights_read(&parent, opt->files.clients);
	serve(&opt->serve, &peer);
	_exit(job_run(opt, &listener)); /* tidying up would copy pages that we share */
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
	tzset(); /* a file is read for it, once: libcrypto asks for it when we are confined */
	if (opt.serve.address)
		jobs_serve(&opt);
	environ_set();
	files_try(&opt.files);
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
	kernel_close(3, ~0U); /* the program may work on; but for the log we are done */
	code = program_wait(pid);
	return failed ? failed : code;
}
