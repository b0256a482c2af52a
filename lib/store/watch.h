/*
 * watch - be told of new messages in a queue (inotify)
 */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "store/queue.h"

#include <stdbool.h>

/* A descriptor to poll for reading. -1: errno */
int watch_open(const struct queue *queue);

/*
 * watch_read - all names that have come into the folders of messages, ids or not
 *
 * returns   false: some were not told: scan the folders
 */
bool watch_read(int fd, queue_seen *seen, void *context);

#endif
