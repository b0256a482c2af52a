/*
 * qmail-queue - stands where qmail's programs expect qmail-queue(8), and hands on to our stages
 *
 *     qmail-queue [-h host] next ...        what is queued goes to next
 *     qmail-queue                           under filter-qmail: back to it
 *
 * road     qmail-smtpd, qmail-inject ... > [qmail-queue] > queue-add
 * fd 0     message; lines end in LF
 * fd 1     envelope of qmail's kind, read when the message has ended
 * needs    FILTER_QMAIL_FDS, in the second form; TCPREMOTEIP of qmail-smtpd, if it is there
 * opens    a nameless file in $TMPDIR
 * refuses  31: an address that is none, a bare CR, a NUL; or what next refuses
 * later    53, 54, 71, 91 and others, as qmail-queue(8) has them
 * source   qmail-queue(8)
 */
#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/qmail.h"
#include "mail/wire.h"
#include "store/nameless.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE "qmail-queue [-h host] next ..., or under filter-qmail: qmail-queue"
char const *PROG = "qmail-queue";

static const struct rights rights = { .may = MAY_RUN }; /* the next stage */

enum {
	CHUNK_BYTES = 1 << 16,
	ADDRESS_MAX = 1003,         /* as in qmail */
	TIME_LIMIT_S = 24 * 60 * 60 /* as in qmail */
};

struct options {
	const char *host;               /* completes addresses */
	const char *const *next;        /* NULL: back to filter-qmail, */
	unsigned int message, envelope; /* on these descriptors */
};

/* The caller knows numbers only; people find the reason in the log. */
#define fail(code, ...)     (log_warn(__VA_ARGS__), _exit(code))
#define fail_sys(code, ...) (log_warn_sys(__VA_ARGS__), _exit(code))

static void
time_is_up(int signal_number)
{
	(void)signal_number;
	_exit(52); /* "timeout" in qmail-queue(8) */
}

/* "MESSAGE,ENVELOPE": two numbers of files that filter-qmail has opened for us. */
static bool
read_fds(struct options *opt, const char *setting)
{
	size_t len = uint_scan(setting, &opt->message);

	return len && setting[len] == ',' && uint0_scan(setting + len + 1, &opt->envelope)
	       && fcntl((int)opt->message, F_GETFD) >= 0 && fcntl((int)opt->envelope, F_GETFD) >= 0;
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	static char host[DOMAIN_MAX + 1];
	const char *setting = getenv("FILTER_QMAIL_FDS");
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "h:", &got)) != -1)
		switch (c) {
		case 'h': opt->host = got.arg; break;
		default: fail(QMAIL_EXIT_BUG, "usage: " USAGE);
		}
	if (got.ind < argc)
		opt->next = argv + got.ind;
	else if (!setting)
		fail(QMAIL_EXIT_BUG, "usage: " USAGE);
	else if (!read_fds(opt, setting))
		fail(QMAIL_EXIT_BUG, "the filter has closed descriptors ", setting,
		     "; it must leave those open that it does not know");
	if (!opt->next)
		return; /* addresses come back as they went, and none is completed */
	if (!opt->host && gethostname(host, sizeof host - 1) == 0)
		opt->host = host;
	if (!opt->host || !domain_valid(opt->host, strlen(opt->host), false))
		fail(QMAIL_EXIT_BUG, "this host's name is no host name: set it with -h");
}

/* Message in wire form to a file; returns its length. */
static uint64_t
read_message(int to)
{
	static char chunk[CHUNK_BYTES];
	struct wire wire = { 0 };
	stralloc bytes = STRALLOC_ZERO;
	uint64_t size_bytes = 0;
	ssize_t n;

	do {
		bytes.len = 0;
		n = io_read(0, chunk, sizeof chunk);
		if (n < 0)
			fail_sys(QMAIL_EXIT_READ, "cannot read the message");
		if (n ? !wire_make(&wire, chunk, (size_t)n, &bytes) : !wire_make_end(&wire, &bytes))
			_exit(QMAIL_EXIT_MEMORY);
		/* RFC 5321 2.3.8: other servers may take it for a line end. */
		if (wire.bare_cr || wire.nul)
			fail(QMAIL_EXIT_REFUSED, "the message has a bare CR, or a NUL byte");
		if (!io_write(to, bytes.s, bytes.len))
			fail_sys(QMAIL_EXIT_WRITE, "cannot write the message");
		size_bytes += bytes.len;
	} while (n);
	stralloc_free(&bytes);
	return size_bytes;
}

