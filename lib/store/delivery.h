/*
 * delivery - deliverers at work: a process for one group of recipients, or for one report
 *
 * A fixed number of places. Whoever starts deliveries waits for all of them at once, ends those
 * that took too long, and takes what they said from those that are over.
 *
 * One that asks for another message (base/more.h) stays for a moment: the next group for the same
 * destination is given to it, over the connection that it has.
 */
#ifndef STORE_DELIVERY_H
#define STORE_DELIVERY_H

#include "base/clock.h"
#include "base/handover.h"
#include "mail/envelope.h"
#include "store/journal.h"
#include "store/schedule.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delivery {
	struct group *group;             /* NULL: none is delivered now */
	struct destination *destination; /* of what it was started for */
	bool is_again;                   /* it was not started for this group, but had one before */
	bool is_turned_away;             /* its host has no room now: schedule_return its group */
	struct host *host;               /* that it is connected with; NULL: none that we know of */
	enum report_kind kind;           /* for the caller */
	bool is_move;                    /* for the caller: to where an operator wants it */
	struct handover handover;
	int64_t deadline_ms;
	struct envelope envelope; /* what the deliverer was given */
	stralloc records;         /* holds it */
};

struct deliveries {
	struct schedule *schedule;
	struct delivery *all;
	size_t count;
	struct pollfd *polled; /* two for each; the module's own */
};

/*
 * deliveries_open - so many at one time
 *
 * schedule  whose groups they are
 * returns   false: no memory
 */
bool deliveries_open(struct deliveries *out, struct schedule *schedule, size_t count);

/*
 * delivery_take - a place for this group
 *
 * That of a deliverer that waits for it, or a free one; where there is none, one that waits has to go.
 * NULL: all are at work
 */
struct delivery *delivery_take(struct deliveries *deliveries, struct group *group);

/*
 * delivery_address - the envelope for it: the facts, and some of the recipients
 *
 * numbers    of the recipients, in order
 * with_why   each with what became of it, for a report
 * returns    false: no memory, or the envelope is broken
 */
bool delivery_address(struct delivery *delivery, const struct view *view,
                      const unsigned int *numbers, size_t count, bool with_why);

/*
 * delivery_start - start the deliverer: fd 0 the queue's file, fd 3 the envelope, fd 4 its report
 *
 * Or give it to the one that waits here.
 * argv        as for job_start; NULL: there is no command
 * returns     false: errno
 */
bool delivery_start(struct delivery *delivery, const char *const *argv, const struct view *view,
                    int64_t deadline_ms);

/*
 * delivery_was_too_late - did the deliverer end before it heard of this group?
 *
 * One that had others before may have lost its connection while it waited. Then it can be started
 * anew, by delivery_start, as if nothing had happened.
 */
bool delivery_was_too_late(const struct delivery *delivery);

/*
 * delivery_close - this is over; its group is not touched
 *
 * The place is free again, unless the deliverer asks for another message: then it waits for a moment.
 */
void delivery_close(struct deliveries *deliveries, struct delivery *delivery, int64_t now_ms);

/* Those that have waited long enough, or have gone, go. */
void deliveries_expire(struct deliveries *deliveries, int64_t now_ms);

/* The next time at which something is to be ended; SCHEDULE_NEVER: none */
int64_t deliveries_deadline(const struct deliveries *deliveries);

/*
 * deliveries_wait - until a report has come, or one of others is ready, or the time is there
 *
 * Reads the reports, and tells those that ask whether their hosts have room.
 * others    polled too, at most DELIVERIES_OTHERS; their revents are set
 */
void deliveries_wait(struct deliveries *deliveries, struct pollfd *others, size_t other_count,
                     int wait_ms);
enum { DELIVERIES_OTHERS = 4 };

/* After SIGCHLD: learns which processes have ended. */
void deliveries_reap(struct deliveries *deliveries);

/*
 * deliveries_next - walk over those at work
 *
 * after     NULL: from the first
 */
struct delivery *deliveries_next(const struct deliveries *deliveries, const struct delivery *after);

/* One that has given its whole report has only a short time left, in which to exit. */
void delivery_hasten(struct delivery *delivery, int64_t now_ms);

/* Has its report ended, and its process? */
bool delivery_is_over(const struct delivery *delivery);

#endif
