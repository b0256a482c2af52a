#include "store/schedule.h"

#include <stdlib.h>
#include <string.h>

#define VISITOR_OWNER(called)                                                                      \
	((struct destination *)((char *)(called)-offsetof(struct destination, visitor)))

enum { ROOM_FIRST = 5 /* deliveries to one destination at a time, to begin with */ };

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
		made->room = ROOM_FIRST;
	}
	return made;
}

bool
schedule_init(struct schedule *schedule)
{
	map_init(&schedule->messages, message_name);
	map_init(&schedule->destinations, destination_name);
	schedule->hosts.limit = schedule->per_destination;
	hosts_init(&schedule->hosts);
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

static bool
has_room(const struct schedule *schedule, const struct destination *destination)
{
	return line_first(&destination->line) && !destination_rests(destination)
	       && !visitor_waits(&destination->visitor) && destination->running < destination->room
	       && destination->running < schedule->per_destination;
}

static void
ready_append(struct ready *ready, struct destination *destination)
{
	destination->ready = ready;
	destination->behind_ready = NULL;
	destination->before_ready = ready->last;
	if (ready->last)
		ready->last->behind_ready = destination;
	else
		ready->first = destination;
	ready->last = destination;
}

static void
ready_remove(struct destination *destination)
{
	struct ready *ready = destination->ready;

	if (destination->before_ready)
		destination->before_ready->behind_ready = destination->behind_ready;
	else
		ready->first = destination->behind_ready;
	if (destination->behind_ready)
		destination->behind_ready->before_ready = destination->before_ready;
	else
		ready->last = destination->before_ready;
	destination->ready = NULL;
}

/* Something has changed: may it start a group? Then it is in the list that fits. */
static void
make_ready(struct schedule *schedule, struct destination *destination)
{
	struct ready *ready = NULL;

	if (destination != schedule->reports && has_room(schedule, destination))
		ready = destination->running ? &schedule->busy : &schedule->idle;
	if (destination->ready == ready)
		return;
	if (destination->ready)
		ready_remove(destination);
	if (ready)
		ready_append(ready, destination);
}

/* There is room at its host for the one that was called. */
static void
make_called_ready(struct schedule *schedule, struct visitor *called)
{
	struct destination *destination;

	if (!called)
		return;
	destination = VISITOR_OWNER(called);
	if (destination->room <= destination->running)
		destination->room = destination->running + 1;
	make_ready(schedule, destination);
}

/* It needs no room at a host now, or goes to another one. */
static void
forget_host(struct schedule *schedule, struct destination *destination)
{
	make_called_ready(schedule, host_forget(&schedule->hosts, &destination->visitor));
}

/* Nobody waits for it, and nothing is known of it that is worth keeping. */
static void
drop_if_unused(struct schedule *schedule, struct destination *destination)
{
	if (destination == schedule->reports || line_first(&destination->line)
	    || destination->running || destination->holds || destination_rests(destination))
		return;
	forget_host(schedule, destination);
	map_remove(&schedule->destinations, destination);
	line_free(&destination->line);
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

/* NULL: no memory. content: what is written behind the struct. */
static struct group *
group_add(struct schedule *schedule, struct message *message, struct destination *destination,
          const void *content, size_t size, uint64_t sender, int priority)
{
	struct group *group = calloc(1, sizeof *group + size);

	if (!group || !line_add(&destination->line, &group->turn, sender, priority)) {
		free(group);
		drop_if_unused(schedule, destination);
		return NULL;
	}
	group->message = message;
	group->destination = destination;
	group->next_of_message = message->groups;
	memcpy(group->recipients, content, size);
	message->groups = group;
	make_ready(schedule, destination);
	return group;
}

bool
schedule_deliver(struct schedule *schedule, struct message *message,
                 struct destination *destination, const unsigned int *recipients, size_t count,
                 uint64_t sender, int priority)
{
	struct group *group = group_add(schedule, message, destination, recipients,
	                                count * sizeof *recipients, sender, priority);

	if (!group)
		return false;
	group->count = (unsigned int)count;
	return true;
}

bool
schedule_report(struct schedule *schedule, struct message *message, const char *report_id)
{
	struct group *group =
	    group_add(schedule, message, schedule->reports, report_id, ID_LEN + 1, 0, 0);

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
	struct group *group = HEAP_OWNER(line_first(&destination->line), struct group, turn);

	line_remove(&destination->line, &group->turn);
	destination->running++;
	group->is_running = true;
	return group;
}

/* The destination whose turn it is; NULL: none may start anything. */
static struct destination *
next_ready(const struct schedule *schedule)
{
	if (schedule->idle.first && schedule->running < schedule->total)
		return schedule->idle.first;
	return schedule->running < schedule->total - schedule->total / 4 ? schedule->busy.first
	                                                                 : NULL;
}

struct group *
schedule_start(struct schedule *schedule, int64_t now_ms)
{
	struct destination *destination = schedule->reports;
	struct group *group;

	rests_end(schedule, now_ms);
	if (has_room(schedule, destination))
		return run_first(destination);
	destination = next_ready(schedule);
	if (!destination)
		return NULL;
	ready_remove(destination);
	group = run_first(destination);
	schedule->running++;
	make_ready(schedule, destination); /* behind the others: each in its turn */
	return group;
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
	destination->room = 1;
	forget_host(schedule, destination);
	heap_set(&schedule->rests, &destination->rest, now_ms + span); /* no memory: no rest */
}

static void
run_one_less(struct schedule *schedule, struct destination *destination)
{
	destination->running--;
	if (destination != schedule->reports)
		schedule->running--;
}

struct host *
schedule_enter(struct schedule *schedule, struct destination *destination, const char *name)
{
	struct host *host = host_enter(&schedule->hosts, name, &destination->visitor);

	make_ready(schedule, destination);
	return host;
}

void
schedule_leave(struct schedule *schedule, struct host *host)
{
	make_called_ready(schedule, host_leave(&schedule->hosts, host));
}

bool
schedule_return(struct schedule *schedule, struct group *group)
{
	struct destination *destination = group->destination;

	group->is_running = false;
	run_one_less(schedule, destination);
	if (destination->room > destination->running)
		destination->room = destination->running ? destination->running : 1;
	if (!line_return(&destination->line, &group->turn))
		return false;
	make_ready(schedule, destination);
	return true;
}

void
schedule_end(struct schedule *schedule, struct group *group, enum contact contact,
             const char *words, int64_t now_ms)
{
	struct destination *destination = group->destination;

	run_one_less(schedule, destination);
	group_free(group);
	if (!visitor_waits(&destination->visitor)) /* it was called, and went elsewhere */
		forget_host(schedule, destination);
	switch (contact) {
	case CONTACT_FAILED: rest(schedule, destination, words, now_ms); break;
	case CONTACT_MADE:
		destination->failures = 0;
		destination->room += destination->room < schedule->per_destination;
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

	line_remove(&destination->line, &group->turn);
	group_free(group);
	make_ready(schedule, destination);
	drop_if_unused(schedule, destination);
}

void
schedule_withdraw(struct schedule *schedule, struct message *message)
{
	for (struct group *group = message->groups, *next; group; group = next) {
		next = group->next_of_message;
		if (!group->is_running)
			schedule_cancel(schedule, group);
	}
}

void
schedule_wake(struct schedule *schedule, const struct message *message)
{
	for (struct group *group = message->groups; group; group = group->next_of_message) {
		struct destination *destination = group->destination;

		if (!destination_rests(destination))
			continue;
		destination->failures = 0;
		heap_remove(&schedule->rests, &destination->rest);
		make_ready(schedule, destination);
	}
}

void
schedule_all_due(struct schedule *schedule, int64_t now_ms)
{
	struct heap_item *rest;
	struct message *message;
	size_t at = 0;

	while ((message = map_next(&schedule->messages, &at)) != NULL) {
		schedule_withdraw(schedule, message);
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
