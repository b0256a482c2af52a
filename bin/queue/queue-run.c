/*
 * queue-run - hand over what is in the queue: now, later, or back to its sender
 *
 *     queue-run [-q queue] [-c total] [-p per-destination] [-r first-retry] [-m longest-retry]
 *               [-l lifetime] [-w notice] [-t limit] [-R fd]
 *
 * road     queue-add > [queue-run] > the deliverer that routes(5) names
 * starts   a deliverer for the recipients of one destination: fd 0 the queue's file, at the
 *          message; fd 3 their envelope; fd 4 its report. bounce-make, to tell the sender
 * opens    the queue (default queue), and the tables of the settings folder it runs in
 * keeps    an index in memory, no more: it may be killed at any time
 * signals  TERM: start nothing more, wait for what runs, exit. HUP, ALRM: try all now
 * later    a deliverer that is missing, crashes, hangs or says nothing: never the sender's fault
 * never    what a deliverer refuses, and what is still "later" at the end of its lifetime
 * source   RFC 5321 4.5.4, 6.1; queue(5)
 *
 * What happens to a message is decided in one place, settle(), from what its files say. An outcome
 * is written down before anything is done about it.
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/handover.h"
#include "base/job.h"
#include "base/record.h"
#include "base/words.h"
#include "mail/envelope.h"
#include "store/journal.h"
#include "store/plan.h"
#include "store/progress.h"
#include "store/queue.h"
#include "store/route.h"
#include "store/schedule.h"
#include "store/view.h"
#include "store/watch.h"

#include <skalibs/random.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"queue-run [-q queue] [-c total] [-p per-destination] [-r first-retry-seconds] "           \
	"[-m longest-retry-seconds] [-l lifetime-seconds] [-w notice-seconds] "                    \
	"[-t limit-seconds] [-R fd]"
char const *PROG = "queue-run";

enum {
	MS = 1000,
	LOOKS_AT_ONCE = 50,     /* messages looked at between two polls */
	RESCAN_S = 20,          /* one folder; so all of them in ten minutes */
	TROUBLE_S = 60,         /* when the disk would not, ask again after so long */
	REST_S = 300,           /* the first rest of a destination that did not answer */
	REST_MAX_S = 3600,      /* and the longest */
	STOP_S = 60,            /* for what runs, after SIGTERM */
	EXIT_S = 10,            /* for a deliverer to exit that has given its report */
	SPARE_MAX_S = 36 * 3600 /* nobody writes on one message for so long */
};

struct options {
	const char *queue;
	unsigned int total, per_destination;
	struct terms terms;
	unsigned int retry_first_s, retry_max_s, limit_s;
	unsigned int ready; /* 0: nobody waits */
};

struct job {
	struct group *group; /* NULL: free */
	enum report_kind kind;
	struct handover handover;
	int64_t deadline_ms;
	stralloc records; /* the envelope it was given: for the log */
	struct envelope envelope;
};

static struct options opt = {
	.queue = "queue",
	.total = 60,
	.per_destination = 10,
	.retry_first_s = 900, /* soon enough for greylisting; */
	.retry_max_s =
	    14400, /* doubled up to this: 25 tries or so in a lifetime. RFC 5321 4.5.4.1 */
	.terms = { .lifetime_s = 432000 /* five days */, .notice_s = 14400 },
	.limit_s = 7200,
};
static struct queue queue;
static struct schedule schedule;
static struct routes routes;
static struct job *jobs;
static size_t job_count;
static int64_t now_ms;    /* never jumps: for timers */
static int64_t now_s;     /* since 1970: for what is written down */
static stralloc leaving;  /* pointers to messages whose files are gone, but not yet durably */
static stralloc released; /* ids of reports that are known to be made, each with its NUL */
static bool folder_changed[QUEUE_FOLDERS];

static volatile sig_atomic_t child_has_ended, stop_asked, all_asked;

/* --- small things --- */

static void
clock_read(void)
{
	now_ms = clock_ms();
	now_s = time(NULL);
}

/* Out of memory we are no use, and nothing is lost: whoever supervises us starts us again. */
static void
need(bool done)
{
	if (!done)
		die_memory();
}

static const char *
number_text(int64_t number)
{
	static char text[UINT64_FMT];

	text[uint64_fmt(text, (uint64_t)number)] = 0;
	return text;
}

static int64_t
age_s(const struct message *message)
{
	return message_age_s(message, now_s);
}

/* When a message will have this age, by the clock of the timers. */
static int64_t
age_reached_ms(const struct message *message, unsigned int age)
{
	return now_ms + ((int64_t)age - age_s(message)) * MS;
}

/*
 * The wait after so many attempts: doubled each time, and up to a fifth more or less for each
 * message, so that what came together does not stay together.
 */
