/*
 * program-deliver - a command is the mailbox: run it once for each recipient
 *
 *     program-deliver [-t seconds] program arguments ...
 *
 * road     queue-run > [program-deliver], where a line of routes says so
 * fd 0     message, wire form: the program gets it on its fd 0 as a file of its own, with LF line
 *          ends, Return-Path and Delivered-To on top
 * fd 3     envelope: the program gets it on its fd 3, with the one recipient this run is for
 * fd 4     verdict: ours, one outcome a recipient
 * opens    nameless files in $TMPDIR
 * keeps    for the program: PATH, and no other variable. No byte of the message is in its argv.
 * refuses  550 5.7.1 the program ended with 100; 554 5.4.6 the message has been here before;
 *          554 5.6.1 it is binary
 * later    any other end, a signal, the time limit, a program that cannot be started
 * source   RFC 5321 4.4; what only 100 means: program-deliver(8)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/run.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "mail/final.h"
#include "store/nameless.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define USAGE "program-deliver [-S address] [-j jobs] [-R fd] [-t seconds] program [arguments ...]"
char const *PROG = "program-deliver";

static const struct rights rights = { .may = MAY_RUN }; /* the mailbox's program */

enum { CHUNK_BYTES = 1 << 16, PATH_BYTES = 4096 };

struct options {
	struct serve serve;
	unsigned int limit_s;
	const char *const *program;
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
			    || opt->limit_s > RUN_LIMIT_MAX_S)
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

/* The environment of the program: PATH alone. */
static const char *const *
make_environment(void)
{
	static char path[PATH_BYTES];
	static const char *const environment[] = { path, NULL };
	const char *ours = getenv("PATH");

	snprintf(path, sizeof path, "PATH=%s", ours ? ours : "/usr/local/bin:/usr/bin:/bin");
	return environment;
}

/* Only 100 is a refusal: any other number may come from a shell, a loader, a bug of ours. */
static struct outcome
judge(const struct run *run)
{
	if (run->code == 0)
		return (struct outcome){ .code = 250,
			                 .enhanced = "2.0.0",
			                 .text = "taken by the program at this address" };
	if (run->code == EXIT_PERMANENT)
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

	log_event(events[fate], "recipient", address, "program", program, run->end, run->number,
	          "late", run->late ? "yes" : NULL, "text", *run->said ? run->said : NULL, NULL);
}

/* run holds the outcome's text. */
static struct outcome
deliver(const struct options *opt, const struct envelope *envelope,
        const struct recipient *recipient, int message, struct run *run)
{
	int copy =
	    copy_message(message, envelope_get(envelope, ENVELOPE_SENDER), recipient->address);
	int records = copy_envelope(envelope, recipient), null = open("/dev/null", O_WRONLY);
	struct outcome outcome;
	bool started;

	if (null < 0 || (null = fd_high(null)) < 0)
		die_temporary("cannot open /dev/null");
	started = run_program(
	    opt->program,
	    (struct spawn_fd[]){ { copy, FD_MESSAGE }, { null, 1 }, { records, FD_ENVELOPE } }, 3,
	    make_environment(), opt->limit_s, run);
	if (!started)
		log_warn_sys("cannot start ", opt->program[0]);
	close(copy);
	close(records);
	close(null);
	if (!started)
		return (struct outcome){ .code = 451,
			                 .enhanced = "4.3.5",
			                 .text =
			                     "the program at this address is not set up rightly" };
	outcome = judge(run);
	log_run(run, opt->program[0], recipient->address, fate_of_code(outcome.code));
	return outcome;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .limit_s = RUN_LIMIT_S };
	struct final final = { 0 };
	stralloc verdict = STRALLOC_ZERO;
	struct recipient recipient;
	struct envelope envelope;
	struct stage stage;
	int message, code = 0;
	size_t at = 0;

	parse_options(&opt, argc, argv);
	opt.serve.rights = &rights;
	stage_start(&stage, &opt.serve, NULL);
	if (stage.by_hand || !envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken or missing");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	if (envelope_is_binary(&envelope))
		stage_refuse(&stage, 554, "5.6.1",
		             "the message is binary, and a mailbox holds lines", NULL);
	message = read_message(&stage, &final);
	setpgid(0, 0); /* so the time limit reaches all that the program starts: run.h */
	for (int i = 0; envelope_recipient(&envelope, &at, &recipient); i++) {
		struct outcome outcome = { .code = 554,
			                   .enhanced = "5.4.6",
			                   .text = "a mail loop: it has been here before" };
		struct run run;

		if (!final_was_here(&final, recipient.address))
			outcome = deliver(&opt, &envelope, &recipient, message, &run);
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
