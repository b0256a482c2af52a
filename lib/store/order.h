/*
 * order - an operator's word on messages of a queue, whether queue-run is at work there or not
 *
 * It goes the way of all that happens to a message: as lines into its journal. Then the message's file is
 * touched, which queue-run sees, so that it looks at the message again.
 */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include "base/sandbox.h"
#include "store/glance.h"
#include "store/select.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * What the order is, as lines of the journal, appended; none: nothing for this one.
 *
 * returns   false: no memory
 */
typedef bool order_lines(stralloc *lines, const struct glance *glance, int64_t now_s);

struct order {
	const char *verb; /* of the log's event */
	order_lines *lines;
	struct select which;    /* where no ids are given */
	const char *const *ids; /* ends with NULL */
};

struct order_sum {
	unsigned int told;
	unsigned int failed; /* could not be read, or written to: logged */
};

/*
 * order_give - to each message that is meant
 *
 * The lines are durable before the next message is looked at. Where we are root, a journal that is new
 * belongs to whom the queue belongs to.
 * returns   false: errno; the folders cannot be read
 */
bool order_give(const struct order *order, const struct queue *queue, struct order_sum *out);

/*
 * order_main - what is the same in all tools that give one
 *
 * Takes the options -q and those of select.h; then ids. From its options on the program may only write
 * in the queue: the first folder of rights.
 * own       further options, as for subgetopt; NULL: none. They are given to take.
 * usage     of this program
 * returns   the program's exit status
 */
int order_main(struct order *order, struct rights *rights, int argc, const char *const *argv,
               const char *own, bool (*take)(int option, const char *value), const char *usage);

#endif
