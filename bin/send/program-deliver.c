/*
 * program-deliver - a command is the mailbox: run it once for each recipient
 *
 *     program-deliver [-t seconds] PROGRAM ARGS ...
 *
 * road     queue-run > [program-deliver], where a line of routes says so
 * fd 0     message, wire form: the program gets it on its fd 0 as a file of its own, with LF line
 *          ends, Return-Path and Delivered-To on top
 * fd 3     envelope: the program gets it on its fd 3, with the one recipient this run is for
 * fd 4     verdict: ours, one outcome a recipient
 * opens    nameless files in $TMPDIR (default /tmp)
 * keeps    for the program: PATH, and no other variable. No byte of the message is in its argv.
 * refuses  550 5.7.1 the program ended with 100; 554 5.4.6 the message has been here before
 * later    any other end, a signal, the time limit, a program that cannot be started
 * source   RFC 5321 4.4; what only 100 means: program-deliver(8)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "mail/final.h"
#include "store/nameless.h"

#include <skalibs/iopause.h>
#include <skalibs/selfpipe.h>
#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/tai.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE "program-deliver [-S address] [-j jobs] [-R fd] [-t seconds] program [arguments ...]"
char const *PROG = "program-deliver";

enum {
	CHUNK_BYTES = 1 << 16,
	TIME_LIMIT_S = 300,
	TIME_LIMIT_MAX_S = 86400,
	GRACE_S = 2,    /* between asking it to end and ending it */
	SAID_MAX = 400, /* bytes of its first line; a reply line of SMTP has at most 512 */
	PATH_BYTES = 4096,
};

struct options {
	struct serve serve;
	unsigned int limit_s;
	const char *const *program;
};

/* One run of the program. */
struct run {
	pid_t pid;
	int status;              /* of waitpid */
	int said_fd;             /* our end of its fd 2; -1: closed */
	char said[SAID_MAX + 1]; /* its first line there */
	size_t said_len;
	bool said_all;
	bool out_of_time;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "t:", &got)) != -1)
		switch (c) {
		case 't':
			if (!uint0_scan(got.arg, &opt->limit_s) || !opt->limit_s
			    || opt->limit_s > TIME_LIMIT_MAX_S)
				die_usage(USAGE);
			break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind == argc)
		die_usage(USAGE);
	opt->program = argv + got.ind;
}

static int
file_open(void)
{
	int fd = nameless_open();

	if (fd < 0)
		die_temporary("cannot make a temporary file");
	return fd;
}

static void
file_write(int fd, const stralloc *bytes)
{
	if (!io_write(fd, bytes->s, bytes->len))
		die_temporary("cannot write a temporary file");
}

/*
 * Reads the message to its seal, in the form of final delivery, before any program is started. A
 * file and no pipe, so that whatever becomes of us no program ever takes a part for the whole.
 */
static int
read_message(struct stage *stage, struct final *final)
{
	static char chunk[CHUNK_BYTES];
	stralloc bytes = STRALLOC_ZERO;
	int fd = file_open();
	size_t len;

	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0) {
		bytes.len = 0;
		if (!final_add(final, chunk, len, &bytes))
			die_memory();
		file_write(fd, &bytes);
	}
	bytes.len = 0;
	if (!final_end(final, &bytes))
		die_memory();
	file_write(fd, &bytes);
	stralloc_free(&bytes);
	return fd;
}

/* A copy for one recipient, from its first byte. */
static int
copy_message(int message, const char *sender, const char *recipient)
{
	stralloc top = STRALLOC_ZERO;
	int fd = file_open();
	off_t at = 0;
	ssize_t n;

	if (!final_top(&top, sender, recipient))
		die_later("an address in the envelope holds a control character");
	file_write(fd, &top);
	while ((n = sendfile(fd, message, &at, CHUNK_BYTES)) > 0) {
	}
	if (n < 0 || lseek(fd, 0, SEEK_SET) < 0)
		die_temporary("cannot write a temporary file");
	stralloc_free(&top);
	return fd;
}

/* The envelope with just this recipient. */
static int
copy_envelope(const struct envelope *envelope, const struct recipient *recipient)
{
	stralloc list = STRALLOC_ZERO;
	int fd;

	if (!envelope_copy_facts(&list, envelope, "") || !envelope_add_recipient(&list, recipient)
	    || !record_end(&list))
		die_memory();
	if ((fd = nameless_make(&list)) < 0)
		die_temporary("cannot make a temporary file");
	stralloc_free(&list);
	return fd;
}

