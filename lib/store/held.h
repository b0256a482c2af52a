/*
 * held - a report stays in the queue until the message that it tells of knows it to be made
 *
 * bounce-make puts it there like any message. Delivered at once, it could be gone before that is
 * written down, and after a crash it would be made, and sent, again. So it waits until the journal
 * of its cause says "reported", durably.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include "store/schedule.h"
#include "store/view.h"

#include <stdbool.h>
#include <stdint.h>

/* A report of this id is not delivered from now on. false: no memory */
bool held_add(struct schedule *schedule, const char *report_id);

/* That it is made is known, durably: it may be delivered now. false: no memory */
bool held_release(struct schedule *schedule, const char *report_id, int64_t now_ms);

/*
 * held_begin - all reports of a message that are to be made get into the line of reports
 *
 * Those that are made are released: the view has been saved.
 * returns   false: no memory
 */
bool held_begin(struct schedule *schedule, const struct view *view, int64_t now_ms);

#endif
