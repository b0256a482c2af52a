#include "store/leaving.h"

#include "store/held.h"

#include <errno.h>
#include <string.h>

bool
leaving_add(struct leaving *leaving, struct schedule *schedule, const struct view *view)
{
	const struct progress *progress = &view->progress;
	struct leaving_batch *batch = &leaving->next;
	struct message *message = view->message;

	/* The memory first: without its name, a message must be in the list. */
	if (!stralloc_readyplus(&batch->messages, sizeof message)
	    || !stralloc_readyplus(&batch->reports, progress->report_count * (ID_LEN + 1))) {
		errno = ENOMEM;
		return false;
	}
	if (!queue_remove(view->queue, "msg", message->id))
		return false;
	for (size_t i = 0; i < progress->report_count; i++)
		stralloc_catb(&batch->reports, progress->reports[i].id, ID_LEN + 1);
	stralloc_catb(&batch->messages, (const char *)&message, sizeof message);
	batch->folders |= UINT32_C(1)
	                  << (strchr(queue_digits, message->id[ID_LEN - 1]) - queue_digits);
	message->is_leaving = true;
	schedule_at(schedule, message, SCHEDULE_NEVER); /* takes no memory */
	return true;
}

bool
leaving_waits(const struct leaving *leaving)
{
	return leaving->next.messages.len;
}

uint32_t
leaving_begin(struct leaving *leaving)
{
	struct leaving_batch empty = leaving->flushed;

	leaving->flushed = leaving->next;
	leaving->next = empty;
	return leaving->flushed.folders;
}

bool
leaving_end(struct leaving *leaving, struct schedule *schedule, const struct queue *queue,
            int64_t now_ms)
{
	struct leaving_batch *batch = &leaving->flushed;
	struct message *message;
	bool released = true;

	for (size_t at = 0; at < batch->messages.len; at += sizeof message) {
		memcpy(&message, batch->messages.s + at, sizeof message);
		if (message->has_journal)
			queue_remove(queue, "journal", message->id); /* else swept later */
		schedule_forget(schedule, message);
	}
	for (size_t at = 0; released && at < batch->reports.len; at += ID_LEN + 1)
		released = held_release(schedule, batch->reports.s + at, now_ms);
	batch->messages.len = batch->reports.len = 0;
	batch->folders = 0;
	return released;
}