/* false: it could not be started; errno. message and records are closed. */
static bool
run_start(struct run *run, const char *const *program, int message, int records)
{
	static char path[PATH_BYTES];
	const char *const environment[] = { path, NULL };
	const char *ours = getenv("PATH");
	int said[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	*run = (struct run){ .said_fd = -1 };
	snprintf(path, sizeof path, "PATH=%s", ours ? ours : "/usr/local/bin:/usr/bin:/bin");
	if (!pipe_open(said) || null < 0 || (null = fd_high(null)) < 0)
		die_temporary("cannot make a pipe or open /dev/null");
	run->pid = spawn(
	    program,
	    (struct spawn_fd[]){
	        { message, FD_MESSAGE }, { null, 1 }, { said[1], 2 }, { records, FD_ENVELOPE } },
	    4, environment);
	close(message);
	close(records);
	close(null);
	close(said[1]);
	run->said_fd = said[0];
	return run->pid > 0;
}

/* Keeps the first line of what it says, and throws the rest away so that it need not wait. */
static void
hear(struct run *run)
{
	char bytes[512];
	ssize_t n = io_read(run->said_fd, bytes, sizeof bytes);

	if (n <= 0) {
		close(run->said_fd);
		run->said_fd = -1;
	}
	for (ssize_t i = 0; i < n && !run->said_all; i++)
		if (bytes[i] == '\n')
			run->said_all = true;
		else if (run->said_len < SAID_MAX)
			run->said[run->said_len++] = bytes[i] ? bytes[i] : ' ';
}

/* It and all that it has started: they are in our process group, and we alone do not listen. */
static void
ask_to_end(void)
{
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	signal(SIGTERM, SIG_DFL);
}

static void
run_wait(struct run *run, int signals, unsigned int limit_s)
{
	tain deadline;

	tain_now_g();
	tain_addsec_g(&deadline, (int)limit_s);
	while (waitpid(run->pid, &run->status, WNOHANG) == 0) {
		iopause_fd wait[] = { { .fd = signals, .events = IOPAUSE_READ },
			              { .fd = run->said_fd, .events = IOPAUSE_READ } };
		int ready = iopause_g(wait, 2, &deadline);

		while (selfpipe_read() > 0) {
		}
		if (ready > 0 && wait[1].revents)
			hear(run);
		if (ready != 0)
			continue;
		if (run->out_of_time)
			kill(run->pid, SIGKILL);
		run->out_of_time = true;
		ask_to_end();
		tain_addsec_g(&deadline, GRACE_S);
	}
	/* What it said last. A child it left behind may hold the pipe open, so no waiting. */
	if (run->said_fd >= 0 && fcntl(run->said_fd, F_SETFL, O_NONBLOCK) == 0)
		hear(run);
	if (run->said_fd >= 0)
		close(run->said_fd);
}

/* Only 100 is a refusal: any other number may come from a shell, a loader, a bug of ours. */
static struct outcome
judge(const struct run *run)
{
	bool exited = WIFEXITED(run->status) && !run->out_of_time;

	if (exited && WEXITSTATUS(run->status) == 0)
		return (struct outcome){ .code = 250,
			                 .enhanced = "2.0.0",
			                 .text = "taken by the program at this address" };
	if (exited && WEXITSTATUS(run->status) == EXIT_PERMANENT)
		return (struct outcome){ .code = 550,
			                 .enhanced = "5.7.1",
			                 .text = *run->said
			                             ? run->said
			                             : "the program at this address refuses" };
	return (struct outcome){ .code = 451,
		                 .enhanced = "4.3.0",
		                 .text = "the program at this address cannot take mail now" };
}

static void
log_run(const struct run *run, const char *program, const char *address, enum fate fate)
{
	static const char *const events[] = {
		[FATE_DONE] = "delivered", [FATE_LATER] = "deferred", [FATE_NEVER] = "refused"
	};
	bool exited = WIFEXITED(run->status);
	char number[UINT_FMT];

	number[uint_fmt(
	    number, (unsigned int)(exited ? WEXITSTATUS(run->status) : WTERMSIG(run->status)))] = 0;
	log_event(events[fate], "to", address, "program", program, exited ? "exit" : "signal",
	          number, "late", run->out_of_time ? "yes" : NULL, "said",
	          *run->said ? run->said : NULL, NULL);
}

/* run holds the outcome's text. */
static struct outcome
deliver(const struct options *opt, const struct envelope *envelope,
        const struct recipient *recipient, int message, int signals, struct run *run)
{
	int copy =
	    copy_message(message, envelope_get(envelope, ENVELOPE_SENDER), recipient->address);
	struct outcome outcome;

	if (!run_start(run, opt->program, copy, copy_envelope(envelope, recipient))) {
		log_warn_sys("cannot start ", opt->program[0]);
		close(run->said_fd);
		return (struct outcome){ .code = 451,
			                 .enhanced = "4.3.5",
			                 .text =
			                     "the program at this address is not set up rightly" };
	}
	run_wait(run, signals, opt->limit_s);
	outcome = judge(run);
	log_run(run, opt->program[0], recipient->address, fate_of_code(outcome.code));
	return outcome;
}

static int
wait_for_children(void)
{
	int signals = selfpipe_init();

	if (signals < 0 || !selfpipe_trap(SIGCHLD))
		die_temporary("cannot wait for children");
	setpgid(0, 0); /* so that ask_to_end reaches them all; it fails where we are the first */
	tain_now_set_stopwatch_g();
	return signals;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .limit_s = TIME_LIMIT_S };
	struct final final = { 0 };
	stralloc verdict = STRALLOC_ZERO;
	struct recipient recipient;
	struct envelope envelope;
	struct stage stage;
	int message, signals, code = 0;
	size_t at = 0;

	parse_options(&opt, argc, argv);
	stage_start(&stage, &opt.serve, NULL);
	if (stage.by_hand || !envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken or missing");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	message = read_message(&stage, &final);
	signals = wait_for_children();
	for (int i = 0; envelope_recipient(&envelope, &at, &recipient); i++) {
		struct outcome outcome = { .code = 554,
			                   .enhanced = "5.4.6",
			                   .text = "a mail loop: it has been here before" };
		struct run run;

		if (!final_was_here(&final, recipient.address))
			outcome = deliver(&opt, &envelope, &recipient, message, signals, &run);
		outcome.recipient = i;
		outcome.fate = fate_of_code(outcome.code);
		if (!outcome_add(&verdict, &outcome))
			die_memory();
		if (outcome.fate == FATE_LATER)
			code = EXIT_TEMPORARY;
		else if (outcome.fate == FATE_NEVER && !code)
			code = EXIT_PERMANENT;
	}
	stage_report(&verdict, code);
}
