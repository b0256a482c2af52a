/*
 * filter-qmail - a filter made for qmail's QMAILQUEUE, in a chain of ours
 *
 *     filter-qmail [-q qmail-queue] [-t seconds] 'filter arguments' next ...
 *
 * road     header-fix > [filter-qmail] > queue-add
 * fd 0     message, wire form: the filter gets it with LF line ends; what it queues is handed on
 * fd 3     envelope: the filter gets sender and recipients, and may change them; all else is kept
 * fd 4     verdict: ours where the filter refuses or drops the message, else the next stage's
 * opens    nameless files in $TMPDIR
 * keeps    for the filter: the environment, with QMAILQUEUE and QQF_QMAILQUEUE set to our
 *          qmail-queue, and two descriptors on which that hands the message back to us
 * refuses  554 5.7.1 where the filter ends with 11 to 40
 * later    any other end, the time limit, a message that comes back broken
 * source   qmail-queue(8), qmail-qfilter(1)
 */
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/run.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "base/words.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/qmail.h"
#include "mail/wire.h"
#include "store/nameless.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"filter-qmail [-S address] [-j jobs] [-R fd] [-q qmail-queue] [-t seconds] \"filter "      \
	"...\" "                                                                                   \
	"next ..."
char const *PROG = "filter-qmail";

static const struct rights rights = { .may = MAY_RUN }; /* the filter */

enum {
	CHUNK_BYTES = 1 << 16,
	FD_BACK_MESSAGE = 100, /* far from the numbers that scripts use for themselves */
	FD_BACK_ENVELOPE = 101,
};
#define BACK_FDS "FILTER_QMAIL_FDS=100,101"

struct options {
	struct serve serve;
	const char *queue; /* our qmail-queue; NULL: the one in PATH */
	unsigned int limit_s;
	const char *const *filter;
	const char *const *next;
};

/* The files between the filter and us. */
struct files {
	int text, list;        /* what it gets on 0 and 1 */
	int message, envelope; /* what it gives back */
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	char *filter;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "q:t:", &got)) != -1)
		switch (c) {
		case 'q': opt->queue = got.arg; break;
		case 't':
			if (!uint0_scan(got.arg, &opt->limit_s) || !opt->limit_s
			    || opt->limit_s > RUN_LIMIT_MAX_S)
				die_usage(USAGE);
			break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (argc - got.ind < 2)
		die_usage(USAGE);
	if (!(filter = strdup(argv[got.ind])))
		die_memory();
	if (!(opt->filter = words_split(filter)))
		die_usage(USAGE);
	opt->next = argv + got.ind + 1;
}

/* An absolute path: filters exec it as it is, and may be elsewhere by then. */
static const char *
find_queue(const char *setting)
{
	static char found[PATH_MAX];
	const char *path = getenv("PATH");

	if (setting && *setting == '/')
		return setting;
	for (const char *at = setting ? NULL : path; at && *at;) {
		size_t len = strcspn(at, ":");
		char name[PATH_MAX];

		if (snprintf(name, sizeof name, "%.*s/qmail-queue", (int)len, at) < (int)sizeof name
		    && access(name, X_OK) == 0 && realpath(name, found))
			return found;
		at += len + (at[len] == ':');
	}
	if (setting && realpath(setting, found))
		return found;
	die_temporary("cannot find our qmail-queue (-q)");
}

static int
file_open(void)
{
	int fd = nameless_open();

	if (fd < 0)
		die_temporary("cannot make a file in TMPDIR");
	return fd;
}

static void
give(int fd, const stralloc *bytes)
{
	if (!io_write(fd, bytes->s, bytes->len))
		die_temporary("cannot write to a file in TMPDIR");
}

/* All of it, before the filter is started: it must never act on a part. */
static void
read_message(struct stage *stage, int to)
{
	static char chunk[CHUNK_BYTES];
	struct wire wire = { 0 };
	stralloc text = STRALLOC_ZERO;
	size_t len;

	do {
		text.len = 0;
		len = stage_read(stage, chunk, sizeof chunk);
		if (len ? !wire_unmake(&wire, chunk, len, &text) : !wire_unmake_end(&wire, &text))
			die_memory();
		give(to, &text);
	} while (len);
	if (lseek(to, 0, SEEK_SET) < 0)
		die_temporary("cannot read a file in TMPDIR");
	stralloc_free(&text);
}

