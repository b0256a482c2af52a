/*
 * queue-retry - deliver messages now, not later
 *
 *     queue-retry [-q queue] -a | [-f sender] [-t recipient] [-d destination] [-o age] [-y age]
 *                 [-s state] | id ...
 *
 * road     for the operator, beside it: queue-run sees it at once, or when it is started
 * opens    the queue (default queue), to read it and to write journals
 * exits    0; 111 if it could not be done for some, or the use is wrong
 * source   queue(5)
 */
#include "store/journal.h"
#include "store/order.h"

#include <stddef.h>

#define USAGE "queue-retry [-q queue] -a | " SELECT_USAGE " | id ..."
char const *PROG = "queue-retry";
static struct rights rights = { .writes = { "queue" } };

static bool
lines(stralloc *out, const struct glance *glance, int64_t now_s)
{
	return journal_tried(out, now_s, glance->progress.attempts, now_s);
}

int
main(int argc, const char *const *argv)
{
	struct order order = { .verb = "retry", .lines = lines };

	return order_main(&order, &rights, argc, argv, "", NULL, USAGE);
}
