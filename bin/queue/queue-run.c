/*
 * queue-run - hand over what is in the queue: now, later, or back to its sender
 *
 *     queue-run [-q queue] [-c total] [-p per-destination] [-r first-retry] [-m longest-retry]
 *               [-l lifetime] [-w notice] [-t limit] [-b stage] [-n] [-R fd]
 *
 * road     queue-add > [queue-run] > the deliverer that routes(5) names
 * opens    the queue (default queue), and the tables of the settings folder it runs in
 * keeps    an index in memory, no more: it may be killed at any time
 * starts   a deliverer for the recipients of one destination: fd 0 the queue's file, at the
 *          message; fd 3 their envelope; fd 4 its report. bounce-make (and -b), to tell the sender
 * signals  TERM: start nothing more, wait for what runs, exit. HUP, ALRM: try all now
 * refuses  what a deliverer refuses, and what is still "later" at the end of its lifetime
 * later    a deliverer that is missing, crashes, hangs or says nothing: never the sender's fault
 * source   RFC 5321 4.5.4, 6.1; queue(5)
 *
 * What happens to a message is decided in store/keeper.h, from what its files say. Here is what
 * runs: deliverers, signals, and the clock.
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "base/words.h"
#include "store/answer.h"
#include "store/delivery.h"
#include "store/index.h"
#include "store/journal.h"
#include "store/keeper.h"
#include "store/move.h"
#include "store/queue.h"
#include "store/schedule.h"
#include "store/view.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"queue-run [-q queue] [-c total] [-p per-destination] [-r first-retry-seconds] "           \
	"[-m longest-retry-seconds] [-l lifetime-seconds] [-w notice-seconds] "                    \
	"[-t limit-seconds] [-b stage] [-n] [-R fd]"
char const *PROG = "queue-run";

static const struct rights rights = { .may = MAY_RUN }; /* deliverers */

enum {
	MS = 1000,
	LOOKS_AT_ONCE = 50, /* messages looked at between two polls */
	RESCAN_S = 20,      /* one folder; so all of them in ten minutes */
	REST_S = 300,       /* the first rest of a destination that did not answer */
	REST_MAX_S = 3600,  /* and the longest */
	STOP_S = 60,        /* for what runs, after SIGTERM */
	REPORT_WORDS = 16,  /* to make a report and keep it, NULL included */
	REPORT_STAGE_WORDS = 32,
};

static struct {
	const char *queue;
	const char *const *report_stage; /* between bounce-make and queue-add; NULL: none */
	unsigned int total, per_destination, limit_s;
	bool header_only;   /* reports return no text, whatever RET says */
	unsigned int ready; /* 0: nobody waits */
} opt = { .queue = "queue", .total = 100, .per_destination = 20, .limit_s = 7200 };

static struct keeper keeper = {
	.terms = { .lifetime_s = 432000 /* five days */, .notice_s = 14400 },
	/* Soon enough for greylisting; 25 tries or so in a lifetime. RFC 5321 4.5.4.1 */
	.retry = { .first_s = 900, .max_s = 14400 },
};
static struct index found; /* what lies in the folders */
static struct deliveries deliveries;

static int signals; /* signalfd */
static bool stop_asked, all_asked;

/* Out of memory we are no use, and nothing is lost: whoever supervises us starts us again. */
static void
need(bool done)
{
	if (!done)
		die_memory();
}

static void
look(struct message *message, enum look why)
{
	need(keeper_look(&keeper, message, why));
}

/* --- deliveries --- */

/* A deliverer has told what became of its recipients, or has ended without. */
static void
delivery_end(struct delivery *delivery, struct outcome *outcomes, enum contact contact)
{
	struct group *group = delivery->group;
	struct message *message = group->message;
	struct terms terms = plan_terms(&keeper.terms, &delivery->envelope, message);
	struct answer answer;

	log_ids(envelope_get(&delivery->envelope, ENVELOPE_CONNECTION), message->id);
	need(answer_take(&answer, group, outcomes, &delivery->envelope, &terms, keeper.now));
	schedule_end(&keeper.schedule, group, contact, answer.words.s, keeper.now.ms);
	if (answer.some_later)
		need(retry_plan(&keeper.retry, &terms, message, keeper.now, &answer.lines));
	need(message_note(message, &answer.lines, answer.some_final));
	log_ids(NULL, NULL);
	answer_free(&answer);
	delivery_close(&deliveries, delivery, keeper.now.ms);
	look(message, LOOK_DELIVERED);
}

static void
delivery_read(struct delivery *delivery)
{
	unsigned int count = delivery->group->count;
	struct outcome *outcomes = calloc(count, sizeof *outcomes);

	need(outcomes);
	handover_outcomes(&delivery->handover, outcomes, count);
	if (delivery->is_move)
		answer_stay(outcomes, count);
	delivery_end(delivery, outcomes, answer_contact(outcomes, count));
	free(outcomes);
}