static int64_t
retry_wait_ms(unsigned int attempts)
{
	int64_t wait = (int64_t)opt.retry_first_s * MS;
	uint16_t chance;

	for (; attempts > 1 && wait < (int64_t)opt.retry_max_s * MS; attempts--)
		wait *= 2;
	if (wait > (int64_t)opt.retry_max_s * MS)
		wait = (int64_t)opt.retry_max_s * MS;
	random_buf((char *)&chance, sizeof chance);
	return wait * 4 / 5 + wait * 2 / 5 * chance / UINT16_MAX;
}

static void
look_again(struct message *message, int64_t at_ms)
{
	need(schedule_at(&schedule, message, at_ms));
}

static int64_t
trouble_ms(void)
{
	return now_ms + (opt.retry_first_s < TROUBLE_S ? opt.retry_first_s : TROUBLE_S) * MS;
}

/* --- leaving --- */

/* What is done with reports is durable: this one may be delivered now. */
static void
release(const char *report_id)
{
	struct message *message = schedule_find(&schedule, report_id);

	if (!message || !message->is_held)
		return;
	message->is_held = false;
	message->retry_at = now_ms;
	look_again(message, now_ms);
}

/*
 * Takes the file's name away: that is the record of all being done. It is made durable, for all
 * that leave in this turn, by leave_all(); only then the journal goes, and reports are released.
 */
static bool
leave(struct view *view)
{
	struct message *message = view->message;

	if (!queue_remove(&queue, "msg", message->id)) {
		log_warn_sys("cannot remove the message's file in ", queue.path,
		             "; let this user write there");
		return false;
	}
	for (size_t i = 0; i < view->progress.report_count; i++)
		need(stralloc_catb(&released, view->progress.reports[i].id, ID_LEN + 1));
	log_event("done", "delay", number_text(age_s(message)), NULL);
	folder_changed[strchr(queue_digits, message->id[ID_LEN - 1]) - queue_digits] = true;
	message->is_leaving = true;
	look_again(message, SCHEDULE_NEVER);
	need(stralloc_catb(&leaving, (const char *)&message, sizeof message));
	return true;
}

static void
leave_all(void)
{
	char folder[QUEUE_NAME_BYTES];
	struct message *message;

	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		if (folder_changed[i]) {
			folder_changed[i] = false;
			queue_folder(folder, "msg", queue_digits[i]);
			if (!queue_sync_folder(&queue, folder))
				log_warn_sys("cannot sync ", queue.path, "/", folder,
				             "; check the disk");
		}
	for (size_t at = 0; at < leaving.len; at += sizeof message) {
		memcpy(&message, leaving.s + at, sizeof message);
		if (message->has_journal)
			queue_remove(&queue, "journal", message->id); /* else swept later */
		schedule_forget(&schedule, message);
	}
	leaving.len = 0;
	for (size_t at = 0; at < released.len; at += ID_LEN + 1)
		release(released.s + at);
	released.len = 0;
}

/* --- what follows from what is known --- */

static void
mark_open(struct view *view)
{
	for (const struct group *group = view->message->groups; group;
	     group = group->next_of_message)
		if (!group->is_report)
			for (size_t i = 0; i < group->count; i++)
				if (group->recipients[i] < view->progress.count)
					view->progress.parts[group->recipients[i]].is_open = true;
}

/* Writes an outcome into lines: of a recipient, said by a deliverer, or by us. */
static void
note_outcome(stralloc *lines, const char *by, unsigned int recipient, struct outcome outcome)
{
	outcome.recipient = (int)recipient;
	need(journal_outcome(lines, now_s, by, &outcome));
}

static void
log_outcome(const char *address, const struct message *message, const struct outcome *outcome)
{
	static const char *const events[] = {
		[FATE_DONE] = "delivered",
		[FATE_LATER] = "deferred",
		[FATE_NEVER] = "failed",
	};

	log_event(events[outcome->fate], "recipient", address, "host", outcome->host, "tls",
	          outcome->tls, "status", outcome->enhanced, "text", outcome->text, "delay",
	          number_text(age_s(message)), NULL);
}

static const char *
address_of(const struct envelope *envelope, unsigned int number)
{
	struct recipient recipient = { .address = "" };
	size_t at = 0;

	for (unsigned int i = 0; i <= number; i++)
		if (!envelope_recipient(envelope, &at, &recipient))
			return "";
	return recipient.address;
}

/*
 * Who waits in the line of a destination that does not answer has been told so by it, though
 * another message asked: those words count. Past its lifetime, it waits no more.
 */
