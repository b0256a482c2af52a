/*
 * queue-hold - let messages wait until somebody releases them
 *
 *     queue-hold [-q queue] [-r] -a | [-f sender] [-t recipient] [-d destination] [-o age] [-y age]
 *                [-s state] | id ...
 *
 * road     for the operator, beside it: queue-run sees it at once, or when it is started
 * opens    the queue (default queue), to read it and to write journals
 * exits    0; 111 if it could not be done for some, or the use is wrong
 * source   queue(5)
 */
#include "store/journal.h"
#include "store/order.h"

#include <stddef.h>

#define USAGE "queue-hold [-q queue] [-r] -a | " SELECT_USAGE " | id ..."
char const *PROG = "queue-hold";
static struct rights rights = { .writes = { "queue" } };

static bool release;
static order_lines lines;
static struct order order = { .verb = "hold", .lines = lines };

static bool
take(int option, const char *value)
{
	(void)option, (void)value;
	release = true;
	order.verb = "release";
	return true;
}

static bool
lines(stralloc *out, const struct glance *glance, int64_t now_s)
{
	if (glance->progress.is_on_hold == !release)
		return true;
	return journal_hold(out, now_s, !release);
}

int
main(int argc, const char *const *argv)
{
	return order_main(&order, &rights, argc, argv, "r", take, USAGE);
}
