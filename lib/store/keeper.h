/*
 * keeper - what happens to each message of a queue
 *
 * It is decided in one place, keeper_look(), from what the message's files say and from what was
 * learnt of it since (message_note). An outcome is written down before anything is done about it.
 *
 * No processes: the caller starts what the schedule lets run, and tells what came of it.
 */
#ifndef STORE_KEEPER_H
#define STORE_KEEPER_H

#include "base/clock.h"
#include "store/flusher.h"
#include "store/leaving.h"
#include "store/plan.h"
#include "store/queue.h"
#include "store/retry.h"
#include "store/route.h"
#include "store/saving.h"
#include "store/schedule.h"
#include "store/shelf.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct keeper { /* all but the last six are set by the caller */
	struct queue queue;
	struct flusher flusher; /* started by the caller; to be polled while it is busy */
	struct schedule schedule;
	struct terms terms;
	struct retry retry;
	struct moment now; /* to be renewed whenever time has passed */
	bool is_starting;  /* not all journals are read yet: a report may be one that is held */

	struct routes routes; /* opened by keeper_routes */
	int64_t routes_ms;    /* when they were last found to be those on disk */
	stralloc aliases_command;
	struct leaving leaving;
	struct saving saving;
	struct shelf shelf;
};

/*
 * keeper_routes - read the tables of the folder one runs in
 *
 * From then on they are read anew when they have changed; those that cannot be read stay as they
 * were, and that is logged.
 * returns   false: errno, and keeper->routes.failed, if it's about one of them
 */
bool keeper_routes(struct keeper *keeper);

enum look {
	LOOK_TIMER,         /* its time has come */
	LOOK_REPORT_FAILED, /* no report could be made */
	LOOK_DELIVERED,     /* something was tried, and what came of it was noted */
};

/*
 * keeper_look - do what is to be done for a message now, and set its timer
 *
 * It may leave: then message lives until keeper_flushed. What goes wrong is logged, and tried again.
 * returns   false: no memory
 */
bool keeper_look(struct keeper *keeper, struct message *message, enum look why);

/* All waits are over: somebody knows better than we. */
void keeper_all_due(struct keeper *keeper);

/*
 * keeper_turn - end a turn of the caller's loop: what has to be durable gets on its way
 *
 * returns   false: errno; the flusher is gone
 */
bool keeper_turn(struct keeper *keeper);

/*
 * keeper_flushed - the flusher can be read: act on what is durable now
 *
 * returns   false: errno; the flusher is gone, or there is no memory
 */
bool keeper_flushed(struct keeper *keeper);

#endif
