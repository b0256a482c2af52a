#include "store/delivery.h"

#include "base/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { MS = 1000, EXIT_S = 10 };

bool
deliveries_open(struct deliveries *out, size_t count)
{
	*out =
	    (struct deliveries){ .all = calloc(count, sizeof *out->all),
		                 .count = count,
		                 .polled = calloc(count + DELIVERIES_OTHERS, sizeof *out->polled) };
	return out->all && out->polled;
}

struct delivery *
delivery_take(struct deliveries *deliveries, struct group *group)
{
	for (size_t i = 0; i < deliveries->count; i++)
		if (!deliveries->all[i].group) {
			deliveries->all[i] =
			    (struct delivery){ .group = group, .handover = { .report = -1 } };
			return &deliveries->all[i];
		}
	return NULL;
}

bool
delivery_address(struct delivery *delivery, const struct view *view, const unsigned int *numbers,
                 size_t count, bool with_why)
{
	stralloc *records = &delivery->records;
	struct recipient recipient;
	size_t at = 0, next = 0;

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
	return handover_start(&delivery->handover, argv, view->file.fd, &delivery->records,
	                      view->file.message_len);
}

void
delivery_close(struct delivery *delivery)
{
	handover_close(&delivery->handover);
	stralloc_free(&delivery->records);
	delivery->group = NULL;
}

void
deliveries_wait(struct deliveries *deliveries, struct pollfd *others, size_t other_count,
                int wait_ms, const sigset_t *signals)
{
	struct timespec span = { wait_ms / MS, wait_ms % MS * 1000000 };
	struct pollfd *polled = deliveries->polled;

	for (size_t i = 0; i < deliveries->count; i++) {
		const struct delivery *delivery = &deliveries->all[i];

		polled[i] = (struct pollfd){
			.fd = delivery->group ? delivery->handover.report : -1,
			.events = POLLIN,
		};
	}
	memcpy(polled + deliveries->count, others, other_count * sizeof *others);
	if (ppoll(polled, deliveries->count + other_count, &span, signals) <= 0)
		return; /* what is polled for has no revents yet */
	memcpy(others, polled + deliveries->count, other_count * sizeof *others);
	for (size_t i = 0; i < deliveries->count; i++)
		if (polled[i].revents)
			handover_read(&deliveries->all[i].handover);
}

void
deliveries_reap(struct deliveries *deliveries)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < deliveries->count; i++)
			if (deliveries->all[i].group && deliveries->all[i].handover.pid == pid)
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

	if (delivery->handover.has_end && delivery->deadline_ms > exit_ms)
		delivery->deadline_ms = exit_ms;
}

bool
delivery_is_over(const struct delivery *delivery)
{
	return delivery->handover.report < 0 && delivery->handover.pid == 0;
}
