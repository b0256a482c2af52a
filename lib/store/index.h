/*
 * index - what lies in the queue's folders becomes known to the schedule
 *
 * At the start all names are read; then, beside the work, the journals: a message that was tried before
 * waits until its own has told when it is due. Then an event tells of new messages (store/watch.h), and one folder at a
 * time is looked through again: for what no event told of, what no unlink took away, and what a
 * crash left.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "base/clock.h"
#include "store/queue.h"
#include "store/retry.h"
#include "store/schedule.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

struct index {
	const struct queue *queue;
	struct schedule *schedule;
	const struct retry *retry;
	int watching; /* poll this for reading; -1: nobody tells of new messages */

	struct moment now; /* the rest is the module's own */
	bool no_memory;
	stralloc unread; /* ids of messages whose journals are to be read */
	stralloc untold; /* ids of messages of which events may have been lost */
	int64_t told_s;  /* up to then all events were heard */
	size_t next_folder;
};

/*
 * index_open - watch the queue, then read the names in it: all messages, then all journals
 *
 * What cannot be watched or read is logged.
 * returns   false: no memory
 */
bool index_open(struct index *out, const struct queue *queue, struct schedule *schedule,
                const struct retry *retry, struct moment now);

/* Are there journals to be read? Until then not all reports that are held are known to be. */
bool index_is_unread(const struct index *index);

/* Is there anything to be looked at beside the work? */
bool index_is_behind(const struct index *index);

/* Looks at some of it. false: no memory */
bool index_read(struct index *index, struct moment now);

/* There is something to read from index->watching. false: no memory */
bool index_news(struct index *index, struct moment now);

/* Looks through the next folder; QUEUE_FOLDERS calls look through all. false: no memory */
bool index_refresh(struct index *index, struct moment now);

#endif