static void
end_hopeless_waits(struct view *view)
{
	bool is_over = age_s(view->message) >= opt.terms.lifetime_s;
	bool is_notice = age_s(view->message) >= opt.terms.notice_s;
	stralloc lines = STRALLOC_ZERO, words = STRALLOC_ZERO, text = STRALLOC_ZERO;

	for (struct group *group = view->message->groups, *next; group; group = next) {
		struct outcome outcome;

		next = group->next_of_message;
		if (group->is_report || group->is_running || !(is_over || is_notice)
		    || !destination_rests(group->destination) || !group->destination->words)
			continue;
		need(stralloc_copys(&words, group->destination->words) && stralloc_0(&words));
		if (!outcome_parse(words.s, &outcome))
			continue;
		need(!is_over || plan_give_up(&outcome, &opt.terms, &text));
		for (size_t i = 0; i < group->count; i++) {
			unsigned int number = group->recipients[i];

			if (is_over) {
				log_outcome(address_of(&view->envelope, number), view->message,
				            &outcome);
				view->progress.parts[number].is_open = false;
			} else if (view->progress.parts[number].fate != FATE_NONE)
				continue;
			note_outcome(&lines, PROG, number, outcome);
		}
		if (is_over)
			schedule_cancel(&schedule, group);
	}
	need(view_note(view, &lines, is_over));
	stralloc_free(&lines);
	stralloc_free(&words);
	stralloc_free(&text);
}

static bool
has_report_group(const struct message *message, const char *report_id)
{
	for (const struct group *group = message->groups; group; group = group->next_of_message)
		if (group->is_report && strcmp(group_report_id(group), report_id) == 0)
			return true;
	return false;
}

static void
start_reports(struct view *view)
{
	for (size_t i = 0; i < view->progress.report_count; i++) {
		const struct report *report = &view->progress.reports[i];
		struct message *held;

		if (report->is_made) {
			release(report->id);
			continue;
		}
		if (has_report_group(view->message, report->id))
			continue;
		held = schedule_add(&schedule, report->id);
		need(held && schedule_report(&schedule, view->message, report->id));
		held->is_held = true;
	}
}

/* --- delivering --- */

static void
routes_open(void)
{
	static stralloc aliases_command;

	if (!route_open(&routes, "."))
		die_temporary("cannot read the table ", routes.failed);
	/* What an alias becomes goes into this queue, not into another one. */
	aliases_command.len = 0;
	need(stralloc_cats(&aliases_command, ROUTE_ALIASES " -q ")
	     && stralloc_cats(&aliases_command, opt.queue) && stralloc_0(&aliases_command));
	routes.aliases_command = aliases_command.s;
}

/* The tables as they are now; those that cannot be read stay as they were. */
static void
routes_refresh(void)
{
	struct routes fresh;

	if (route_fresh(&routes))
		return;
	if (!route_open(&fresh, ".")) {
		log_warn_sys("cannot read the table ", fresh.failed, ", so the old ones are used");
		return;
	}
	fresh.aliases_command = routes.aliases_command;
	route_close(&routes);
	routes = fresh;
	log_event("reloaded", NULL);
}

struct target {
	struct destination *destination;
	unsigned int number;
};

static int
target_compare(const void *a, const void *b)
{
	const struct target *left = a, *right = b;

	if (left->destination != right->destination)
		return left->destination < right->destination ? -1 : 1;
	return left->number < right->number ? -1 : 1;
}

/* Puts recipients into the lines of their destinations: one group for each. */
static void
line_up(struct message *message, struct target *targets, size_t count)
{
	unsigned int *numbers = calloc(count, sizeof *numbers);
	size_t from, to;

	need(numbers);
	qsort(targets, count, sizeof *targets, target_compare);
	for (from = 0; from < count; from = to) {
		for (to = from; to < count && targets[to].destination == targets[from].destination;
		     to++)
			numbers[to - from] = targets[to].number;
		need(schedule_deliver(&schedule, message, targets[from].destination, numbers,
		                      to - from));
	}
	free(numbers);
}

/* RFC 4865: the client may have asked for a later time. */
static bool
is_on_hold(struct view *view)
{
	uint64_t until_s, wait_s;

	if (!uint640_scan(envelope_get(&view->envelope, ENVELOPE_HOLD), &until_s)
	    || until_s <= (uint64_t)now_s)
		return false;
	wait_s = until_s - (uint64_t)now_s;
	view->message->retry_at = now_ms + (int64_t)(wait_s < INT32_MAX ? wait_s : INT32_MAX) * MS;
	return true;
}

static void
deliver(struct view *view)
{
	static struct route route;
	struct message *message = view->message;
	struct target *targets = calloc(view->progress.count + 1, sizeof *targets);
	struct recipient recipient;
	size_t at = 0, count = 0;

	need(targets);
	message->retry_at = SCHEDULE_NEVER;
	routes_refresh();
	for (unsigned int i = 0; i < view->progress.count; i++) {
		const struct part *part = &view->progress.parts[i];

		if (!envelope_recipient(&view->envelope, &at, &recipient)
		    || !part_is_unfinished(part) || part->is_open)
			continue;
		need(route_find(&routes, &view->envelope, recipient.address, &route));
		targets[count].destination =
		    schedule_destination(&schedule, route.key.s, route.command.s);
		need(targets[count].destination);
		targets[count++].number = i;
	}
	if (count) {
		message->attempts += message->attempts < UINT16_MAX;
		line_up(message, targets, count);
	}
	free(targets);
}

