#include "store/keeper.h"

#include "base/die.h"
#include "store/answer.h"
#include "store/attempt.h"
#include "store/held.h"
#include "store/view.h"

#include <skalibs/types.h>

#include <errno.h>

enum { START_MS = 1000 };

bool
keeper_routes(struct keeper *keeper)
{
	stralloc *command = &keeper->aliases_command;

	if (!route_open(&keeper->routes, "."))
		return false;
	/* What an alias becomes goes into this queue, not into another one. */
	if (!stralloc_copys(command, ROUTE_ALIASES " -q ")
	    || !stralloc_cats(command, keeper->queue.path) || !stralloc_0(command))
		return false;
	keeper->routes.aliases_command = command->s;
	return true;
}

/* Once in each turn of the caller's loop. */
static void
routes_refresh(struct keeper *keeper)
{
	struct routes *routes = &keeper->routes, fresh;

	if (keeper->now.ms == keeper->routes_ms)
		return;
	keeper->routes_ms = keeper->now.ms;
	if (route_fresh(routes))
		return;
	if (!route_open(&fresh, ".")) {
		log_warn_sys("cannot read the table ", fresh.failed, ", so the old ones are used");
		return;
	}
	fresh.aliases_command = routes->aliases_command;
	route_close(routes);
	*routes = fresh;
	log_event("reloaded", NULL);
}

static bool
look_at(struct keeper *keeper, struct message *message, int64_t at_ms)
{
	return schedule_at(&keeper->schedule, message, at_ms);
}

/* The disk, or the system, would not. */
static bool
look_later(struct keeper *keeper, struct message *message)
{
	return look_at(keeper, message, keeper->now.ms + retry_trouble_ms(&keeper->retry));
}

static bool
leave(struct keeper *keeper, const struct view *view)
{
	char delay[UINT64_FMT];

	if (!leaving_add(&keeper->leaving, &keeper->schedule, view)) {
		log_warn_sys("cannot remove the message's file in ", keeper->queue.path,
		             "; let this user write there");
		return false;
	}
	delay[uint64_fmt(delay, (uint64_t)message_age_s(view->message, keeper->now.s))] = 0;
	log_event("done", "delay", delay, NULL);
	return true;
}

/* An operator may have set another time for the next attempt. */
static void
set_time_anew(struct view *view, struct moment now)
{
	int64_t wait_s = view->progress.next_s - now.s;

	view->message->retry_at = now.ms + (wait_s > 0 ? wait_s * 1000 : 0);
}

/* Nothing is delivered; but what was begun is told. */
static bool
stay(struct keeper *keeper, struct view *view, enum look why, bool failure_waits)
{
	if (failure_waits)
		return look_later(keeper, view->message);
	return look_at(keeper, view->message,
	               why == LOOK_REPORT_FAILED ? view->message->retry_at : SCHEDULE_NEVER);
}

/* All that is known has been written down: it is acted on. */
static bool
go_on(struct keeper *keeper, struct view *view, const struct terms *terms, enum look why,
      bool failure_waits)
{
	struct message *message = view->message;
	bool was_touched = message->is_touched;
	struct moment now = keeper->now;

	message->is_touched = false;
	if (was_touched)
		set_time_anew(view, now);
	if (why == LOOK_REPORT_FAILED)
		retry_postpone(&keeper->retry, message, now);
	else if (!held_begin(&keeper->schedule, view, now.ms))
		return false;
	if (view->progress.is_on_hold)
		return stay(keeper, view, why, failure_waits);
	if (message->retry_at <= now.ms && keeper->is_starting
	    && !*envelope_get(&view->envelope, ENVELOPE_SENDER))
		return look_at(keeper, message, now.ms + START_MS);
	if (message->retry_at <= now.ms && !retry_is_on_hold(view, now)) {
		routes_refresh(keeper);
		if (!attempt_begin(&keeper->schedule, &keeper->routes, view))
			return false;
		if (was_touched)
			schedule_wake(&keeper->schedule, message);
	}
	return look_at(keeper, message,
	               retry_timer_ms(&keeper->retry, terms, message, now, failure_waits));
}

static void
warn_of_journal(const struct keeper *keeper)
{
	log_warn_sys("cannot write to the journal in ", keeper->queue.path,
	             "; make room, or check the disk");
}

/* One look for all that happens until then: what was delivered counts more than what a timer said. */
static void
look_again(struct message *message, enum look why)
{
	if (why > message->look_again)
		message->look_again = why;
}

/*
 * All that can happen to a message. What its files say, and what was learnt just now, is turned
 * into lines; those are written down; then they are acted on.
 */