static void
read_list(stralloc *list)
{
	char chunk[4096];
	ssize_t n;

	while (!record_list_len(list->s, list->len)) {
		n = io_read(1, chunk, sizeof chunk);
		if (n < 0)
			fail_sys(QMAIL_EXIT_READ, "cannot read the envelope");
		if (n == 0)
			fail(QMAIL_EXIT_READ, "the envelope has no end"); /* the caller gave up */
		if (list->len + (size_t)n > ENVELOPE_MAX_BYTES)
			fail(QMAIL_EXIT_FORMAT, "the envelope is longer than we take");
		if (!stralloc_catb(list, chunk, (size_t)n))
			_exit(QMAIL_EXIT_MEMORY);
	}
}

static void
address_add(stralloc *out, const char *record, const struct options *opt, bool *utf8)
{
	enum path_kind kind = *record == 'F' ? PATH_REVERSE : PATH_FORWARD;
	size_t start = out->len + 1;

	if (strlen(record) - 1 > ADDRESS_MAX)
		fail(QMAIL_EXIT_TOO_LONG, "an address is too long");
	if (!stralloc_append(out, *record))
		_exit(QMAIL_EXIT_MEMORY);
	if (qmail_address_read(out, record + 1, kind, opt->next ? opt->host : NULL) != PATH_OK)
		fail(QMAIL_EXIT_REFUSED, "this is no mail address: ", record + 1);
	for (size_t i = start; i < out->len; i++)
		*utf8 |= out->s[i] & 0x80;
	if (!stralloc_0(out))
		_exit(QMAIL_EXIT_MEMORY);
}

/* Sender, then recipients, as records of ours. */
static void
addresses_make(stralloc *out, const stralloc *list, const struct options *opt, bool *utf8)
{
	size_t len = record_list_len(list->s, list->len), at = 0;
	const char *record = record_next(list->s, len, &at);

	if (!record || *record != 'F')
		fail(QMAIL_EXIT_FORMAT, "the envelope has no sender");
	address_add(out, record, opt, utf8);
	while ((record = record_next(list->s, len, &at)) != NULL) {
		if (*record != 'T')
			fail(QMAIL_EXIT_FORMAT, "the envelope has a record that is no recipient");
		address_add(out, record, opt, utf8);
	}
}

/* What we know of where it came from: qmail-smtpd's client, or nobody. */
static void
facts_add(stralloc *out, const struct options *opt)
{
	static char conn[ID_LEN + 1], msg[ID_LEN + 1];
	const char *client = getenv("TCPREMOTEIP");
	char address[16];

	if (!client
	    || (inet_pton(AF_INET, client, address) != 1
	        && inet_pton(AF_INET6, client, address) != 1))
		client = "";
	id_make(conn);
	id_make(msg);
	log_ids(conn, msg);
	if (!record_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(out, ENVELOPE_CONNECTION, conn)
	    || !record_add(out, ENVELOPE_MESSAGE, msg)
	    || !record_add(out, ENVELOPE_SERVER, opt->host)
	    || !record_add(out, ENVELOPE_ROLE, *client ? "mx" : "local")
	    || !record_add(out, ENVELOPE_CLIENT, client) || !record_add(out, ENVELOPE_LOGIN, "")
	    || !record_add(out, ENVELOPE_TLS, "")
	    || !record_add(out, ENVELOPE_PROTOCOL, *client ? "SMTP" : "local"))
		_exit(QMAIL_EXIT_MEMORY);
}

