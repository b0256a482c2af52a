/*
 * glance - all that the files of one message say, for the tools of the operator
 *
 * It only reads, beside whatever else is at work in the queue.
 */
#ifndef STORE_GLANCE_H
#define STORE_GLANCE_H

#include "mail/envelope.h"
#include "store/progress.h"
#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

struct glance {
	char id[ID_LEN + 1];
	struct queue_message file; /* open, at the message's first byte */
	struct envelope envelope;
	struct progress progress;
	stralloc records, journal; /* the module's own */
};

/* QUEUE_FOUND: the caller closes it. QUEUE_TROUBLE: errno. */
enum queue_found glance_open(struct glance *out, const struct queue *queue, const char *id);
void glance_close(struct glance *glance);

/* The ids of all messages, oldest first, each with its NUL. false: errno */
bool glance_ids(const struct queue *queue, stralloc *out);

/* The same of those that were set aside, in bad/. */
bool glance_bad_ids(const struct queue *queue, stralloc *out);

/* Does this recipient still want something: to be delivered to, or its sender to be told? */
bool glance_is_left(const struct glance *glance, unsigned int number);

#endif
