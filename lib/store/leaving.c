#include "store/leaving.h"

#include "base/die.h"
#include "store/held.h"

#include <errno.h>
#include <string.h>

bool
leaving_add(struct leaving *leaving, struct schedule *schedule, const struct view *view)
{
	const struct progress *progress = &view->progress;
	struct message *message = view->message;

	/* The memory first: without its name, a message must be in the list. */
	if (!stralloc_readyplus(&leaving->messages, sizeof message)
	    || !stralloc_readyplus(&leaving->reports, progress->report_count * (ID_LEN + 1))) {
		errno = ENOMEM;
		return false;
	}
	if (!queue_remove(view->queue, "msg", message->id))
		return false;
	for (size_t i = 0; i < progress->report_count; i++)
		stralloc_catb(&leaving->reports, progress->reports[i].id, ID_LEN + 1);
	stralloc_catb(&leaving->messages, (const char *)&message, sizeof message);
	leaving->folders[strchr(queue_digits, message->id[ID_LEN - 1]) - queue_digits] = true;
	message->is_leaving = true;
	schedule_at(schedule, message, SCHEDULE_NEVER); /* takes no memory */
	return true;
}

static void
sync_folders(struct leaving *leaving, const struct queue *queue)
{
	char folder[QUEUE_NAME_BYTES];

	for (size_t i = 0; i < QUEUE_FOLDERS; i++) {
		if (!leaving->folders[i])
			continue;
		leaving->folders[i] = false;
		queue_folder(folder, "msg", queue_digits[i]);
		if (!queue_sync_folder(queue, folder))
			log_warn_sys("cannot sync ", queue->path, "/", folder, "; check the disk");
	}
}

bool
leaving_end(struct leaving *leaving, struct schedule *schedule, const struct queue *queue,
            int64_t now_ms)
{
	struct message *message;
	bool released = true;

	sync_folders(leaving, queue);
	for (size_t at = 0; at < leaving->messages.len; at += sizeof message) {
		memcpy(&message, leaving->messages.s + at, sizeof message);
		if (message->has_journal)
			queue_remove(queue, "journal", message->id); /* else swept later */
		schedule_forget(schedule, message);
	}
	leaving->messages.len = 0;
	for (size_t at = 0; released && at < leaving->reports.len; at += ID_LEN + 1)
		released = held_release(schedule, leaving->reports.s + at, now_ms);
	leaving->reports.len = 0;
	return released;
}
