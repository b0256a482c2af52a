#include "store/delivery.h"

#include "base/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
	MS = 1000,
	EXIT_S = 10,
	STAY_S = 1, /* who asks for another message gets one within this time, or none */
};

bool
deliveries_open(struct deliveries *out, struct schedule *schedule, size_t count)
{
	*out = (struct deliveries){
		.schedule = schedule,
		.all = calloc(count, sizeof *out->all),
		.count = count,
		.polled = calloc(2 * count + DELIVERIES_OTHERS, sizeof *out->polled),
	};
	for (size_t i = 0; out->all && i < count; i++)
		out->all[i].handover = (struct handover)HANDOVER_NONE;
	return out->all && out->polled;
}

static bool
is_free(const struct delivery *delivery)
{
	return !delivery->destination;
}

/* Has it asked for another message, and got none yet? Without group and this, it is to exit. */
static bool
is_waiting(const struct delivery *delivery)
{
	return !delivery->group && delivery->handover.more >= 0;
}

static void
leave_host(struct deliveries *deliveries, struct delivery *delivery)
{
	if (delivery->host)
		schedule_leave(deliveries->schedule, delivery->host);
	delivery->host = NULL;
}

static void
place_free(struct deliveries *deliveries, struct delivery *delivery)
{
	leave_host(deliveries, delivery);
	schedule_release(deliveries->schedule, delivery->destination);
	*delivery = (struct delivery){ .handover = HANDOVER_NONE };
}

/* Where a deliverer waits for a group of this destination; else a free one; else any that can be had. */
static struct delivery *
place_find(struct deliveries *deliveries, const struct destination *destination)
{
	struct delivery *found = NULL;

	for (size_t i = 0; i < deliveries->count; i++) {
		struct delivery *delivery = &deliveries->all[i];

		if (is_waiting(delivery) && delivery->destination == destination)
			return delivery;
		if (!delivery->group && (!found || is_free(delivery)))
			found = delivery;
	}
	return found;
}

struct delivery *
delivery_take(struct deliveries *deliveries, struct group *group)
{
	struct delivery *delivery = place_find(deliveries, group->destination);

	if (!delivery)
		return NULL;
	delivery->is_again = is_waiting(delivery) && delivery->destination == group->destination;
	if (!delivery->is_again) {
		if (!is_free(delivery)) {
			handover_stop(&delivery->handover);
			place_free(deliveries, delivery);
		}
		delivery->handover = (struct handover)HANDOVER_NONE;
		delivery->destination = group->destination;
		schedule_hold(group->destination);
	}
	delivery->group = group;
	delivery->is_turned_away = false;
	return delivery;
}

bool
delivery_address(struct delivery *delivery, const struct view *view, const unsigned int *numbers,
                 size_t count, bool with_why)
{
	stralloc *records = &delivery->records;
	struct recipient recipient;
	size_t at = 0, next = 0;

	records->len = 0;
	if (!envelope_copy_facts(records, &view->envelope, ""))
		return false;
	for (unsigned int i = 0;
	     next < count && envelope_recipient(&view->envelope, &at, &recipient); i++) {
		const char *why = view->progress.parts[i].why;

		if (numbers[next] != i)
			continue;
		next++;
		recipient.why = !with_why ? NULL : (why ? why : "Z0 451 4.4.7 - - not yet tried");
		if (!envelope_add_recipient(records, &recipient))
			return false;
	}
	return record_end(records) && envelope_parse(&delivery->envelope, records->s, records->len);
}

bool
delivery_start(struct delivery *delivery, const char *const *argv, const struct view *view,
               int64_t deadline_ms)
{
	if (!argv) {
		errno = ENOENT;
		return false;
	}
	delivery->deadline_ms = deadline_ms;
	if (delivery->is_again
	    && handover_again(&delivery->handover, view->file.fd, &delivery->records,
	                      view->file.message_len))
		return true;
	if (delivery->is_again) /* it has gone */
		handover_close(&delivery->handover);
	delivery->is_again = false;
	return handover_start(&delivery->handover, argv, view->file.fd, &delivery->records,
	                      view->file.message_len, !delivery->group->is_report);
}

bool
delivery_was_too_late(const struct delivery *delivery)
{
	return delivery->is_again && !delivery->handover.text.len;
}

void
delivery_close(struct deliveries *deliveries, struct delivery *delivery, int64_t now_ms)
{
	struct handover *handover = &delivery->handover;

	stralloc_free(&delivery->records);
	delivery->group = NULL;
	if (handover->asks) {
		handover_rest(handover);
		delivery->deadline_ms = now_ms + STAY_S * MS;
	} else {
		handover_close(handover);
		place_free(deliveries, delivery);
	}
}