/* The deliverer could not be started: as if the destination did not answer. */
static void
delivery_fail(struct delivery *delivery)
{
	const struct group *group = delivery->group;
	const char *why = strerror(errno);
	struct outcome *outcomes = calloc(group->count, sizeof *outcomes);

	need(outcomes);
	for (unsigned int i = 0; i < group->count; i++)
		outcomes[i] = answer_later("the deliverer cannot be started");
	log_ids(envelope_get(&delivery->envelope, ENVELOPE_CONNECTION), group->message->id);
	log_event("warning", "text",
	          "cannot start a deliverer; correct it in routes, or install it", "program",
	          group->destination->command, "error", why, NULL);
	delivery_end(delivery, outcomes, CONTACT_FAILED);
	free(outcomes);
}

static void
address(struct delivery *delivery, const struct view *view, const unsigned int *recipients,
        size_t count, bool with_why)
{
	if (!delivery_address(delivery, view, recipients, count, with_why))
		die_later("cannot make the envelope of a deliverer for ", view->message->id);
}

static void
delivery_begin(struct delivery *delivery, const struct view *view)
{
	const struct group *group = delivery->group;
	char *command = strdup(group->destination->command);
	const char *const *argv;

	need(command);
	address(delivery, view, group->recipients, group->count, false);
	delivery->is_move = view->progress.move_to && move_valid(view->progress.move_to);
	argv = words_split(command);
	if (!delivery_start(delivery, argv, view, keeper.now.ms + (int64_t)opt.limit_s * MS))
		delivery_fail(delivery);
	free((void *)argv);
	free(command);
}

/* It is over, one way or another; the place is free, and the message is looked at. */
static void
report_end(struct delivery *delivery, enum contact contact, enum look why)
{
	struct message *message = delivery->group->message;

	schedule_end(&keeper.schedule, delivery->group, contact, NULL, keeper.now.ms);
	delivery_close(&deliveries, delivery, keeper.now.ms);
	look(message, why);
}

static void
report_read(struct delivery *delivery)
{
	struct message *message = delivery->group->message;
	const char *id = group_report_id(delivery->group);
	stralloc line = STRALLOC_ZERO;
	struct outcome outcome;
	struct recipient recipient;
	size_t at = 0;
	bool done;

	handover_outcomes(&delivery->handover, &outcome, 1);
	done = outcome.fate == FATE_DONE;
	log_ids(envelope_get(&delivery->envelope, ENVELOPE_CONNECTION), message->id);
	while (done && envelope_recipient(&delivery->envelope, &at, &recipient))
		log_event(delivery->kind == REPORT_FAILED ? "bounced" : "reported", "recipient",
		          recipient.address, "kind", report_names[delivery->kind], "new", id,
		          "text", outcome.text, NULL);
	if (!done)
		log_event("report-deferred", "new", id, "text",
		          outcome.fate == FATE_NONE ? "bounce-make gave no answer" : outcome.text,
		          NULL);
	log_ids(NULL, NULL);
	need((!done || journal_reported(&line, keeper.now.s, id))
	     && message_note(message, &line, true));
	stralloc_free(&line);
	report_end(delivery, done ? CONTACT_MADE : CONTACT_UNKNOWN,
	           done ? LOOK_DELIVERED : LOOK_REPORT_FAILED);
}

/* bounce-make, what -b says, and queue-add. */
static void
report_argv(const char **argv, const char *kind, const char *id, const char *until)
{
	const char *const make[] = {
		"bounce-make", "-k", kind, "-i", id, "-u", until, opt.header_only ? "-n" : NULL,
		NULL
	};
	/* the reserve of the disk is there for this */
	const char *const add[] = { "queue-add", "-q", opt.queue, "-b", "0", "-i", "0", NULL };
	const char *const *const parts[] = { make, opt.report_stage, add };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const char *const *word = parts[i]; word && *word; word++)
			*argv++ = *word;
	*argv = NULL;
}

static void
report_begin(struct delivery *delivery, const struct view *view)
{
	const char *id = group_report_id(delivery->group);
	const struct report *report = progress_find_report(&view->progress, id);
	const char *argv[REPORT_WORDS + REPORT_STAGE_WORDS];
	char until[UINT64_FMT];

	if (!report || report->is_made) { /* the journal was changed behind our back */
		report_end(delivery, CONTACT_UNKNOWN, LOOK_DELIVERED);
		return;
	}
	delivery->kind = report->kind;
	until[uint64_fmt(until, (uint64_t)id_time_s(view->message->id) + keeper.terms.lifetime_s)] =
	    0;
	report_argv(argv, report_names[report->kind], id, until);
	address(delivery, view, report->recipients, report->count, true);
	if (!delivery_start(delivery, argv, view, keeper.now.ms + (int64_t)opt.limit_s * MS)) {
		log_warn_sys("cannot start bounce-make; install it");
		report_end(delivery, CONTACT_FAILED, LOOK_REPORT_FAILED);
	}
}