static struct files
make_files(struct stage *stage, const struct envelope *envelope)
{
	struct files files = { file_open(), -1, file_open(), file_open() };
	stralloc list = STRALLOC_ZERO;

	if (!qmail_envelope_add(&list, envelope))
		die_memory();
	if ((files.list = nameless_make(&list)) < 0)
		die_temporary("cannot make a file in TMPDIR");
	read_message(stage, files.text);
	stralloc_free(&list);
	return files;
}

static bool
is_ours(const char *variable)
{
	return strncmp(variable, "QMAILQUEUE=", 11) == 0
	       || strncmp(variable, "QQF_QMAILQUEUE=", 15) == 0
	       || strncmp(variable, BACK_FDS, strcspn(BACK_FDS, "=") + 1) == 0;
}

/* Ours, with the way back. From malloc, never freed. */
static const char *const *
make_environment(const char *queue)
{
	static char for_all[PATH_MAX + 16], for_qfilter[PATH_MAX + 16];
	extern char **environ;
	const char **out;
	size_t count = 0;

	while (environ[count])
		count++;
	out = malloc((count + 4) * sizeof *out);
	if (!out)
		die_memory();
	snprintf(for_all, sizeof for_all, "QMAILQUEUE=%s", queue);
	snprintf(for_qfilter, sizeof for_qfilter, "QQF_QMAILQUEUE=%s", queue);
	count = 0;
	for (char **variable = environ; *variable; variable++)
		if (!is_ours(*variable))
			out[count++] = *variable;
	out[count++] = for_all;
	out[count++] = for_qfilter;
	out[count++] = BACK_FDS;
	out[count] = NULL;
	return out;
}

/* Runs the filter to its end; returns its exit status, or -1. What it says goes to the log. */
static int
run_filter(const struct options *opt, const struct files *files)
{
	const char *name = opt->filter[0];
	struct run run;

	if (!run_program(opt->filter,
	                 (struct spawn_fd[]){ { files->text, 0 },
	                                      { files->list, 1 },
	                                      { 2, 2 },
	                                      { files->message, FD_BACK_MESSAGE },
	                                      { files->envelope, FD_BACK_ENVELOPE } },
	                 5, make_environment(find_queue(opt->queue)), opt->limit_s, &run))
		die_temporary("cannot start the filter ", name);
	if (run.code != 0)
		log_event("filtered", "program", name, run.end, run.number, "late",
		          run.late ? "yes" : NULL, NULL);
	if (run.late)
		die_later("the filter ", name, " took too long");
	return run.code;
}

/* Only what is a refusal in qmail's own words; the rest may be any trouble of ours. */
static void
judge(struct stage *stage, int code)
{
	if (code == 0)
		return;
	if (code >= QMAIL_EXIT_TOO_LONG && code <= QMAIL_EXIT_PERMANENT_MAX)
		stage_refuse(stage, 554, "5.7.1", "refused by the mail filter", NULL);
	stage_refuse(stage, 451, "4.3.0", "the mail filter cannot take mail now", NULL);
}

/* As qmail has it: a filter that ends with 0 and queues nothing has taken the mail. */
_Noreturn static void
discard(const struct options *opt, const struct envelope *envelope)
{
	struct outcome outcome = { .fate = FATE_DONE,
		                   .recipient = RECIPIENT_ALL,
		                   .code = 250,
		                   .enhanced = "2.0.0",
		                   .text = "taken by the mail filter" };
	stralloc verdict = STRALLOC_ZERO;

	log_event("discarded", "program", opt->filter[0], "sender",
	          envelope_get(envelope, ENVELOPE_SENDER), NULL);
	if (!outcome_add(&verdict, &outcome))
		die_memory();
	stage_report(&verdict, 0);
}