static bool
settle(struct keeper *keeper, struct view *view, enum look why)
{
	struct message *message = view->message;
	struct terms terms = plan_terms(&keeper->terms, &view->envelope, message);
	bool failure_waits, is_finished;

	if (message->is_unread) { /* somebody was faster than the index */
		message->is_unread = false;
		message->attempts =
		    (uint16_t)(view->progress.attempts < UINT16_MAX ? view->progress.attempts
		                                                    : UINT16_MAX);
	}
	if (!answer_share(&keeper->schedule, view, &terms, keeper->now)
	    || !plan_reports(view, &terms, keeper->now.s, why == LOOK_DELIVERED, &failure_waits))
		return false;
	is_finished = plan_is_finished(view);
	if (is_finished && leave(keeper, view))
		return true;
	if (view->must_sync) { /* then it is looked at again */
		look_again(message, why);
		return saving_add(&keeper->saving, view);
	}
	if (!view_save(view)) {
		warn_of_journal(keeper);
		return look_later(keeper, view->message);
	}
	if (is_finished) /* its file could not be removed */
		return look_later(keeper, view->message);
	return go_on(keeper, view, &terms, why, failure_waits);
}

/* There is no file, or none to read: it leaves the schedule, once nothing of it is running. */
static void
forget(struct keeper *keeper, struct message *message)
{
	schedule_withdraw(&keeper->schedule, message);
	if (message->groups)
		return;
	if (message->has_journal)
		queue_remove(&keeper->queue, "journal", message->id);
	schedule_forget(&keeper->schedule, message);
}

static void
set_aside(struct keeper *keeper, struct message *message)
{
	if (queue_set_aside(&keeper->queue, message->id))
		log_event("corrupt", "moved", "bad", "text",
		          "this file is not as it was written; a copy may be had from bad/", NULL);
	else
		log_warn_sys("this message is not as it was written, and cannot be moved to bad/");
	message->has_journal = false;
	forget(keeper, message);
}

bool
keeper_look(struct keeper *keeper, struct message *message, enum look why)
{
	enum queue_found found;
	bool looked = true;
	struct view view;

	if (message->is_held || message->is_leaving)
		return true;
	if (message->is_saving) {
		look_again(message, why);
		return true;
	}
	log_ids(NULL, message->id);
	if (message->is_touched) /* its recipients are lined up anew, or not at all */
		schedule_withdraw(&keeper->schedule, message);
	/* What timers say is looked up on disk: the file may have gone. */
	found = why == LOOK_DELIVERED
	            ? view_open_again(&view, &keeper->queue, message, &keeper->shelf, false)
	            : view_open(&view, &keeper->queue, message);
	switch (found) {
	case QUEUE_FOUND:
		log_ids(envelope_get(&view.envelope, ENVELOPE_CONNECTION), message->id);
		looked = settle(keeper, &view, why);
		if (why == LOOK_TIMER && message->groups) /* it may start at once */
			view_shelve(&view, &keeper->shelf, true);
		else
			view_close(&view);
		break;
	case QUEUE_GONE: forget(keeper, message); break;
	case QUEUE_CORRUPT: set_aside(keeper, message); break;
	case QUEUE_TROUBLE:
		log_warn_sys("cannot read the message in ", keeper->queue.path);
		looked = look_later(keeper, message);
		break;
	}
	log_ids(NULL, NULL);
	return looked;
}

void
keeper_all_due(struct keeper *keeper)
{
	routes_refresh(keeper);
	schedule_all_due(&keeper->schedule, keeper->now.ms);
}

bool
keeper_turn(struct keeper *keeper)
{
	uint32_t folders;

	if (keeper->flusher.is_busy
	    || (!leaving_waits(&keeper->leaving) && !saving_waits(&keeper->saving)))
		return true;
	folders = leaving_begin(&keeper->leaving);
	return flusher_ask(&keeper->flusher, folders, saving_begin(&keeper->saving));
}

/* Its lines are in its journal, or the disk would not have them: false: no memory */
static bool
saved(struct keeper *keeper, struct message *message, int error)
{
	enum look why = message->look_again;

	message->look_again = LOOK_TIMER;
	if (!error)
		return keeper_look(keeper, message, why);
	log_ids(NULL, message->id);
	errno = error;
	warn_of_journal(keeper);
	log_ids(NULL, NULL);
	return look_later(keeper, message);
}

bool
keeper_flushed(struct keeper *keeper)
{
	bool done = true;
	struct message *message;
	size_t count;
	int *errors = saving_errors(&keeper->saving, &count), error;

	errno = ENOMEM;
	if (!errors || !flusher_take(&keeper->flusher, errors, count))
		return false;
	done = leaving_end(&keeper->leaving, &keeper->schedule, &keeper->queue, keeper->now.ms);
	while (done && (message = saving_next(&keeper->saving, &error)) != NULL)
		done = saved(keeper, message, error);
	errno = ENOMEM;
	return done && keeper_turn(keeper);
}