static void
begin(struct delivery *delivery)
{
	const struct group *group = delivery->group;
	struct message *message = group->message;
	struct view view;

	if (view_open_again(&view, &keeper.queue, message, &keeper.shelf, true) != QUEUE_FOUND) {
		message->retry_at = keeper.now.ms;
		report_end(delivery, CONTACT_UNKNOWN, LOOK_TIMER); /* it says what is wrong */
		return;
	}
	(group->is_report ? report_begin : delivery_begin)(delivery, &view);
	view_shelve(&view, &keeper.shelf, false); /* its deliverer reads from the file */
}

static void
start(struct group *group)
{
	struct delivery *delivery = delivery_take(&deliveries, group);

	if (!delivery)
		die_later("more deliveries than there is room for");
	begin(delivery);
}

/* Its host has as many connections as it may have: it waits for one to end. */
static void
turned_away(struct delivery *delivery)
{
	need(schedule_return(&keeper.schedule, delivery->group));
	delivery_close(&deliveries, delivery, keeper.now.ms);
}

static void
kill_late(struct delivery *delivery)
{
	const struct group *group = delivery->group;

	log_ids(envelope_get(&delivery->envelope, ENVELOPE_CONNECTION), group->message->id);
	log_event("warning", "text", "a deliverer took too long, and is killed", "program",
	          group->is_report ? "bounce-make" : group->destination->command, NULL);
	log_ids(NULL, NULL);
	handover_stop(&delivery->handover);
}

static void
end_deliveries(void)
{
	for (struct delivery *at = NULL; (at = deliveries_next(&deliveries, at)) != NULL;) {
		delivery_hasten(at, keeper.now.ms);
		if (at->deadline_ms <= keeper.now.ms)
			kill_late(at);
		if (!delivery_is_over(at))
			continue;
		if (at->is_turned_away && !at->handover.text.len)
			turned_away(at);
		else if (delivery_was_too_late(at))
			begin(at);
		else
			(at->group->is_report ? report_read : delivery_read)(at);
	}
	deliveries_expire(&deliveries, keeper.now.ms);
}

/* --- the loop --- */

static void
take_steps(void)
{
	struct message *message;
	struct group *group;

	if (all_asked) {
		all_asked = false;
		keeper_all_due(&keeper);
	}
	for (int i = 0;
	     i < LOOKS_AT_ONCE && (message = schedule_due(&keeper.schedule, keeper.now.ms)); i++)
		look(message, LOOK_TIMER);
	while ((group = schedule_start(&keeper.schedule, keeper.now.ms)) != NULL)
		start(group);
}

static void
need_flusher(bool is_there)
{
	if (!is_there)
		die_temporary("the process that flushes the queue is gone");
}

/* How long poll may sleep, in milliseconds. */
static int
sleep_ms(int64_t next_ms)
{
	int64_t deadline_ms = deliveries_deadline(&deliveries);

	if (deadline_ms < next_ms)
		next_ms = deadline_ms;
	if (next_ms <= keeper.now.ms)
		return 0;
	return next_ms - keeper.now.ms > RESCAN_S * MS ? RESCAN_S * MS
	                                               : (int)(next_ms - keeper.now.ms);
}

static void
signals_read(void)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof info) == sizeof info)
		switch (info.ssi_signo) {
		case SIGCHLD: deliveries_reap(&deliveries); break;
		case SIGTERM:
		case SIGINT: stop_asked = true; break;
		default: all_asked = true;
		}
}

