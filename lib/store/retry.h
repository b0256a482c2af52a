/*
 * retry - when a message is delivered again, and when it is looked at
 *
 * No I/O. Timers are in the milliseconds of store/schedule.h.
 */
#ifndef STORE_RETRY_H
#define STORE_RETRY_H

#include "base/clock.h"
#include "store/plan.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

struct retry {
	unsigned int first_s; /* the wait after the first attempt; then doubled each time, */
	unsigned int max_s;   /* up to this. RFC 5321 4.5.4.1 */
};

/*
 * retry_wait_ms - the wait after so many attempts
 *
 * Up to a fifth more or less by chance, so that what came together does not stay together.
 */
int64_t retry_wait_ms(const struct retry *retry, unsigned int attempts);

/* When the disk, or the system, would not: ask it again after so long. */
int64_t retry_trouble_ms(const struct retry *retry);

/* RFC 4865: has the client asked for a later time? Then message->retry_at is that. */
bool retry_is_on_hold(struct view *view, struct moment now);

/*
 * retry_plan - when the recipients that were told "later" are tried again
 *
 * The first of an attempt sets the time, in message->retry_at; the others find it there. The last
 * attempt is at the end of its lifetime.
 * lines     of the journal: what is to be noted is appended
 * returns   false: no memory
 */
bool retry_plan(const struct retry *retry, const struct terms *terms, struct message *message,
                struct moment now, stralloc *lines);

/* bounce-make would not: message->retry_at is then in the future. */
void retry_postpone(const struct retry *retry, struct message *message, struct moment now);

/*
 * retry_timer_ms - when to look at a message that nothing happens to before
 *
 * Where nothing else would wake it, message->retry_at is set: a message is never lost.
 * failure_waits   a failure waits for a report (plan_reports)
 */
int64_t retry_timer_ms(const struct retry *retry, const struct terms *terms,
                       struct message *message, struct moment now, bool failure_waits);

#endif
