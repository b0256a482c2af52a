/*
 * watch - be told of new messages in a queue (inotify)
 */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "store/queue.h"

#include <stdbool.h>

/*
 * What happens to a message's own file is told, too: who has something to say to queue-run writes it
 * into the journal, and then touches the file.
 */

/* A descriptor to poll for reading. -1: errno */
int watch_open(const struct queue *queue);

/*
 * watch_read - all names that have come into the folders of messages, ids or not
 *
 * touched   is called for those that were touched there
 * returns   false: some were not told: scan the folders
 */
bool watch_read(int fd, queue_seen *seen, queue_seen *touched, void *context);

#endif