/* All of the envelope, and its seal. */
static void
envelope_make(stralloc *out, const struct options *opt, uint64_t size_bytes)
{
	stralloc list = STRALLOC_ZERO, addresses = STRALLOC_ZERO;
	char seal[UINT64_FMT];
	bool utf8 = false;

	if (opt->next)
		facts_add(out, opt);
	else if (!record_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT))
		_exit(QMAIL_EXIT_MEMORY);
	read_list(&list);
	addresses_make(&addresses, &list, opt, &utf8);
	seal[uint64_fmt(seal, size_bytes)] = 0;
	if ((utf8 && !record_add(out, ENVELOPE_UTF8, ""))
	    || !stralloc_catb(out, addresses.s, addresses.len) || !record_end(out)
	    || !record_add(out, '.', seal))
		_exit(QMAIL_EXIT_MEMORY);
	stralloc_free(&list);
	stralloc_free(&addresses);
}

/* Reads the verdict to its end; then what it means. */
static int
read_verdict(int fd)
{
	stralloc verdict = STRALLOC_ZERO;
	size_t at = 0, len;
	const char *record;
	int code = 0;

	if (!io_slurp(fd, ENVELOPE_MAX_BYTES, &verdict))
		fail_sys(QMAIL_EXIT_LATER, "cannot read the verdict");
	len = record_list_len(verdict.s, verdict.len);
	if (len < 2)
		fail(QMAIL_EXIT_LATER, "the next stage gave no verdict");
	while ((record = record_next(verdict.s, len, &at)) != NULL) {
		struct outcome outcome;

		if (!outcome_parse(verdict.s + (record - verdict.s), &outcome)
		    || outcome.fate == FATE_LATER)
			code = QMAIL_EXIT_LATER;
		else if (outcome.fate == FATE_NEVER && !code)
			code = QMAIL_EXIT_REFUSED;
	}
	return code;
}

static int
hand_on(const struct options *opt, int message, const stralloc *envelope)
{
	int verdict[2], records = nameless_make(envelope);
	pid_t pid;

	if (records < 0 || !pipe_open(verdict) || lseek(message, 0, SEEK_SET) < 0)
		fail_sys(QMAIL_EXIT_WRITE, "cannot hand on the message");
	pid = job_start(opt->next,
	                (struct spawn_fd[]){ { message, FD_MESSAGE },
	                                     { records, FD_ENVELOPE },
	                                     { verdict[1], FD_VERDICT } },
	                3);
	if (pid < 0)
		fail_sys(QMAIL_EXIT_LATER, "cannot start the next stage, ", opt->next[0]);
	close(message);
	close(records);
	close(verdict[1]);
	return read_verdict(verdict[0]);
}

/* Into the files that filter-qmail opened; once only, as it takes one message. */
static int
hand_back(const struct options *opt)
{
	stralloc envelope = STRALLOC_ZERO;

	if (lseek((int)opt->message, 0, SEEK_CUR) != 0
	    || lseek((int)opt->envelope, 0, SEEK_CUR) != 0)
		fail(QMAIL_EXIT_BUG, "the filter has queued a message already");
	envelope_make(&envelope, opt, read_message((int)opt->message));
	if (!io_write((int)opt->envelope, envelope.s, envelope.len))
		fail_sys(QMAIL_EXIT_WRITE, "cannot write the envelope");
	return 0;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { 0 };
	stralloc envelope = STRALLOC_ZERO;
	int message;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = time_is_up }, NULL);
	alarm(TIME_LIMIT_S);
	parse_options(&opt, argc, argv);
	sandbox_enter(&rights);
	if (!opt.next)
		_exit(hand_back(&opt));
	message = nameless_open();
	if (message < 0)
		fail_sys(QMAIL_EXIT_WRITE, "cannot make a file in TMPDIR");
	envelope_make(&envelope, &opt, read_message(message));
	_exit(hand_on(&opt, message, &envelope));
}
