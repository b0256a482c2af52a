/*
 * smtpipe-trace - the way of one message, from the connection to the last word about it
 *
 *     smtpipe trace [-f] [-j] [-t seconds] [-l log ...] id | address | --last
 *
 * road     for the operator, beside it: what all stages have logged of a message
 * fd 1     a line for each event, oldest first; or a JSON object on each line (-j)
 * opens    the logs (default: below /var/log/smtpipe, else the journal), to read
 * keeps    nothing
 * starts   journalctl, where there is no log folder
 * exits    0; 1: nothing is known of such a message; 111 if something could not be read
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log_files.h"
#include "base/log_line.h"
#include "base/sandbox.h"
#include "base/spawn.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USAGE "smtpipe trace [-f] [-j] [-t seconds] [-l log ...] id | address | --last"
char const *PROG = "smtpipe-trace";

#define LOG_FOLDER "/var/log/smtpipe" /* as the s6 services of sv/ have it */
static struct rights rights = {
	.may = MAY_FOLLOW,
	.reads = { "/var/log/smtpipe" },
	.memory_mib = 512,
};

enum { LOOK_MS = 200, WIDE = 16 };

/* Some ids; few, so that a walk over all of them is quick. */
struct ids {
	stralloc list; /* each with its NUL */
};

struct trace {
	const char *address; /* look for the latest message with it; NULL: for an id, or any */
	bool any;
	char latest[ID_LEN + 1]; /* what was found for address or any */
	struct ids messages;     /* all that belong together: reports, expanded aliases */
	struct ids connections;  /* they came by; only what is about no other message is shown */
	struct ids followed;     /* a connection that was asked for itself: all its messages */
	struct ids reports;      /* of messages: those that tell their senders */
	struct ids done;

	struct shown {
		struct log_line line;
		char *text;    /* what line points into */
		size_t number; /* in the order of reading */
	} * lines;
	size_t count, room;
	int64_t before_us; /* the line printed last; -1: none */
	bool as_json;
};

static bool
ids_have(const struct ids *ids, const char *id)
{
	for (size_t at = 0; id && at < ids->list.len; at += ID_LEN + 1)
		if (strcmp(ids->list.s + at, id) == 0)
			return true;
	return false;
}

/* Is it new? */
static bool
ids_add(struct ids *ids, const char *id)
{
	if (!id || !id_valid(id) || ids_have(ids, id))
		return false;
	if (!stralloc_catb(&ids->list, id, ID_LEN + 1))
		die_memory();
	return true;
}

/* --- which message is meant --- */

static void
look_for_latest(void *of, char *text, size_t len)
{
	struct trace *trace = of;
	struct log_line line;
	const char *id, *sender, *recipient;

	if (!log_line_parse(text, len, &line))
		return;
	id = log_line_get(&line, "msg");
	sender = log_line_get(&line, "sender");
	if (trace->any) {
		/* The last message, not what it led to: a report has no sender. */
		if (strcmp(line.event, "queued") != 0 || !sender || !*sender)
			return;
	} else {
		recipient = log_line_get(&line, "recipient");
		if (!(sender && strcasecmp(sender, trace->address) == 0)
		    && !(recipient && strcasecmp(recipient, trace->address) == 0))
			return;
		if (!id) /* it came no further than its connection */
			id = log_line_get(&line, "conn");
	}
	if (id && id_valid(id) && strcmp(id, trace->latest) > 0)
		strcpy(trace->latest, id);
}

/* --- what belongs to it --- */

static bool learned;

static void
learn(struct trace *trace, const struct log_line *line)
{
	const char *msg = log_line_get(line, "msg"), *conn = log_line_get(line, "conn");
	const char *new = log_line_get(line, "new");

	if (ids_have(&trace->followed, conn) || ids_have(&trace->messages, new))
		learned |= ids_add(&trace->messages, msg);
	if (!ids_have(&trace->messages, msg))
		return;
	learned |= ids_add(&trace->messages, new);
	if (new &&strcmp(line->event, "expanded") != 0)
		ids_add(&trace->reports, new);
	learned |= ids_add(&trace->connections, conn);
	if (strcmp(line->event, "done") == 0)
		ids_add(&trace->done, msg);
}

static void
learn_from(void *of, char *text, size_t len)
{
	struct log_line line;

	if (log_line_parse(text, len, &line))
		learn(of, &line);
}

/* The reply that tells of a message names it, and it only. */
static bool
tells_of_another(const struct trace *trace, const struct log_line *line)
{
	const char *reply = log_line_get(line, "reply");
	const char *id = reply ? strrchr(reply, ' ') : NULL;

	return id && id_valid(id + 1) && !ids_have(&trace->messages, id + 1);
}

