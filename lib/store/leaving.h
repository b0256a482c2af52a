/*
 * leaving - messages that are done go, in the one order that loses nothing
 *
 * A message's file loses its name: that is the record of all being done. This is made durable for
 * all that have left meanwhile together (store/flusher.h); only then their journals go, and their
 * reports are released. After a crash in between, a message is there whole, or a journal without one
 * is swept later.
 */
#ifndef STORE_LEAVING_H
#define STORE_LEAVING_H

#include "store/flusher.h"
#include "store/queue.h"
#include "store/schedule.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

struct leaving_batch { /* the module's own */
	stralloc messages;
	stralloc reports;
	uint32_t folders; /* as for flusher_ask */
};

/* Starts as zeros, but for the flusher. */
struct leaving {
	struct flusher flusher; /* started by the caller; to be polled */

	struct leaving_batch next; /* the rest is the module's own */
	struct leaving_batch flushed;
};

/*
 * leaving_add - a message is done: take its name away
 *
 * It stays in the schedule, without timer and with is_leaving, until leaving_end.
 * returns   false: errno; the name is still there
 */
bool leaving_add(struct leaving *leaving, struct schedule *schedule, const struct view *view);

/* Begins to make it durable for all that were added, unless the flusher is busy: then later. false: errno */
bool leaving_begin(struct leaving *leaving);

/*
 * leaving_end - the flusher has an answer: the rest, for all that it was asked about
 *
 * returns  false: errno
 */
bool leaving_end(struct leaving *leaving, struct schedule *schedule, const struct queue *queue,
                 int64_t now_ms);

#endif