/* Our qmail-queue has written it so; but a filter could write there, too. */
static bool
address_is_clean(const char *address, enum path_kind kind)
{
	stralloc path = STRALLOC_ZERO, out = STRALLOC_ZERO;
	size_t used = 0;
	bool clean;

	if (!stralloc_cats(&path, "<") || !stralloc_cats(&path, address)
	    || !stralloc_cats(&path, ">"))
		die_memory();
	clean =
	    path_parse(path.s, path.len, kind, true, &used, &out) == PATH_OK && used == path.len;
	stralloc_free(&path);
	stralloc_free(&out);
	return clean;
}

static bool
addresses_are_clean(const struct envelope *envelope)
{
	struct recipient recipient;
	size_t at = 0;

	while (envelope_recipient(envelope, &at, &recipient))
		if (!address_is_clean(recipient.address, PATH_FORWARD))
			return false;
	return address_is_clean(envelope_get(envelope, ENVELOPE_SENDER), PATH_REVERSE);
}

/* What qmail-queue has left in the files, checked: envelope, then the message's length. */
static void
read_back(const struct files *files, stralloc *records, struct envelope *out)
{
	off_t size = lseek(files->message, 0, SEEK_END);
	uint64_t sealed;
	size_t len;

	if (lseek(files->envelope, 0, SEEK_SET) < 0
	    || !io_slurp(files->envelope, ENVELOPE_MAX_BYTES, records))
		die_temporary("cannot read the envelope of the filter");
	len = record_list_len(records->s, records->len);
	if (!len || !envelope_parse(out, records->s, len) || len + 2 > records->len
	    || records->s[records->len - 1] || records->s[len] != '.'
	    || !uint640_scan(records->s + len + 1, &sealed) || (uint64_t)size != sealed
	    || !addresses_are_clean(out))
		die_later("what the filter queued has come back broken");
	if (lseek(files->message, 0, SEEK_SET) < 0)
		die_temporary("cannot read the message of the filter");
}

/* The recipient of this address as it was, or as the filter has made it. */
static struct recipient
find_recipient(const struct envelope *envelope, const char *address)
{
	struct recipient recipient;
	size_t at = 0;

	while (envelope_recipient(envelope, &at, &recipient))
		if (strcmp(recipient.address, address) == 0)
			return recipient;
	return (struct recipient){ .address = address };
}

/* All facts as they were; sender and recipients as the filter left them. */
static void
merge(stralloc *out, const struct envelope *was, const struct envelope *back)
{
	struct recipient recipient;
	size_t at = 0;

	if (!envelope_copy_facts(out, was, "F")
	    || (back->value[ENVELOPE_UTF8] && !was->value[ENVELOPE_UTF8]
	        && !record_add(out, ENVELOPE_UTF8, ""))
	    || !record_add(out, ENVELOPE_SENDER, envelope_get(back, ENVELOPE_SENDER)))
		die_memory();
	while (envelope_recipient(back, &at, &recipient)) {
		recipient = find_recipient(was, recipient.address);
		if (!envelope_add_recipient(out, &recipient))
			die_memory();
	}
	if (!record_end(out))
		die_memory();
}

static void
pass_message(struct stage *stage, int from)
{
	static char chunk[CHUNK_BYTES];
	struct wire wire = { 0 };
	ssize_t n;

	while ((n = io_read(from, chunk, sizeof chunk)) > 0) {
		wire_scan(&wire, chunk, (size_t)n);
		stage_write(stage, chunk, (size_t)n);
	}
	if (n < 0)
		die_temporary("cannot read the message of the filter");
	if (!wire_is_clean(&wire))
		die_later("the message of the filter is not in wire form");
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .limit_s = RUN_LIMIT_S };
	stralloc records = STRALLOC_ZERO, merged = STRALLOC_ZERO;
	struct envelope envelope, back;
	struct files files;
	struct stage stage;

	parse_options(&opt, argc, argv);
	opt.serve.rights = &rights;
	stage_start(&stage, &opt.serve, opt.next);
	setpgid(0, 0); /* so the time limit reaches all that the filter starts: run.h */
	if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	files = make_files(&stage, &envelope);
	judge(&stage, run_filter(&opt, &files));
	if (lseek(files.envelope, 0, SEEK_END) == 0)
		discard(&opt, &envelope);
	read_back(&files, &records, &back);
	merge(&merged, &envelope, &back);
	stage_next(&stage, merged.s, merged.len);
	pass_message(&stage, files.message);
	stage_finish(&stage);
}
