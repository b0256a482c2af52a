#include "store/attempt.h"

#include "store/move.h"

#include <skalibs/types.h>
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

struct target {
	struct destination *destination;
	unsigned int number; /* the recipient's */
};

static int
target_compare(const void *a, const void *b)
{
	const struct target *left = a, *right = b;

	if (left->destination != right->destination)
		return left->destination < right->destination ? -1 : 1;
	return left->number < right->number ? -1 : 1;
}

/* Where this recipient goes to. false: no memory */
static bool
find(struct route *route, const struct routes *routes, const struct view *view, const char *address)
{
	const char *target = view->progress.move_to;

	if (!target || !move_valid(target) || move_is_here(view->queue, target))
		return route_find(routes, &view->envelope, address, route);
	return move_command(&route->command, target) && stralloc_copy(&route->key, &route->command);
}

/* Where each recipient that is left goes to. false: no memory */
static bool
targets_find(struct target *targets, size_t *count, struct schedule *schedule,
             const struct routes *routes, const struct view *view)
{
	struct route route = { .command = STRALLOC_ZERO };
	struct recipient recipient;
	bool found = true;
	size_t at = 0;

	*count = 0;
	for (unsigned int i = 0; found && i < view->progress.count; i++) {
		const struct part *part = &view->progress.parts[i];
		struct target *target = &targets[*count];

		if (!envelope_recipient(&view->envelope, &at, &recipient)
		    || !part_is_unfinished(part) || part->is_open)
			continue;
		found = find(&route, routes, view, recipient.address)
		        && (target->destination =
		                schedule_destination(schedule, route.key.s, route.command.s));
		target->number = i;
		*count += found;
	}
	route_free(&route);
	return found;
}

/* Who has sent it, as a number: the login that is known, else what the client said. */
static uint64_t
sender_number(const struct envelope *envelope)
{
	const char *sender = envelope_get(envelope, ENVELOPE_LOGIN);

	if (!*sender)
		sender = envelope_get(envelope, ENVELOPE_SENDER);
	return XXH3_64bits(sender, strlen(sender));
}

/* RFC 6710; what is no number from -9 to 9 is as if it were not there. */
static int
priority(const struct envelope *envelope)
{
	int number;

	if (!int0_scan(envelope_get(envelope, ENVELOPE_PRIORITY), &number)
	    || number < -LINE_PRIORITY_MAX || number > LINE_PRIORITY_MAX)
		return 0;
	return number;
}

/* One group for each destination, in the order of its recipients. */
static bool
line_up(struct schedule *schedule, const struct view *view, struct target *targets, size_t count)
{
	unsigned int *numbers = calloc(count, sizeof *numbers);
	bool lined_up = numbers;
	size_t from, to;

	qsort(targets, count, sizeof *targets, target_compare);
	for (from = 0; lined_up && from < count; from = to) {
		for (to = from; to < count && targets[to].destination == targets[from].destination;
		     to++)
			numbers[to - from] = targets[to].number;
		lined_up = schedule_deliver(schedule, view->message, targets[from].destination,
		                            numbers, to - from, sender_number(&view->envelope),
		                            priority(&view->envelope));
	}
	free(numbers);
	return lined_up;
}

bool
attempt_begin(struct schedule *schedule, const struct routes *routes, struct view *view)
{
	struct message *message = view->message;
	struct target *targets = calloc(view->progress.count + 1, sizeof *targets);
	size_t count = 0;
	bool begun;

	if (!targets)
		return false;
	message->retry_at = SCHEDULE_NEVER;
	begun = targets_find(targets, &count, schedule, routes, view);
	if (begun && count) {
		message->attempts += message->attempts < UINT16_MAX;
		begun = line_up(schedule, view, targets, count);
	}
	free(targets);
	return begun;
}
