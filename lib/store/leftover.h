/*
 * leftover - what a crash has left of messages that were just coming in
 *
 * A name for the time being (QUEUE_SPARE) is removed when it is old. A message with an early name
 * (QUEUE_EARLY) is shown, if it is whole: it may have been acknowledged. If it is not, it was not, since
 * its flush had not ended, and it is removed.
 */
#ifndef STORE_LEFTOVER_H
#define STORE_LEFTOVER_H

#include "store/queue.h"

#include <stdint.h>

/*
 * leftover_settle - in one folder of messages
 *
 * What somebody is still writing is let alone. What is found, and what goes wrong, is logged.
 * now_s   seconds since 1970
 */
void leftover_settle(const struct queue *queue, char x, int64_t now_s);

#endif
