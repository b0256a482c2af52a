/*
 * filter-run - any program that reads a message and writes one becomes a message stage
 *
 *     filter-run [-t seconds] [-w] 'program arguments' next ...
 *     filter-run [-t seconds] [-w] 'program arguments' < message > filtered
 *
 * road     smtp-accept > ... > [filter-run] > ... > queue-add
 * fd 0     message, wire form: read to its seal before the program is started, which gets it on its
 *          fd 0 as a file, with LF line ends. What it writes on its fd 1 is the message from here on.
 * fd 3     envelope: handed on as it came; the program does not see it
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    two nameless files in $TMPDIR
 * keeps    for the program: our environment. No byte of the message is in its argv.
 * refuses  550 5.7.1 the program ended with 100; the text is its first line on fd 2
 * later    any other end, a signal, the time limit, a program that cannot be started, and an output
 *          that is empty or no message
 * source   stage(7)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/run.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "base/words.h"
#include "mail/envelope.h"
#include "mail/wire.h"
#include "store/nameless.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <string.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"filter-run [-S address] [-j jobs] [-R fd] [-t seconds] [-w] 'program arguments' [next "   \
	"...]"
char const *PROG = "filter-run";

static const struct rights rights = { .may = MAY_RUN }; /* the filter */

enum { CHUNK_BYTES = 1 << 16 };

/* How the lines of our message end, and so those of what we hand on. */
enum form {
	FORM_UNKNOWN, /* by hand, and no line end seen yet */
	FORM_WIRE,
	FORM_LOCAL, /* LF, by hand only */
};

struct options {
	struct serve serve;
	unsigned int limit_s;
	bool wire; /* the program reads and writes wire form */
	const char *const *program;
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	char *command;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "t:w", &got)) != -1)
		switch (c) {
		case 't':
			if (!uint0_scan(got.arg, &opt->limit_s) || !opt->limit_s
			    || opt->limit_s > RUN_LIMIT_MAX_S)
				die_usage(USAGE);
			break;
		case 'w': opt->wire = true; break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind == argc)
		die_usage(USAGE);
	command = strdup(argv[got.ind]);
	if (!command)
		die_memory();
	opt->program = words_split(command);
	if (!opt->program)
		die_usage(USAGE);
	return got.ind + 1 < argc ? argv + got.ind + 1 : NULL;
}

static int
file_open(void)
{
	int fd = nameless_open();

	if (fd < 0)
		die_temporary("cannot make a temporary file");
	return fd;
}

/* CRLF becomes LF; len at least 1. A CR at the end is not judged before the next byte is there. */
static size_t
unwire(char *bytes, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\r' || i + 1 == len || bytes[i + 1] != '\n')
			bytes[to++] = bytes[i];
	return to;
}

/*
 * Reads the message to its seal before the program is started: it can never take a part for the
 * whole. A message by hand tells its form by its first line.
 */
static int
read_message(struct stage *stage, bool wire, enum form *form)
{
	static char chunk[1 + CHUNK_BYTES];
	size_t len, held = 0; /* 1: chunk begins with a CR of the piece before */
	int fd = file_open();

	while ((len = stage_read(stage, chunk + held, CHUNK_BYTES)) > 0) {
		const char *feed = memchr(chunk, '\n', len += held);

		if (stage->by_hand && *form == FORM_UNKNOWN && feed)
			*form = feed > chunk && feed[-1] == '\r' ? FORM_WIRE : FORM_LOCAL;
		held = !wire && chunk[len - 1] == '\r';
		if (!wire)
			len = unwire(chunk, len) - held;
		if (!io_write(fd, chunk, len))
			die_temporary("cannot write a temporary file");
		chunk[0] = '\r';
	}
	if (*form == FORM_UNKNOWN)
		*form = FORM_LOCAL;
	if (!io_write(fd, chunk, held) || lseek(fd, 0, SEEK_SET) < 0)
		die_temporary("cannot write a temporary file");
	return fd;
}

/* Runs the program; returns what it wrote, if it ended well. Else this is our end too. */
static int
filter(const struct options *opt, struct stage *stage, int input)
{
	const char *name = opt->program[0];
	int output = file_open();
	struct run run;

	if (!run_program(opt->program, (struct spawn_fd[]){ { input, FD_MESSAGE }, { output, 1 } },
	                 2, NULL, opt->limit_s, &run))
		die_temporary("cannot start the filter ", name);
	log_event("filtered", "program", name, run.end, run.number, "late", run.late ? "yes" : NULL,
	          "text", *run.said ? run.said : NULL, NULL);
	if (run.code == EXIT_PERMANENT)
		stage_refuse(stage, 550, "5.7.1", *run.said ? run.said : "refused by a filter",
		             NULL);
	if (run.code != 0)
		die_later("the filter ", name, run.late ? " took too long" : " has failed",
		          "; only exit 0 and 100 are answers");
	close(input);
	return output;
}

/*
 * Goes through what the program wrote: first to judge it, then with a stage to hand it on to. Both
 * look, as something that the program left behind may still write.
 */
static void
walk(const struct options *opt, enum form form, int output, struct stage *to)
{
	static char chunk[CHUNK_BYTES];
	stralloc made = STRALLOC_ZERO;
	struct wire wire = { 0 };
	ssize_t n = -1;

	if (lseek(output, 0, SEEK_SET) == 0)
		while ((n = io_read(output, chunk, sizeof chunk)) > 0) {
			made.len = 0;
			if (opt->wire)
				wire_scan(&wire, chunk, (size_t)n);
			if (opt->wire || form == FORM_LOCAL
			        ? !stralloc_catb(&made, chunk, (size_t)n)
			        : !wire_make(&wire, chunk, (size_t)n, &made))
				die_memory();
			if (to)
				stage_write(to, made.s, made.len);
		}
	if (n < 0)
		die_temporary("cannot read a temporary file");
	if (!wire_is_clean(&wire))
		die_later("the filter ", opt->program[0],
		          " wrote a CR or LF that ends no line, or a NUL; nothing of it goes on");
	stralloc_free(&made);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .limit_s = RUN_LIMIT_S };
	const char *const *next = parse_options(&opt, argc, argv);
	enum form form = FORM_WIRE;
	struct envelope envelope;
	struct stage stage;
	int output;

	opt.serve.rights = &rights;
	stage_start(&stage, &opt.serve, next);
	if (!stage.by_hand)
		setpgid(0, 0); /* so the time limit reaches all that the program starts: run.h */
	if (stage.by_hand)
		form = FORM_UNKNOWN;
	else if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken");
	else
		log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
		        envelope_get(&envelope, ENVELOPE_MESSAGE));
	output = filter(&opt, &stage, read_message(&stage, opt.wire, &form));
	if (stage.bytes_read && lseek(output, 0, SEEK_END) == 0)
		die_later("the filter ", opt.program[0], " wrote no message");
	walk(&opt, form, output, NULL);
	stage_next(&stage, stage.envelope.s, stage.envelope.len);
	walk(&opt, form, output, &stage);
	stage_finish(&stage);
}
