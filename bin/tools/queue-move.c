/*
 * queue-move - hand what is left of messages to another queue, here or on another machine
 *
 *     queue-move [-q queue] -m target | -r
 *                -a | [-f sender] [-t recipient] [-d destination] [-o age] [-y age] [-s state] | id ...
 *
 * road     for the operator, beside it: queue-run sees it at once, or when it is started
 * opens    the queue (default queue), to read it and to write journals
 * exits    0; 111 if it could not be done for some, or the use is wrong
 * source   queue(5)
 */
#include "base/die.h"
#include "store/journal.h"
#include "store/move.h"
#include "store/order.h"

#include <stddef.h>

#define USAGE "queue-move [-q queue] -m /queue|host:port | -r -a | " SELECT_USAGE " | id ..."
char const *PROG = "queue-move";
static struct rights rights = { .writes = { "queue" } };

static const char *target; /* "": none, by their routes again */

static bool
take(int option, const char *value)
{
	bool is_second = target;

	target = option == 'm' ? value : "";
	return !is_second && (option != 'm' || move_valid(value));
}

static bool
lines(stralloc *out, const struct glance *glance, int64_t now_s)
{
	if (!target)
		die_usage(USAGE);
	return journal_move(out, now_s, target)
	       && (!glance->progress.is_on_hold || journal_hold(out, now_s, false))
	       && journal_tried(out, now_s, glance->progress.attempts, now_s);
}

int
main(int argc, const char *const *argv)
{
	struct order order = { .verb = "move", .lines = lines };

	return order_main(&order, &rights, argc, argv, "m:r", take, USAGE);
}
