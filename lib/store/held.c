#include "store/held.h"

#include <string.h>

bool
held_add(struct schedule *schedule, const char *report_id)
{
	struct message *report = schedule_add(schedule, report_id);

	if (!report)
		return false;
	report->is_held = true;
	return schedule_at(schedule, report, SCHEDULE_NEVER);
}

bool
held_release(struct schedule *schedule, const char *report_id, int64_t now_ms)
{
	struct message *report = schedule_find(schedule, report_id);

	if (!report || !report->is_held)
		return true;
	report->is_held = false;
	report->retry_at = now_ms;
	return schedule_at(schedule, report, now_ms);
}

static bool
is_in_line(const struct message *message, const char *report_id)
{
	for (const struct group *group = message->groups; group; group = group->next_of_message)
		if (group->is_report && strcmp(group_report_id(group), report_id) == 0)
			return true;
	return false;
}

bool
held_begin(struct schedule *schedule, const struct view *view, int64_t now_ms)
{
	for (size_t i = 0; i < view->progress.report_count; i++) {
		const struct report *report = &view->progress.reports[i];

		if (report->is_made) {
			if (!held_release(schedule, report->id, now_ms))
				return false;
		} else if (!is_in_line(view->message, report->id)
		           && !(held_add(schedule, report->id)
		                && schedule_report(schedule, view->message, report->id)))
			return false;
	}
	return true;
}