/* Waits until something happens, and takes what there is to take. */
static void
wait_for_news(int wait_ms)
{
	struct pollfd others[] = {
		{ .fd = found.watching, .events = POLLIN },
		{ .fd = keeper.flusher.fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	log_flush();
	deliveries_wait(&deliveries, others, sizeof others / sizeof *others, wait_ms);
	keeper.now = moment_now();
	if (others[0].revents)
		need(index_news(&found, keeper.now));
	if (others[1].revents)
		need_flusher(keeper_flushed(&keeper));
	if (others[2].revents)
		signals_read();
	end_deliveries();
	need_flusher(keeper_turn(&keeper));
}

static void
run(void)
{
	int64_t rescan_ms = keeper.now.ms + RESCAN_S * MS, next_ms;

	while (!stop_asked) {
		if (index_is_behind(&found))
			need(index_read(&found, keeper.now));
		keeper.is_starting = index_is_unread(&found);
		take_steps();
		need_flusher(keeper_turn(&keeper));
		next_ms = index_is_behind(&found) ? keeper.now.ms : schedule_next(&keeper.schedule);
		wait_for_news(sleep_ms(next_ms < rescan_ms ? next_ms : rescan_ms));
		if (keeper.now.ms >= rescan_ms) {
			rescan_ms = keeper.now.ms + RESCAN_S * MS;
			need(index_refresh(&found, keeper.now));
		}
	}
}

/* Nothing new is started; what runs may end, for a while. */
static void
stop(void)
{
	int64_t stop_ms = keeper.now.ms + STOP_S * MS;

	while ((deliveries_next(&deliveries, NULL) || keeper.flusher.is_busy)
	       && keeper.now.ms < stop_ms)
		wait_for_news(sleep_ms(stop_ms));
	/* The messages of those that are left are tried again by the next of us. */
	for (struct delivery *at = NULL; (at = deliveries_next(&deliveries, at)) != NULL;)
		if (at->handover.pid > 0)
			kill(at->handover.pid, SIGTERM);
	flusher_stop(&keeper.flusher);
	log_event("stopped", NULL);
	log_flush();
}

/* --- the start --- */

/* Our signals come by a descriptor: a poll that finds work at each turn would never let them in. */
static void
signals_take(void)
{
	static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGALRM };
	sigset_t ours;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&ours);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&ours, numbers[i]);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		die_temporary("cannot wait for signals");
}

static void
queue_take(void)
{
	int lock;

	if (!queue_make(opt.queue) || !queue_open(&keeper.queue, opt.queue))
		die_temporary("cannot make the queue ", opt.queue,
		              "; its parent must be there, and be writable");
	if (!flusher_start(&keeper.flusher, &keeper.queue))
		die_temporary("cannot start a process that flushes the queue");
	lock = openat(keeper.queue.root, "lock", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		die_temporary("cannot open ", opt.queue, "/lock");
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		die_temporary("cannot lock ", opt.queue, "; is another queue-run at work there?");
}

static void
schedule_open(void)
{
	unsigned int rest_s = keeper.retry.first_s < REST_S ? keeper.retry.first_s : REST_S;

	keeper.schedule = (struct schedule){ .total = opt.total,
		                             .per_destination = opt.per_destination,
		                             .rest_first_ms = (int64_t)rest_s * MS,
		                             .rest_max_ms = REST_MAX_S * MS };
	need(schedule_init(&keeper.schedule)
	     /* as many more as are on their way out */
	     && deliveries_open(&deliveries, &keeper.schedule,
	                        2 * (size_t)opt.total + opt.per_destination)
	     && index_open(&found, &keeper.queue, &keeper.schedule, &keeper.retry, keeper.now));
}

static void
say_ready(void)
{
	char messages[SIZE_FMT];

	messages[size_fmt(messages, keeper.schedule.messages.count)] = 0;
	log_event("running", "queue", opt.queue, "messages", messages, NULL);
	if (!opt.ready)
		return;
	if (write((int)opt.ready, "\n", 1) != 1)
		log_warn_sys("cannot say ready on the descriptor of -R");
	close((int)opt.ready);
}

static const char *const *
command_read(const char *text)
{
	char *copy = strdup(text);
	const char *const *words;
	size_t count = 0;

	need(copy);
	words = words_split(copy);
	while (words && words[count])
		count++;
	if (!count || count > REPORT_STAGE_WORDS)
		die_usage(USAGE);
	return words;
}

static void
parse_options(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:c:p:r:m:l:w:t:b:nR:", &got)) != -1) {
		unsigned int *number = NULL;

		switch (c) {
		case 'q': opt.queue = got.arg; continue;
		case 'b': opt.report_stage = command_read(got.arg); continue;
		case 'n': opt.header_only = true; continue;
		case 'c': number = &opt.total; break;
		case 'p': number = &opt.per_destination; break;
		case 'r': number = &keeper.retry.first_s; break;
		case 'm': number = &keeper.retry.max_s; break;
		case 'l': number = &keeper.terms.lifetime_s; break;
		case 'w': number = &keeper.terms.notice_s; break;
		case 't': number = &opt.limit_s; break;
		case 'R': number = &opt.ready; break;
		default: die_usage(USAGE);
		}
		if (!uint0_scan(got.arg, number) || !*number || *number > INT32_MAX / MS)
			die_usage(USAGE);
	}
	if (got.ind != argc)
		die_usage(USAGE);
}

int
main(int argc, const char *const *argv)
{
	parse_options(argc, argv);
	sandbox_enter(&rights);
	fd_reserve();
	signals_take();
	keeper.now = moment_now();
	queue_take();
	if (!keeper_routes(&keeper))
		die_temporary("cannot read the table ", keeper.routes.failed);
	schedule_open();
	say_ready();
	log_gather();
	run();
	stop();
	return 0;
}
