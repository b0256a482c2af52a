#include "store/schedule.h"

#include <stdlib.h>
#include <string.h>

static const char *
message_name(const void *thing)
{
	return ((const struct message *)thing)->id;
}

static const char *
destination_name(const void *thing)
{
	return ((const struct destination *)thing)->key;
}

static struct destination *
destination_make(const char *key, const char *command)
{
	size_t key_len = strlen(key) + 1, command_len = strlen(command) + 1;
	struct destination *made = calloc(1, sizeof *made + key_len + command_len);

	if (made) {
		memcpy(made->key, key, key_len);
		memcpy(made->key + key_len, command, command_len);
		made->command = made->key + key_len;
	}
	return made;
}

bool
schedule_init(struct schedule *schedule)
{
	map_init(&schedule->messages, message_name);
	map_init(&schedule->destinations, destination_name);
	schedule->reports = destination_make("", "");
	return schedule->reports;
}

struct message *
schedule_find(const struct schedule *schedule, const char *id)
{
	return map_find(&schedule->messages, id);
}

struct message *
schedule_add(struct schedule *schedule, const char *id)
{
	struct message *message = schedule_find(schedule, id);

	if (message)
		return message;
	message = calloc(1, sizeof *message);
	if (!message)
		return NULL;
	strcpy(message->id, id);
	if (!map_add(&schedule->messages, message)) {
		free(message);
		return NULL;
	}
	return message;
}

void
schedule_forget(struct schedule *schedule, struct message *message)
{
	heap_remove(&schedule->timers, &message->timer);
	map_remove(&schedule->messages, message);
	free(message->unsaved);
	free(message);
}

bool
schedule_at(struct schedule *schedule, struct message *message, int64_t at_ms)
{
	if (at_ms != SCHEDULE_NEVER)
		return heap_set(&schedule->timers, &message->timer, at_ms);
	heap_remove(&schedule->timers, &message->timer);
	return true;
}

struct message *
schedule_due(struct schedule *schedule, int64_t now_ms)
{
	struct heap_item *first = heap_first(&schedule->timers);

	if (!first || first->at > now_ms)
		return NULL;
	heap_remove(&schedule->timers, first);
	return HEAP_OWNER(first, struct message, timer);
}

int64_t
schedule_next(const struct schedule *schedule)
{
	const struct heap_item *message = heap_first(&schedule->timers);
	const struct heap_item *rest = heap_first(&schedule->rests);
	int64_t next = message ? message->at : SCHEDULE_NEVER;

	return rest && rest->at < next ? rest->at : next;
}

struct destination *
schedule_destination(struct schedule *schedule, const char *key, const char *command)
{
	struct destination *destination = map_find(&schedule->destinations, key);

	if (destination)
		return destination;
	destination = destination_make(key, command);
	if (destination && !map_add(&schedule->destinations, destination)) {
		free(destination);
		return NULL;
	}
	return destination;
}

bool
destination_rests(const struct destination *destination)
{
	return destination->rest.place;
}

/* One that has failed is asked by one group alone, until it answers. */
static bool
has_room(const struct schedule *schedule, const struct destination *destination)
{
	return destination->first && !destination_rests(destination)
	       && destination->running < (destination->failures ? 1 : schedule->per_destination);
}

/* Something has changed: may it start a group, and is it not yet among those that may? */
static void
make_ready(struct schedule *schedule, struct destination *destination)
{
	if (destination == schedule->reports || destination->is_ready
	    || !has_room(schedule, destination))
		return;
	destination->is_ready = true;
	destination->next_ready = NULL;
	if (schedule->ready_last)
		schedule->ready_last->next_ready = destination;
	else
		schedule->ready_first = destination;
	schedule->ready_last = destination;
}

/* Nobody waits for it, and nothing is known of it that is worth keeping. */
static void
drop_if_unused(struct schedule *schedule, struct destination *destination)
{
	if (destination == schedule->reports || destination->first || destination->running
	    || destination->holds || destination->is_ready || destination_rests(destination))
		return;
	map_remove(&schedule->destinations, destination);
	free(destination->words);
	free(destination);
}

void
schedule_hold(struct destination *destination)
{
	destination->holds++;
}

void
schedule_release(struct schedule *schedule, struct destination *destination)
{
	destination->holds--;
	drop_if_unused(schedule, destination);
}

static void
line_append(struct destination *destination, struct group *group)
{
	group->before = destination->last;
	if (destination->last)
		destination->last->behind = group;
	else
		destination->first = group;
	destination->last = group;
}

static void
line_remove(struct destination *destination, struct group *group)
{
	if (group->before)
		group->before->behind = group->behind;
	else
		destination->first = group->behind;
	if (group->behind)
		group->behind->before = group->before;
	else
		destination->last = group->before;
	group->before = group->behind = NULL;
}

