/*
 * saving - what must not be lost is written down, and acted on when that is durable
 *
 * Lines that tell of something final go to the flusher (store/flusher.h), which waits for the disk. Until its
 * answer the message is_saving: nothing is decided about it, but what is learnt meanwhile is noted. Then it
 * is looked at again, and finds in its journal what it has been looked at for.
 */
#ifndef STORE_SAVING_H
#define STORE_SAVING_H

#include "store/schedule.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

struct saving_batch { /* the module's own */
	stralloc entries, notes;
};

struct saving { /* starts as zeros */
	struct saving_batch next, flushed;
	stralloc errors;
	size_t at;
};

/*
 * saving_add - what was noted in this view is to be written down
 *
 * It is in message->unsaved until it has been, so nothing is lost by a disk that fails.
 * returns   false: no memory
 */
bool saving_add(struct saving *saving, struct view *view);

/* Is there something for the flusher? */
bool saving_waits(const struct saving *saving);

/* What flusher_ask is to write now; to be followed by saving_take, before the next. */
const stralloc *saving_begin(struct saving *saving);

/* Room for the flusher's errors, and how many there will be. NULL: no memory */
int *saving_errors(struct saving *saving, size_t *count);

/*
 * saving_next - the next of those that the flusher has answered for; it is_saving no more
 *
 * error     0: its lines are durable, and no more in message->unsaved
 * returns   NULL: no more
 */
struct message *saving_next(struct saving *saving, int *error);

#endif