/* When to look at it again, if nothing happens before. */
static void
set_timer(struct view *view, bool failure_waits)
{
	struct message *message = view->message;
	int64_t at = message->retry_at, other;
	bool in_line = false;

	for (const struct group *group = message->groups; group; group = group->next_of_message)
		in_line = in_line || (!group->is_report && !group->is_running);
	if (at == SCHEDULE_NEVER
	    && !message->groups) /* nothing is left to wake it: never lose one */
		at = message->retry_at = now_ms + retry_wait_ms(1);
	if (age_s(message) < opt.terms.notice_s
	    && (other = age_reached_ms(message, opt.terms.notice_s)) < at)
		at = other;
	if (in_line) {
		other = age_reached_ms(message, opt.terms.lifetime_s);
		if (other <= now_ms)
			other = now_ms + (int64_t)opt.retry_first_s * MS;
		if (other < at)
			at = other;
	}
	if (failure_waits && trouble_ms() < at)
		at = trouble_ms();
	look_again(message, at);
}

enum look { LOOK_TIMER, LOOK_DELIVERED, LOOK_REPORT_FAILED };

/*
 * All that can happen to a message. What its files say, and what was learnt just now, is turned
 * into lines; those are written down; then they are acted on.
 */
static void
settle(struct view *view, enum look why)
{
	struct message *message = view->message;
	bool failure_waits;

	mark_open(view);
	end_hopeless_waits(view);
	need(plan_reports(view, &opt.terms, now_s, why == LOOK_DELIVERED, &failure_waits));
	if (plan_is_finished(view) && leave(view))
		return;
	if (!view_save(view)) {
		log_warn_sys("cannot write to the journal in ", queue.path,
		             "; make room, or check the disk");
		look_again(message, trouble_ms());
		return;
	}
	if (plan_is_finished(view)) { /* its file could not be removed */
		look_again(message, trouble_ms());
		return;
	}
	if (why == LOOK_REPORT_FAILED)
		message->retry_at =
		    message->retry_at == SCHEDULE_NEVER || message->retry_at <= now_ms
		        ? now_ms + retry_wait_ms(1)
		        : message->retry_at;
	else
		start_reports(view);
	if (message->retry_at <= now_ms && !is_on_hold(view))
		deliver(view);
	set_timer(view, failure_waits);
}

/* There is no file, or none to read: it leaves the index, as soon as nothing of it is running. */
static void
forget(struct message *message)
{
	for (struct group *group = message->groups, *next; group; group = next) {
		next = group->next_of_message;
		if (!group->is_running)
			schedule_cancel(&schedule, group);
	}
	if (message->groups)
		return;
	if (message->has_journal)
		queue_remove(&queue, "journal", message->id);
	schedule_forget(&schedule, message);
}

static void
look(struct message *message, enum look why)
{
	struct view view;

	if (message->is_held || message->is_leaving)
		return;
	switch (view_open(&view, &queue, message)) {
	case QUEUE_FOUND:
		log_ids(envelope_get(&view.envelope, ENVELOPE_CONNECTION), message->id);
		settle(&view, why);
		log_ids(NULL, NULL);
		view_close(&view);
		break;
	case QUEUE_GONE: forget(message); break;
	case QUEUE_CORRUPT:
		log_ids(NULL, message->id);
		if (queue_set_aside(&queue, message->id))
			log_event("corrupt", "moved", "bad", "text",
			          "this file is not as it was written; a copy may be had from bad/",
			          NULL);
		else
			log_warn_sys("this message is not as it was written, and cannot be moved "
			             "to bad/");
		message->has_journal = false;
		forget(message);
		log_ids(NULL, NULL);
		break;
	case QUEUE_TROUBLE:
		log_ids(NULL, message->id);
		log_warn_sys("cannot read the message in ", queue.path);
		log_ids(NULL, NULL);
		look_again(message, trouble_ms());
		break;
	}
}

/* --- jobs --- */

static struct job *
job_free(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (!jobs[i].group)
			return &jobs[i];
	die_later("more deliveries than there is room for");
}

static void
job_close(struct job *job)
{
	handover_close(&job->handover);
	stralloc_free(&job->records);
	job->group = NULL;
}

/* The file name of the command: "/usr/bin/smtp-send -4" is smtp-send. Out of ours, or the table. */
static const char *
deliverer_name(const char *command)
{
	static char name[64];
	size_t len = strcspn(command, " \t"), from = len;

	while (from && command[from - 1] != '/' && !job_is_address(command))
		from--;
	if (job_is_address(command))
		from = 0;
	len -= from;
	if (len >= sizeof name)
		len = sizeof name - 1;
	memcpy(name, command + from, len);
	name[len] = 0;
	return len ? name : "-";
}

