/*
 * attempt - a message's recipients go into the lines of their destinations
 */
#ifndef STORE_ATTEMPT_H
#define STORE_ATTEMPT_H

#include "store/route.h"
#include "store/schedule.h"
#include "store/view.h"

#include <stdbool.h>

/*
 * attempt_begin - line up all recipients that are unfinished and in no line: a group for each
 * destination
 *
 * It counts as an attempt if there is one. message->retry_at becomes SCHEDULE_NEVER: what becomes
 * of the attempt decides.
 * returns   false: no memory
 */
bool attempt_begin(struct schedule *schedule, const struct routes *routes, struct view *view);

#endif