static bool
belongs(const struct trace *trace, const struct log_line *line)
{
	const char *msg = log_line_get(line, "msg"), *conn = log_line_get(line, "conn");

	if (msg)
		return ids_have(&trace->messages, msg);
	return (ids_have(&trace->connections, conn) || ids_have(&trace->followed, conn))
	       && !tells_of_another(trace, line);
}

/* --- shown --- */

static void
keep(void *of, char *text, size_t len)
{
	struct trace *trace = of;
	struct log_line line;
	char *copy = malloc(len + 1);

	if (!copy)
		die_memory();
	memcpy(copy, text, len);
	if (!log_line_parse(copy, len, &line)) {
		free(copy);
		return;
	}
	learn(trace, &line); /* while following, nothing is read twice */
	if (!belongs(trace, &line)) {
		free(copy);
		return;
	}
	if (trace->count == trace->room) {
		trace->room = trace->room ? 2 * trace->room : 64;
		trace->lines = realloc(trace->lines, trace->room * sizeof *trace->lines);
		if (!trace->lines)
			die_memory();
	}
	trace->lines[trace->count] =
	    (struct shown){ .line = line, .text = copy, .number = trace->count };
	trace->count++;
}

static int
compare_times(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	if (x->line.time_us != y->line.time_us)
		return x->line.time_us < y->line.time_us ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void
print_clock(int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[sizeof "2026-11-22 05:17:09"];
	struct tm local;

	if (!localtime_r(&seconds, &local) || !strftime(text, sizeof text, "%F %T", &local))
		return;
	printf("%s.%03d", text, (int)(time_us / 1000 % 1000));
}

/* A value may hold anything: a terminal gets printable ASCII, and where it ends can be seen. */
static void
print_value(const char *value)
{
	bool plain = *value && !value[strcspn(value, " \"\\")];

	if (!plain)
		putchar('"');
	for (; *value; value++)
		if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else if (*value >= ' ' && *value <= '~')
			putchar(*value);
		else
			printf("\\x%02x", (unsigned int)(unsigned char)*value);
	if (!plain)
		putchar('"');
}

static void
print_line(struct trace *trace, const struct log_line *line)
{
	const char *main_id = trace->messages.list.len ? trace->messages.list.s : "";

	if (line->time_us >= 0)
		print_clock(line->time_us);
	if (line->time_us >= 0 && trace->before_us >= 0)
		printf(" %+9.3f", (double)(line->time_us - trace->before_us) / 1e6);
	else
		printf("%10s", "");
	trace->before_us = line->time_us;
	printf("  %-*s %s", WIDE, line->program, line->event);
	for (size_t i = 0; i < line->count; i++) {
		const struct log_field *field = &line->fields[i];

		if (strcmp(field->name, "conn") == 0
		    || (strcmp(field->name, "msg") == 0 && strcmp(field->value, main_id) == 0)
		    || strcmp(field->value, "-") == 0)
			continue;
		printf(" %s=", field->name);
		print_value(field->value);
	}
	putchar('\n');
}

static void
print_json(const struct log_line *line)
{
	stralloc out = STRALLOC_ZERO;
	bool good = true;

	printf("{\"time\":%lld.%06lld", (long long)(line->time_us / 1000000),
	       (long long)(line->time_us % 1000000));
	good = stralloc_cats(&out, ",\"program\":") && json_quote(&out, line->program)
	       && stralloc_cats(&out, ",\"event\":") && json_quote(&out, line->event);
	for (size_t i = 0; good && i < line->count; i++)
		good = stralloc_append(&out, ',') && json_quote(&out, line->fields[i].name)
		       && stralloc_append(&out, ':') && json_quote(&out, line->fields[i].value);
	if (!good)
		die_memory();
	printf("%.*s}\n", (int)out.len, out.s);
	stralloc_free(&out);
}

static void
show(struct trace *trace)
{
	if (trace->count > 1)
		qsort(trace->lines, trace->count, sizeof *trace->lines, compare_times);
	for (size_t i = 0; i < trace->count; i++) {
		if (trace->as_json)
			print_json(&trace->lines[i].line);
		else
			print_line(trace, &trace->lines[i].line);
		free(trace->lines[i].text);
	}
	trace->count = 0;
	if (fflush(stdout) != 0)
		die_temporary("cannot write what was found");
}

/* --- where the logs are --- */

/* The journal of our units goes into a file without a name, where it can be read more than once. */
static pid_t
journal_start(struct log_files *logs, bool follow)
{
	static const char *const all[] = { "journalctl", "-q", "-o",        "short-unix", "-n",
		                           "all",        "-u", "smtpipe-*", NULL };
	static const char *const growing[] = {
		"journalctl", "-q", "-o", "short-unix", "-n", "all", "-u", "smtpipe-*", "-f", NULL
	};
	char path[] = "/tmp/smtpipe-trace.XXXXXX", name[sizeof "/dev/fd/" + UINT_FMT];
	int file = mkostemp(path, O_CLOEXEC), status;
	pid_t pid;

	if (file < 0)
		die_temporary("cannot make a file in /tmp");
	unlink(path);
	pid = spawn(follow ? growing : all, (const struct spawn_fd[]){ { file, 1 } }, 1, NULL);
	if (pid < 0)
		die_temporary("no folder ", LOG_FOLDER,
		              ", and cannot start journalctl; give the logs with -l");
	if (!follow && (waitpid(pid, &status, 0) < 0 || status != 0))
		die_later("journalctl has failed; give the logs with -l");
	snprintf(name, sizeof name, "/dev/fd/%d", file);
	if (!log_files_add(logs, name))
		die_temporary("cannot read what journalctl wrote");
	close(file);
	return follow ? pid : 0;
}

static void
read_all(struct log_files *logs, void (*visit)(void *, char *, size_t), struct trace *trace)
{
	if (!log_files_read(logs, visit, trace))
		die_temporary("cannot read the logs");
}

static void
rewind_all(struct log_files *logs)
{
	if (!log_files_rewind(logs))
		die_temporary("cannot read the logs once more");
}

static void
find(struct trace *trace, struct log_files *logs, const char *wanted)
{
	if (trace->any || trace->address) {
		read_all(logs, look_for_latest, trace);
		rewind_all(logs);
		wanted = trace->latest;
	}
	/* Is it a message or a connection? Each says nothing where it is the other. */
	ids_add(&trace->messages, wanted);
	ids_add(&trace->followed, wanted);
	do {
		learned = false;
		read_all(logs, learn_from, trace);
		rewind_all(logs);
	} while (learned);
}

/* Nobody waits for reports: they may have a long way of their own. */
static bool
all_done(const struct trace *trace)
{
	for (size_t at = 0; at < trace->messages.list.len; at += ID_LEN + 1) {
		const char *id = trace->messages.list.s + at;

		if (!ids_have(&trace->done, id) && !ids_have(&trace->followed, id)
		    && !ids_have(&trace->reports, id))
			return false;
	}
	return trace->done.list.len > 0;
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	static struct trace trace = { .before_us = -1 };
	static struct log_files logs;
	unsigned int limit_s = 0;
	bool follow = false, given = false, found;
	pid_t journal = 0;
	const char *wanted;
	int64_t end_ms;
	int c;

	/* subgetopt takes no long options; this one stands where the id would. */
	trace.any = argc > 1 && strcmp(argv[argc - 1], "--last") == 0;
	argc -= trace.any;
	while ((c = subgetopt_r(argc, argv, "fjt:l:", &got)) != -1)
		switch (c) {
		case 'f': follow = true; break;
		case 'j': trace.as_json = true; break;
		case 't':
			if (!uint0_scan(got.arg, &limit_s))
				die_usage(USAGE);
			break;
		case 'l':
			if (!log_files_add(&logs, got.arg))
				die_temporary("cannot read the log ", got.arg);
			rights_read(&rights, got.arg);
			given = true;
			break;
		default: die_usage(USAGE);
		}
	if (got.ind + !trace.any != argc)
		die_usage(USAGE);
	if (trace.any)
		wanted = NULL;
	else if (strchr(wanted = argv[got.ind], '@'))
		trace.address = wanted;
	else if (!id_valid(wanted))
		die_later(wanted,
		          " is neither an id of a message or connection, an address, nor --last");
	if (!given && access(LOG_FOLDER, F_OK) == 0) {
		if (!log_files_add(&logs, LOG_FOLDER))
			die_temporary("cannot read the logs in ", LOG_FOLDER);
	} else if (!given) {
		journal = journal_start(&logs, follow);
	}
	if (journal)
		rights.may |= MAY_RUN; /* what we have started is ended by us */
	tzset();                       /* reads a file */
	sandbox_enter(&rights);

	find(&trace, &logs, wanted);
	read_all(&logs, keep, &trace);
	found = trace.count > 0;
	show(&trace);
	end_ms = clock_ms() + (int64_t)limit_s * 1000;
	while (follow && !all_done(&trace) && (!limit_s || clock_ms() < end_ms)) {
		poll(NULL, 0, LOOK_MS);
		if (!found) {
			rewind_all(&logs);
			find(&trace, &logs, wanted);
		}
		read_all(&logs, keep, &trace);
		found = found || trace.count > 0;
		show(&trace);
	}
	if (journal)
		kill(journal, SIGTERM);
	if (!found)
		fprintf(stderr, "%s: nothing is known of %s\n", PROG,
		        trace.any ? "any message" : wanted);
	return !found;
}