static bool
is_no_contact(const struct outcome *outcome)
{
	return outcome->fate == FATE_LATER
	       && (outcome->code == 421 || strncmp(outcome->enhanced, "4.4.", 4) == 0);
}

/* The time of the next attempt is set by the first recipient that is told "later" in this one. */
static void
plan_retry(struct message *message, stralloc *lines)
{
	if (message->retry_at != SCHEDULE_NEVER)
		return;
	message->retry_at = now_ms + retry_wait_ms(message->attempts);
	need(journal_tried(lines, now_s, message->attempts,
	                   now_s + (message->retry_at - now_ms) / MS));
}

/*
 * A deliverer has told what became of its recipients, or has ended without.
 *
 * outcomes   one for each of the group's recipients
 * envelope   what it was given
 */
static void
delivery_end(struct group *group, struct outcome *outcomes, const struct envelope *envelope,
             enum contact contact)
{
	struct message *message = group->message;
	bool is_over = age_s(message) >= opt.terms.lifetime_s, some_later = false,
	     some_final = false;
	stralloc lines = STRALLOC_ZERO, text = STRALLOC_ZERO, words = STRALLOC_ZERO;
	const char *by = deliverer_name(group->destination->command);

	log_ids(envelope_get(envelope, ENVELOPE_CONNECTION), message->id);
	if (contact == CONTACT_FAILED) {
		struct outcome last = outcomes[group->count - 1];

		last.recipient = 0;
		need(outcome_add(&words, &last));
	}
	for (unsigned int i = 0; i < group->count; i++) {
		struct outcome *outcome = &outcomes[i];

		if (outcome->fate == FATE_LATER && is_over)
			need(plan_give_up(outcome, &opt.terms, &text));
		some_later = some_later || outcome->fate == FATE_LATER;
		some_final = some_final || outcome->fate != FATE_LATER;
		log_outcome(address_of(envelope, i), message, outcome);
		note_outcome(&lines, by, group->recipients[i], *outcome);
	}
	schedule_end(&schedule, group, contact, words.len ? words.s : NULL, now_ms);
	if (some_later)
		plan_retry(message, &lines);
	need(message_note(message, &lines, some_final));
	log_ids(NULL, NULL);
	stralloc_free(&lines);
	stralloc_free(&text);
	stralloc_free(&words);
	look(message, LOOK_DELIVERED);
}

static void
delivery_read(struct job *job)
{
	struct group *group = job->group;
	struct outcome *outcomes = calloc(group->count, sizeof *outcomes);
	enum contact contact = CONTACT_UNKNOWN;
	unsigned int silent = 0, unreached = 0;

	need(outcomes);
	handover_outcomes(&job->handover, outcomes, group->count);
	for (unsigned int i = 0; i < group->count; i++) {
		if (outcomes[i].fate == FATE_NONE) {
			silent++;
			outcomes[i] = (struct outcome){ .fate = FATE_LATER,
				                        .code = 451,
				                        .enhanced = "4.3.0",
				                        .host = "-",
				                        .tls = "-",
				                        .text = "the deliverer gave no answer" };
		} else if (is_no_contact(&outcomes[i]))
			unreached++;
	}
	if (unreached == group->count)
		contact = CONTACT_FAILED;
	else if (silent < group->count)
		contact = CONTACT_MADE;
	delivery_end(group, outcomes, &job->envelope, contact);
	free(outcomes);
}

static void
report_read(struct job *job)
{
	struct group *group = job->group;
	struct message *message = group->message;
	char id[ID_LEN + 1];
	stralloc line = STRALLOC_ZERO;
	struct outcome outcome;
	struct recipient recipient;
	size_t at = 0;
	bool done;

	strcpy(id, group_report_id(group));
	handover_outcomes(&job->handover, &outcome, 1);
	done = outcome.fate == FATE_DONE;
	log_ids(envelope_get(&job->envelope, ENVELOPE_CONNECTION), message->id);
	while (done && envelope_recipient(&job->envelope, &at, &recipient))
		log_event(job->kind == REPORT_FAILED ? "bounced" : "reported", "recipient",
		          recipient.address, "kind", report_names[job->kind], "report", id, "text",
		          outcome.text, NULL);
	if (!done)
		log_event("report-deferred", "report", id, "text",
		          outcome.fate == FATE_NONE ? "bounce-make gave no answer" : outcome.text,
		          NULL);
	log_ids(NULL, NULL);
	schedule_end(&schedule, group, done ? CONTACT_MADE : CONTACT_UNKNOWN, NULL, now_ms);
	if (done)
		need(journal_reported(&line, now_s, id));
	need(message_note(message, &line, true));
	stralloc_free(&line);
	look(message, done ? LOOK_DELIVERED : LOOK_REPORT_FAILED);
}

/* A job is over when its report is, and its process has ended or has had its time. */
static void
job_end(struct job *job)
{
	if (job->group->is_report)
		report_read(job);
	else
		delivery_read(job);
	job_close(job);
}

