/*
 * schedule - which message is next, and where there is room for it
 *
 * Only memory, no I/O: queue-run tells it what it sees and asks what to do. It can be forgotten at
 * any time, as the queue's files tell it all again.
 *
 * Each message has a timer. When that is due, the message is looked at: its recipients are parted
 * into groups by destination, and each group waits in the line of its destination, or starts if the
 * limits allow. A line holds references and recipients' numbers, never a message. No call but
 * schedule_all_due takes time in proportion to the depth of the queue.
 *
 * Times are in milliseconds of a clock that never jumps.
 */
#ifndef STORE_SCHEDULE_H
#define STORE_SCHEDULE_H

#include "base/heap.h"
#include "base/id.h"
#include "base/map.h"
#include "store/host.h"
#include "store/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_NEVER INT64_MAX

struct destination;

struct group { /* recipients of one message with one destination, or a report about it */
	struct message *message;
	struct destination *destination;
	struct group *next_of_message;
	struct heap_item turn; /* in the line; the module's own */
	bool is_running;
	bool is_report;
	unsigned int count;
	unsigned int recipients[]; /* their numbers; of a report: its id, as text */
};

struct message {
	struct heap_item timer; /* when to look at it */
	int64_t retry_at;     /* when to deliver again; SCHEDULE_NEVER: not known, or in progress */
	struct group *groups; /* waiting or running */
	char *unsaved;        /* for the caller: lines that no disk would take; NULL: none */
	char id[ID_LEN + 1];
	/* for the caller: */
	bool is_held : 1;     /* a report that its cause does not yet know to be made */
	bool is_verified : 1; /* its checksum was right, in this life of ours */
	bool has_journal : 1;
	bool is_unread : 1; /* and nobody has read it yet, in this life of ours */
	bool journal_is_named : 1;
	bool is_leaving : 1;
	bool is_saving : 1;      /* lines of it are on their way to the disk (store/saving.h) */
	unsigned look_again : 2; /* why it is to be looked at when they have arrived */
	bool is_touched : 1;     /* an operator has written into its journal */
	bool must_sync : 1; /* some of the unsaved lines must be durable before they are acted on */
	uint16_t attempts;
};

struct destination {
	const char *command; /* of the deliverer, as in the table; "" for reports */
	char *words; /* what it said when it failed to answer, a verdict record; NULL: nothing */
	struct heap_item rest; /* the rest is the module's own */
	struct line line;
	struct visitor visitor; /* where its next delivery finds no room, or some is kept for it */
	struct ready *ready;    /* the list that it is in; NULL: none */
	struct destination *before_ready, *behind_ready;
	unsigned int running, failures;
	unsigned int room; /* so many may run now: it grows with each that goes well */
	unsigned int holds;
	char key[]; /* then the command */
};

struct schedule {
	/*
	 * Groups that run at one time, reports not counted. The last quarter of these places is for
	 * destinations that have none yet, so that a few slow ones cannot take all.
	 */
	unsigned int total;
	/*
	 * Of these, to one destination: at most. It begins with a few, has one more for each that
	 * goes well, and one alone when it does not answer. As many connections may go to one host,
	 * for all destinations that it serves together.
	 */
	unsigned int per_destination;
	int64_t rest_first_ms; /* how long a destination rests that did not answer */
	int64_t rest_max_ms;

	struct map messages; /* by id; for walks */
	unsigned int running;
	struct heap timers, rests; /* the rest is the module's own */
	struct map destinations;
	struct hosts hosts;
	struct ready { /* destinations that may start a group, those without one and those with */
		struct destination *first, *last;
	} idle, busy;
	struct destination *reports;
};

/* The four numbers are set by the caller before. false: no memory */
bool schedule_init(struct schedule *schedule);

/* A message of this id: the one that is known, or a new one, without timer. NULL: no memory. */
struct message *schedule_add(struct schedule *schedule, const char *id);
struct message *schedule_find(const struct schedule *schedule, const char *id);

/* Forgets a message that has no groups. */
void schedule_forget(struct schedule *schedule, struct message *message);

/* Looks at this message at that time, SCHEDULE_NEVER: at none. false: no memory. */
bool schedule_at(struct schedule *schedule, struct message *message, int64_t at_ms);

/* The next message whose timer is due, which it then has no more; NULL: none. */
struct message *schedule_due(struct schedule *schedule, int64_t now_ms);

/* When something is due next, be it a message or a destination's rest; SCHEDULE_NEVER: nothing. */
int64_t schedule_next(const struct schedule *schedule);

/* The destination with this key (and command); NULL: no memory. Kept while something uses it. */
struct destination *schedule_destination(struct schedule *schedule, const char *key,
                                         const char *command);

/* Keeps a destination though nothing uses it; each hold is to be released once. */
void schedule_hold(struct destination *destination);
void schedule_release(struct schedule *schedule, struct destination *destination);

/*
 * schedule_deliver - put recipients into a destination's line
 *
 * sender, priority   as for line_add
 * returns            false: no memory
 */
bool schedule_deliver(struct schedule *schedule, struct message *message,
                      struct destination *destination, const unsigned int *recipients, size_t count,
                      uint64_t sender, int priority);

/* Puts a report into the line of reports, which no delivery can stop. false: no memory. */
bool schedule_report(struct schedule *schedule, struct message *message, const char *report_id);
const char *group_report_id(const struct group *group);

/* The next group that may run; it counts as running from now on. NULL: none, for now. */
struct group *schedule_start(struct schedule *schedule, int64_t now_ms);

enum contact {
	CONTACT_MADE,    /* it answered: whatever it said, it can be asked again */
	CONTACT_FAILED,  /* it did not: let it rest, and don't try one message after the other */
	CONTACT_UNKNOWN, /* the deliverer failed, not the destination */
};

/* A running group has ended, and is freed. words: what to tell those that wait; may be NULL. */
void schedule_end(struct schedule *schedule, struct group *group, enum contact contact,
                  const char *words, int64_t now_ms);

/*
 * schedule_enter - a delivery to this destination wants to connect to a host
 *
 * returns   NULL: no; there are as many connections as there may be. The destination starts nothing
 *           until one has ended, and the group is to be given back: schedule_return
 */
struct host *schedule_enter(struct schedule *schedule, struct destination *destination,
                            const char *host);

/* That connection has ended. */
void schedule_leave(struct schedule *schedule, struct host *host);

/* A running group was not delivered, as there was no room at its host: it waits on. false: no memory. */
bool schedule_return(struct schedule *schedule, struct group *group);

/* A waiting group is taken out of its line, and freed. */
void schedule_cancel(struct schedule *schedule, struct group *group);

/* All groups of a message that wait are taken out of their lines. */
void schedule_withdraw(struct schedule *schedule, struct message *message);

/* The destinations that a message waits for rest no more: somebody knows better than we. */
void schedule_wake(struct schedule *schedule, const struct message *message);

/* Does it rest, having failed to answer? */
bool destination_rests(const struct destination *destination);

/* All that waits is due now, all rests end: somebody knows better than we. */
void schedule_all_due(struct schedule *schedule, int64_t now_ms);

#endif
