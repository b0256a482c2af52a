/*
 * flusher - journals and the folders of messages are made durable beside the work
 *
 * A flush takes as long as the disk likes. So a process of its own waits for it, one request at a time;
 * what comes up meanwhile goes into the next one: one flush for all that has happened (group commit).
 * It holds the queue's folder and this channel, and ends when the channel does. SIGPIPE is to be ignored.
 */
#ifndef STORE_FLUSHER_H
#define STORE_FLUSHER_H

#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct flusher {
	int fd;       /* poll this for reading while it is busy */
	bool is_busy; /* it was asked, and has not answered */
	pid_t pid;    /* the module's own */
};

/*
 * flusher_start - begin; before a lock is taken, which the process would share
 *
 * returns   false: errno
 */
bool flusher_start(struct flusher *out, const struct queue *queue);

/*
 * flusher_note - one more journal for flusher_ask
 *
 * notes      of one request; starts empty
 * lines      to be written at its end
 * is_named   was the file's name made durable before?
 * returns    false: no memory
 */
bool flusher_note(stralloc *notes, const char *id, const stralloc *lines, bool is_named);

/*
 * flusher_ask - write these lines and make them durable, and what was done in these folders; it must
 * not be busy
 *
 * folders   bit N: msg/X, X being queue_digits[N]
 * returns   false: errno; it is gone
 */
bool flusher_ask(struct flusher *flusher, uint32_t folders, const stralloc *notes);

/*
 * flusher_take - its answer; waits for it
 *
 * What could not be made durable of the folders, it has logged.
 * errors    for each of count notes, in their order: 0, or the errno; these lines count as not written
 * returns   false: errno; it is gone
 */
bool flusher_take(struct flusher *flusher, int *errors, size_t count);

/* Waits for its end: behind us nobody holds the queue. */
void flusher_stop(struct flusher *flusher);

#endif