/* The deliverer could not be started: as if the destination did not answer. */
static void
delivery_fail(struct job *job, const char *command, const char *why)
{
	struct group *group = job->group;
	struct outcome *outcomes = calloc(group->count, sizeof *outcomes);

	need(outcomes);
	for (unsigned int i = 0; i < group->count; i++)
		outcomes[i] = (struct outcome){ .fate = FATE_LATER,
			                        .code = 451,
			                        .enhanced = "4.3.0",
			                        .host = "-",
			                        .tls = "-",
			                        .text = "the deliverer cannot be started" };
	log_ids(envelope_get(&job->envelope, ENVELOPE_CONNECTION), group->message->id);
	log_event("warning", "text",
	          "cannot start a deliverer; correct it in routes, or install it", "command",
	          command, "error", why, NULL);
	delivery_end(group, outcomes, &job->envelope, CONTACT_FAILED);
	free(outcomes);
	job_close(job);
}

static bool
job_hand_over(struct job *job, const char *const *argv, const struct queue_message *file)
{
	if (!argv) {
		errno = ENOENT;
		return false;
	}
	job->deadline_ms = now_ms + (int64_t)opt.limit_s * MS;
	return handover_start(&job->handover, argv, file->fd, &job->records, file->message_len);
}

/* The envelope of one job: the facts, and some of the recipients; with_why: what became of them. */
static void
job_address(struct job *job, const struct view *view, const unsigned int *numbers, size_t count,
            bool with_why)
{
	struct recipient recipient;
	size_t at = 0, next = 0;

	need(envelope_copy_facts(&job->records, &view->envelope, ""));
	for (unsigned int i = 0;
	     next < count && envelope_recipient(&view->envelope, &at, &recipient); i++) {
		if (numbers[next] != i)
			continue;
		next++;
		recipient.why = NULL;
		if (with_why)
			recipient.why = view->progress.parts[i].why
			                    ? view->progress.parts[i].why
			                    : "Z0 451 4.4.7 - - not yet tried";
		need(envelope_add_recipient(&job->records, &recipient));
	}
	need(record_end(&job->records));
	if (!envelope_parse(&job->envelope, job->records.s, job->records.len))
		die_later("made a broken envelope for ", view->message->id);
}

static void
start_delivery(struct job *job, struct view *view)
{
	struct group *group = job->group;
	char *command = strdup(group->destination->command);
	const char *const *argv;

	need(command);
	job_address(job, view, group->recipients, group->count, false);
	argv = words_split(command);
	if (!job_hand_over(job, argv, &view->file))
		delivery_fail(job, group->destination->command, strerror(errno));
	free((void *)argv);
	free(command);
}

static void
start_report(struct job *job, struct view *view)
{
	const char *id = group_report_id(job->group);
	const struct report *report = progress_find_report(&view->progress, id);
	char until[UINT64_FMT];
	const char *argv[] = { "bounce-make", "-k", NULL, "-i", id, "-u", until,
		               /* the reserve of the disk is there for this */
		               "queue-add", "-q", opt.queue, "-b", "0", "-i", "0", NULL };

	if (!report || report->is_made) { /* the journal was changed behind our back */
		schedule_end(&schedule, job->group, CONTACT_UNKNOWN, NULL, now_ms);
		job_close(job);
		look(view->message, LOOK_DELIVERED);
		return;
	}
	job->kind = report->kind;
	argv[2] = report_names[report->kind];
	until[uint64_fmt(until, (uint64_t)id_time_s(view->message->id) + opt.terms.lifetime_s)] = 0;
	job_address(job, view, report->recipients, report->count, true);
	if (!job_hand_over(job, argv, &view->file)) {
		log_warn_sys("cannot start bounce-make; install it");
		schedule_end(&schedule, job->group, CONTACT_FAILED, NULL, now_ms);
		job_close(job);
		look(view->message, LOOK_REPORT_FAILED);
	}
}

static void
start(struct group *group)
{
	struct message *message = group->message;
	struct job *job = job_free();
	struct view view;

	*job = (struct job){ .group = group, .handover = { .report = -1 } };
	if (view_open(&view, &queue, message) != QUEUE_FOUND) {
		schedule_end(&schedule, group, CONTACT_UNKNOWN, NULL, now_ms);
		job_close(job);
		message->retry_at = now_ms;
		look(message, LOOK_TIMER); /* it says what is wrong */
		return;
	}
	if (group->is_report)
		start_report(job, &view);
	else
		start_delivery(job, &view);
	view_close(&view);
}

static void
start_jobs(void)
{
	struct group *group;

	while ((group = schedule_start(&schedule, now_ms)) != NULL)
		start(group);
}

/* One process has ended. */
static void
reap(void)
{
	pid_t pid;

	child_has_ended = 0;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < job_count; i++)
			if (jobs[i].group && jobs[i].handover.pid == pid)
				jobs[i].handover.pid = 0;
}

