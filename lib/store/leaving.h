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

struct leaving { /* starts as zeros */
	struct leaving_batch next, flushed;
};

/*
 * leaving_add - a message is done: take its name away
 *
 * It stays in the schedule, without timer and with is_leaving, until leaving_end.
 * returns   false: errno; the name is still there
 */
bool leaving_add(struct leaving *leaving, struct schedule *schedule, const struct view *view);

/* Is there something for the flusher? */
bool leaving_waits(const struct leaving *leaving);

/* The folders that flusher_ask is to make durable now, for all that were added. */
uint32_t leaving_begin(struct leaving *leaving);

/*
 * leaving_end - that was done: the rest, for all that it was done for
 *
 * returns  false: no memory
 */
bool leaving_end(struct leaving *leaving, struct schedule *schedule, const struct queue *queue,
                 int64_t now_ms);

#endif