/* No more messages for it: it says good-bye, and exits. */
static void
send_home(struct delivery *delivery, int64_t now_ms)
{
	handover_close(&delivery->handover);
	delivery->deadline_ms = now_ms + EXIT_S * MS;
}

void
deliveries_expire(struct deliveries *deliveries, int64_t now_ms)
{
	for (size_t i = 0; i < deliveries->count; i++) {
		struct delivery *delivery = &deliveries->all[i];
		bool is_late = delivery->deadline_ms <= now_ms;

		if (delivery->group || is_free(delivery))
			continue;
		if (is_late && is_waiting(delivery))
			send_home(delivery, now_ms);
		else if (is_late)
			handover_stop(&delivery->handover);
		if (!is_waiting(delivery) && delivery->handover.pid == 0)
			place_free(deliveries, delivery);
	}
}

int64_t
deliveries_deadline(const struct deliveries *deliveries)
{
	int64_t first = SCHEDULE_NEVER;

	for (size_t i = 0; i < deliveries->count; i++)
		if (!is_free(&deliveries->all[i]) && deliveries->all[i].deadline_ms < first)
			first = deliveries->all[i].deadline_ms;
	return first;
}

/* It wants to connect to this host. */
static void
enter_host(struct deliveries *deliveries, struct delivery *delivery, const char *name)
{
	if (!delivery->host || strcmp(host_name(delivery->host), name) != 0) {
		leave_host(deliveries, delivery);
		delivery->host = schedule_enter(deliveries->schedule, delivery->destination, name);
	}
	delivery->is_turned_away = !delivery->host;
	more_answer(delivery->handover.more, delivery->host);
}

/* All that it has to say now: the report, if there is something of it, and what it asks for. */
static void
hear(struct deliveries *deliveries, struct delivery *delivery, bool has_report)
{
	char host[MORE_HOST_BYTES];

	if (has_report)
		handover_read(&delivery->handover);
	while (handover_hear(&delivery->handover, host) == MORE_HOST)
		enter_host(deliveries, delivery, host);
}

/* The two of each place that is not free are polled: its report, and where it asks for more. */
static size_t
polled_list(struct deliveries *deliveries, struct pollfd *polled)
{
	size_t count = 0;

	for (size_t i = 0; i < deliveries->count; i++) {
		const struct delivery *delivery = &deliveries->all[i];
		const struct handover *handover = &delivery->handover;

		if (is_free(delivery))
			continue;
		polled[count++] = (struct pollfd){ .fd = delivery->group ? handover->report : -1,
			                           .events = POLLIN };
		polled[count++] = (struct pollfd){ .fd = handover->more, .events = POLLIN };
	}
	return count;
}

void
deliveries_wait(struct deliveries *deliveries, struct pollfd *others, size_t other_count,
                int wait_ms)
{
	struct pollfd *polled = deliveries->polled, *at = polled + other_count;
	size_t count = other_count + polled_list(deliveries, at);

	memcpy(polled, others, other_count * sizeof *others);
	if (poll(polled, count, wait_ms) <= 0)
		return; /* what is polled for has no revents yet */
	memcpy(others, polled, other_count * sizeof *others);
	for (size_t i = 0; i < deliveries->count; i++) {
		struct delivery *delivery = &deliveries->all[i];

		if (is_free(delivery))
			continue;
		if (delivery->group && (at[0].revents || at[1].revents))
			hear(deliveries, delivery, at[0].revents);
		else if (at[1].revents) /* it has gone, or says what it should not */
			delivery->deadline_ms = 0;
		at += 2;
	}
}

void
deliveries_reap(struct deliveries *deliveries)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < deliveries->count; i++)
			if (!is_free(&deliveries->all[i]) && deliveries->all[i].handover.pid == pid)
				deliveries->all[i].handover.pid = 0;
}

struct delivery *
deliveries_next(const struct deliveries *deliveries, const struct delivery *after)
{
	size_t i = after ? (size_t)(after - deliveries->all) + 1 : 0;

	while (i < deliveries->count && !deliveries->all[i].group)
		i++;
	return i < deliveries->count ? &deliveries->all[i] : NULL;
}

void
delivery_hasten(struct delivery *delivery, int64_t now_ms)
{
	int64_t exit_ms = now_ms + EXIT_S * MS;

	if (delivery->handover.has_end && !delivery->handover.asks
	    && delivery->deadline_ms > exit_ms)
		delivery->deadline_ms = exit_ms;
}

bool
delivery_is_over(const struct delivery *delivery)
{
	return delivery->handover.report < 0
	       && (delivery->handover.asks || delivery->handover.pid == 0);
}