static void
job_kill(struct job *job)
{
	log_ids(envelope_get(&job->envelope, ENVELOPE_CONNECTION), job->group->message->id);
	log_event("warning", "text", "a deliverer took too long, and is killed", "command",
	          job->group->is_report ? "bounce-make" : job->group->destination->command, NULL);
	log_ids(NULL, NULL);
	handover_stop(&job->handover);
}

static void
end_jobs(void)
{
	for (size_t i = 0; i < job_count; i++) {
		struct job *job = &jobs[i];

		if (!job->group)
			continue;
		if (job->handover.has_end && job->deadline_ms > now_ms + EXIT_S * MS)
			job->deadline_ms = now_ms + EXIT_S * MS;
		if (job->deadline_ms <= now_ms)
			job_kill(job);
		if (job->handover.report < 0 && job->handover.pid == 0)
			job_end(job);
	}
}

/* --- the folders --- */

/* A name was seen in a folder of messages. */
static void
message_seen(const char *name)
{
	struct message *message;

	if (!id_valid(name) || schedule_find(&schedule, name))
		return;
	message = schedule_add(&schedule, name);
	need(message);
	message->retry_at = now_ms;
	look_again(message, now_ms);
}

/* A journal whose message has left: the last step was not taken, or not for long enough. */
static void
journal_sweep(const char *name)
{
	if (id_valid(name) && !schedule_find(&schedule, name))
		queue_remove(&queue, "journal", name);
}

static void
journal_seen(const char *name)
{
	struct message *message;
	struct progress progress;
	stralloc text = STRALLOC_ZERO;

	if (!id_valid(name))
		return;
	journal_sweep(name);
	message = schedule_find(&schedule, name);
	if (!message)
		return;
	message->has_journal = true;
	need(progress_begin(&progress, 0));
	if (journal_read(&queue, name, &text)) {
		need(progress_replay(&progress, &text));
		message->attempts = progress.attempts < UINT16_MAX ? progress.attempts : UINT16_MAX;
		if (progress.next_s > now_s) {
			int64_t wait = (progress.next_s - now_s) * MS,
			        most = retry_wait_ms(UINT16_MAX);

			message->retry_at = now_ms + (wait < most ? wait : most);
			look_again(message, message->retry_at);
		}
		for (size_t i = 0; i < progress.report_count; i++)
			if (!progress.reports[i].is_made) {
				struct message *held;

				held = schedule_add(&schedule, progress.reports[i].id);
				need(held);
				held->is_held = true;
				look_again(held, SCHEDULE_NEVER);
				look_again(message, now_ms);
			}
	}
	progress_end(&progress);
	stralloc_free(&text);
}

static void
folder_scan(const char *part, char x, void (*seen)(const char *name))
{
	if (!queue_scan(&queue, part, x, seen))
		log_warn_sys("cannot read ", queue.path, "/", part, "/", (char[]){ x, 0 });
}

static void
scan(const char *part, void (*seen)(const char *name))
{
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		folder_scan(part, queue_digits[i], seen);
}

/* What no event told of, what no unlink took away, and what a crash left: one folder at a time. */
static void
rescan(void)
{
	static size_t next;
	char x = queue_digits[next++ % QUEUE_FOLDERS];

	folder_scan("msg", x, message_seen);
	folder_scan("journal", x, journal_sweep);
	queue_sweep(&queue, x, now_s - SPARE_MAX_S);
}

/* -1: we are not woken, and find what is new by looking. */
static int
watch(void)
{
	int fd = watch_open(&queue);

	if (fd < 0)
		log_warn_sys("cannot watch the queue, so new messages are found late; raise "
		             "fs.inotify.max_user_watches");
	return fd;
}

/* --- the loop --- */

static void
look_at_due(void)
{
	struct message *message;

	for (int i = 0; i < LOOKS_AT_ONCE && (message = schedule_due(&schedule, now_ms)); i++)
		look(message, LOOK_TIMER);
}

static void
try_all(void)
{
	all_asked = 0;
	routes_refresh();
	schedule_all_due(&schedule, now_ms);
}

static bool
some_run(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].group)
			return true;
	return false;
}

/* How long poll may sleep, in milliseconds. */
static int
sleep_ms(int64_t rescan_ms, int64_t stop_ms)
{
	int64_t next = rescan_ms < stop_ms ? rescan_ms : stop_ms;

	if (stop_ms == SCHEDULE_NEVER && schedule_next(&schedule) < next)
		next = schedule_next(&schedule);
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].group && jobs[i].deadline_ms < next)
			next = jobs[i].deadline_ms;
	if (next <= now_ms)
		return 0;
	return next - now_ms > RESCAN_S * MS ? RESCAN_S * MS : (int)(next - now_ms);
}

