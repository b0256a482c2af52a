/*
 * queue-drop - deliver messages no more
 *
 *     queue-drop [-q queue] [-b] -a | [-f sender] [-t recipient] [-d destination] [-o age] [-y age]
 *                [-s state] | id ...
 *
 * road     for the operator, beside it: queue-run sees it at once, or when it is started
 * opens    the queue (default queue), to read it and to write journals
 * exits    0; 111 if it could not be done for some, or the use is wrong
 * source   queue(5)
 */
#include "base/die.h"
#include "base/verdict.h"
#include "store/journal.h"
#include "store/order.h"

#include <stddef.h>

#define USAGE "queue-drop [-q queue] [-b] -a | " SELECT_USAGE " | id ..."
char const *PROG = "queue-drop";
static struct rights rights = { .writes = { "queue" } };

static bool bounce;

static bool
take(int option, const char *value)
{
	(void)option, (void)value;
	bounce = true;
	return true;
}

/* What nobody has yet is done, or has failed: so queue-run comes to an end with it, its own way. */
static bool
lines(stralloc *out, const struct glance *glance, int64_t now_s)
{
	static const struct outcome silent = { .fate = FATE_DONE,
		                               .code = 250,
		                               .enhanced = "2.0.0",
		                               .host = "-",
		                               .tls = "-",
		                               .text = "dropped by the operator" };
	static const struct outcome told = { .fate = FATE_NEVER,
		                             .code = 554,
		                             .enhanced = "5.3.0",
		                             .host = "-",
		                             .tls = "-",
		                             .text = "dropped by the postmaster of this server" };

	for (unsigned int i = 0; i < glance->progress.count; i++) {
		struct outcome outcome = bounce ? told : silent;

		outcome.recipient = (int)i;
		if (part_is_unfinished(&glance->progress.parts[i])
		    && !journal_outcome(out, now_s, PROG, &outcome))
			return false;
	}
	/* Looked at now, also by a queue-run that starts. */
	return journal_tried(out, now_s, glance->progress.attempts, now_s);
}

int
main(int argc, const char *const *argv)
{
	struct order order = { .verb = "drop", .lines = lines };

	return order_main(&order, &rights, argc, argv, "b", take, USAGE);
}