/* NULL: no memory. content: what is written behind the struct. */
static struct group *
group_add(struct schedule *schedule, struct message *message, struct destination *destination,
          const void *content, size_t size)
{
	struct group *group = calloc(1, sizeof *group + size);

	if (!group) {
		drop_if_unused(schedule, destination);
		return NULL;
	}
	group->message = message;
	group->destination = destination;
	group->next_of_message = message->groups;
	memcpy(group->recipients, content, size);
	message->groups = group;
	line_append(destination, group);
	make_ready(schedule, destination);
	return group;
}

bool
schedule_deliver(struct schedule *schedule, struct message *message,
                 struct destination *destination, const unsigned int *recipients, size_t count)
{
	struct group *group =
	    group_add(schedule, message, destination, recipients, count * sizeof *recipients);

	if (!group)
		return false;
	group->count = (unsigned int)count;
	return true;
}

bool
schedule_report(struct schedule *schedule, struct message *message, const char *report_id)
{
	struct group *group =
	    group_add(schedule, message, schedule->reports, report_id, ID_LEN + 1);

	if (!group)
		return false;
	group->is_report = true;
	return true;
}

const char *
group_report_id(const struct group *group)
{
	return (const char *)group->recipients;
}

static void
group_free(struct group *group)
{
	struct group **at = &group->message->groups;

	while (*at != group)
		at = &(*at)->next_of_message;
	*at = group->next_of_message;
	free(group);
}

static void
rests_end(struct schedule *schedule, int64_t now_ms)
{
	struct heap_item *first;

	while ((first = heap_first(&schedule->rests)) != NULL && first->at <= now_ms) {
		struct destination *destination = HEAP_OWNER(first, struct destination, rest);

		heap_remove(&schedule->rests, first);
		make_ready(schedule, destination);
		drop_if_unused(schedule, destination);
	}
}

static struct group *
run_first(struct destination *destination)
{
	struct group *group = destination->first;

	line_remove(destination, group);
	destination->running++;
	group->is_running = true;
	return group;
}

struct group *
schedule_start(struct schedule *schedule, int64_t now_ms)
{
	struct destination *destination = schedule->reports;

	rests_end(schedule, now_ms);
	if (has_room(schedule, destination))
		return run_first(destination);
	while (schedule->running < schedule->total && schedule->ready_first) {
		destination = schedule->ready_first;
		schedule->ready_first = destination->next_ready;
		if (!schedule->ready_first)
			schedule->ready_last = NULL;
		destination->is_ready = false;
		if (has_room(schedule, destination)) {
			struct group *group = run_first(destination);

			schedule->running++;
			make_ready(schedule, destination); /* behind the others: each in its turn */
			return group;
		}
		drop_if_unused(schedule, destination);
	}
	return NULL;
}

static void
rest(struct schedule *schedule, struct destination *destination, const char *words, int64_t now_ms)
{
	int64_t span = schedule->rest_first_ms;
	char *copy = words ? strdup(words) : NULL;

	if (copy) {
		free(destination->words);
		destination->words = copy;
	}
	/* Those that ran beside the first to fail say nothing new. */
	if (destination_rests(destination))
		return;
	for (unsigned int i = 0; i < destination->failures && span < schedule->rest_max_ms; i++)
		span *= 2;
	if (span > schedule->rest_max_ms)
		span = schedule->rest_max_ms;
	destination->failures++;
	heap_set(&schedule->rests, &destination->rest, now_ms + span); /* no memory: no rest */
}

void
schedule_end(struct schedule *schedule, struct group *group, enum contact contact,
             const char *words, int64_t now_ms)
{
	struct destination *destination = group->destination;

	destination->running--;
	if (destination != schedule->reports)
		schedule->running--;
	group_free(group);
	switch (contact) {
	case CONTACT_FAILED: rest(schedule, destination, words, now_ms); break;
	case CONTACT_MADE:
		destination->failures = 0;
		heap_remove(&schedule->rests, &destination->rest);
		break;
	case CONTACT_UNKNOWN: break;
	}
	make_ready(schedule, destination);
	drop_if_unused(schedule, destination);
}

void
schedule_cancel(struct schedule *schedule, struct group *group)
{
	struct destination *destination = group->destination;

	line_remove(destination, group);
	group_free(group);
	drop_if_unused(schedule, destination);
}

void
schedule_all_due(struct schedule *schedule, int64_t now_ms)
{
	struct heap_item *rest;
	struct message *message;
	size_t at = 0;

	while ((message = map_next(&schedule->messages, &at)) != NULL) {
		for (struct group *group = message->groups, *next; group; group = next) {
			next = group->next_of_message;
			if (!group->is_running)
				schedule_cancel(schedule, group);
		}
		if (message->is_held || message->is_leaving)
			continue;
		message->retry_at = now_ms;
		schedule_at(schedule, message, now_ms);
	}
	while ((rest = heap_first(&schedule->rests)) != NULL) {
		struct destination *destination = HEAP_OWNER(rest, struct destination, rest);

		destination->failures = 0;
		heap_remove(&schedule->rests, rest);
		drop_if_unused(schedule, destination);
	}
}
