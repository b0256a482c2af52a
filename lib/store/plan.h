/*
 * plan - what follows from what is known of a message
 *
 * No I/O: whatever follows is noted in the view, and is done when it has been saved.
 */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include "base/verdict.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

struct terms {
	unsigned int lifetime_s; /* a message that is older is tried no more */
	unsigned int notice_s;   /* the sender of one that is older is told that it waits */
};

/*
 * plan_terms - what holds for one message: its sender may have asked for more or less
 *
 * What is held (RFC 4865) begins to age when it may go.
 * Where it is to come back if it is not delivered by some time, its lifetime ends there; where its
 * sender only wants to be told, that is the time of the notice.
 */
struct terms plan_terms(const struct terms *terms, const struct envelope *envelope,
                        const struct message *message);

/* In seconds, by its id; never negative. */
int64_t message_age_s(const struct message *message, int64_t now_s);

/*
 * plan_give_up - "later", said at the end of a lifetime, becomes "never" (5.4.7)
 *
 * outcome   changed; its text tells the last answer, and whose it was
 * text      holds it; the caller's
 * returns   false: no memory
 */
bool plan_give_up(struct outcome *outcome, const struct terms *terms, stralloc *text);

/*
 * plan_reports - note which reports are to be made, and under which ids
 *
 * One report tells of all that failed, so it may wait for those that are being tried.
 *
 * may_wait  false: it has waited long enough
 * waits     set: call again soon
 * returns   false: no memory
 */
bool plan_reports(struct view *view, const struct terms *terms, int64_t now_s, bool may_wait,
                  bool *waits);

/* Have all recipients been delivered to, or their sender been told? */
bool plan_is_finished(const struct view *view);

#endif