/* Waits until something happens, and reads what there is to read. */
static void
wait_for_news(int watching, int wait_ms, const sigset_t *signals)
{
	static struct pollfd *polled;
	struct timespec span = { wait_ms / MS, wait_ms % MS * 1000000 };
	int events;

	if (!polled)
		polled = calloc(job_count + 1, sizeof *polled);
	need(polled);
	polled[0] = (struct pollfd){ .fd = watching, .events = POLLIN };
	for (size_t i = 0; i < job_count; i++)
		polled[i + 1] = (struct pollfd){
			.fd = jobs[i].group ? jobs[i].handover.report : -1,
			.events = POLLIN,
		};
	events = ppoll(polled, job_count + 1, &span, signals);
	clock_read();
	if (events > 0) {
		if (polled[0].revents && !watch_read(watching, message_seen))
			scan("msg", message_seen); /* some were not told */
		for (size_t i = 0; i < job_count; i++)
			if (polled[i + 1].revents)
				handover_read(&jobs[i].handover);
	}
	if (child_has_ended)
		reap();
}

static void
run(int watching, const sigset_t *signals)
{
	int64_t rescan_ms = now_ms + RESCAN_S * MS, stop_ms = SCHEDULE_NEVER;

	for (;;) {
		bool stopping = stop_ms != SCHEDULE_NEVER;

		if (!stopping && stop_asked) {
			stop_ms = now_ms + STOP_S * MS;
			continue;
		}
		if (stopping && (!some_run() || now_ms >= stop_ms))
			return;
		if (!stopping) {
			if (all_asked)
				try_all();
			look_at_due();
			start_jobs();
			leave_all();
		}
		wait_for_news(watching, sleep_ms(rescan_ms, stop_ms), signals);
		end_jobs();
		leave_all();
		if (now_ms >= rescan_ms) {
			rescan_ms = now_ms + RESCAN_S * MS;
			rescan();
		}
	}
}

static void catch (int number)
{
	switch (number) {
	case SIGCHLD: child_has_ended = 1; break;
	case SIGTERM:
	case SIGINT: stop_asked = 1; break;
	default: all_asked = 1;
	}
}

/* Our signals come only while we wait. */
static void
signals_take(sigset_t *while_waiting)
{
	static const int numbers[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGALRM };
	sigset_t ours;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&ours);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		sigaction(numbers[i], &(struct sigaction){ .sa_handler = catch }, NULL);
		sigaddset(&ours, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &ours, while_waiting);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigdelset(while_waiting, numbers[i]);
}

static void
queue_take(void)
{
	int lock;

	if (!queue_make(opt.queue) || !queue_open(&queue, opt.queue))
		die_temporary("cannot make the queue ", opt.queue,
		              "; its parent must be there, and be writable");
	lock = openat(queue.root, "lock", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		die_temporary("cannot open ", opt.queue, "/lock");
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		die_temporary("cannot lock ", opt.queue, "; is another queue-run at work there?");
}

static void
say_ready(void)
{
	log_event("running", "queue", opt.queue, "messages",
	          number_text((int64_t)schedule.messages.count), NULL);
	if (!opt.ready)
		return;
	if (write((int)opt.ready, "\n", 1) != 1)
		log_warn_sys("cannot say ready on the descriptor of -d");
	close((int)opt.ready);
}

/* What is left of deliverers after their time; their messages are tried again by the next of us. */
static void
jobs_kill(void)
{
	for (size_t i = 0; i < job_count; i++)
		if (jobs[i].group && jobs[i].handover.pid > 0)
			kill(jobs[i].handover.pid, SIGTERM);
}

static void
parse_options(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "q:c:p:r:m:l:w:t:R:", &got)) != -1) {
		unsigned int *number = NULL;

		switch (c) {
		case 'q': opt.queue = got.arg; continue;
		case 'c': number = &opt.total; break;
		case 'p': number = &opt.per_destination; break;
		case 'r': number = &opt.retry_first_s; break;
		case 'm': number = &opt.retry_max_s; break;
		case 'l': number = &opt.terms.lifetime_s; break;
		case 'w': number = &opt.terms.notice_s; break;
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
	sigset_t while_waiting;
	int watching;

	parse_options(argc, argv);
	signals_take(&while_waiting);
	clock_read();
	queue_take();
	routes_open();
	schedule = (struct schedule){ .total = opt.total,
		                      .per_destination = opt.per_destination,
		                      .rest_first_ms = REST_S * MS,
		                      .rest_max_ms = REST_MAX_S * MS };
	if (opt.retry_first_s < REST_S)
		schedule.rest_first_ms = (int64_t)opt.retry_first_s * MS;
	need(schedule_init(&schedule));
	job_count = (size_t)opt.total + opt.per_destination;
	jobs = calloc(job_count, sizeof *jobs);
	need(jobs);
	watching = watch(); /* before the scan: what comes in between is seen twice, not missed */
	scan("msg", message_seen);
	scan("journal", journal_seen);
	say_ready();
	run(watching, &while_waiting);
	jobs_kill();
	log_event("stopped", NULL);
	return 0;
}
