#include "store/index.h"

#include "base/die.h"
#include "store/held.h"
#include "store/journal.h"
#include "store/leftover.h"
#include "store/progress.h"
#include "store/watch.h"

#include <skalibs/stralloc.h>

#include <fcntl.h>
#include <sys/stat.h>

enum {
	MS = 1000,
	JOURNALS_AT_ONCE = 50,
	FILES_AT_ONCE = 500 /* between two polls */,
	CLOCK_S = 2 /* a file's time is taken from a clock that is a little behind */
};

static void
need(struct index *index, bool done)
{
	index->no_memory = index->no_memory || !done;
}

static void
message_seen(void *context, const char *name)
{
	struct index *index = context;
	struct message *message;

	if (!id_valid(name) || schedule_find(index->schedule, name))
		return;
	message = schedule_add(index->schedule, name);
	if (message)
		message->retry_at = index->now.ms;
	need(index, message && schedule_at(index->schedule, message, index->now.ms));
}

/* Somebody has written into its journal, or wants it to be looked at. */
static void
message_touched(void *context, const char *name)
{
	struct index *index = context;
	struct message *message = id_valid(name) ? schedule_find(index->schedule, name) : NULL;

	if (!message || message->is_leaving)
		return;
	message->has_journal = true;
	message->is_touched = true;
	need(index, schedule_at(index->schedule, message, index->now.ms));
}

/* Events were lost: it is new, or may have been touched. */
static void
message_untold(void *context, const char *name)
{
	struct index *index = context;

	if (id_valid(name) && schedule_find(index->schedule, name))
		need(index, stralloc_catb(&index->untold, name, ID_LEN + 1));
	else
		message_seen(context, name);
}

/* Who touches a file changes its time: was that since the last event that was heard? */
static bool
is_touched_since(const struct index *index, const char *id)
{
	char name[QUEUE_NAME_BYTES];
	struct stat status;

	queue_name(name, "msg", id);
	return fstatat(index->queue->root, name, &status, AT_SYMLINK_NOFOLLOW) == 0
	       && status.st_mtime >= index->told_s;
}

/* A journal whose message has left: the last step was not taken, or not for long enough. */
static void
journal_sweep(void *context, const char *name)
{
	struct index *index = context;

	if (id_valid(name) && !schedule_find(index->schedule, name))
		queue_remove(index->queue, "journal", name);
}

/* What a journal tells of when its message was tried, and is to be; and of its reports. */
static bool
message_resume(struct index *index, struct message *message, const struct progress *progress)
{
	message->attempts = progress->attempts < UINT16_MAX ? progress->attempts : UINT16_MAX;
	if (progress->next_s > index->now.s) {
		int64_t wait_ms = (progress->next_s - index->now.s) * MS,
		        most_ms = retry_wait_ms(index->retry, UINT16_MAX);

		message->retry_at = index->now.ms + (wait_ms < most_ms ? wait_ms : most_ms);
		if (!schedule_at(index->schedule, message, message->retry_at))
			return false;
	}
	for (size_t i = 0; i < progress->report_count; i++)
		if (!progress->reports[i].is_made
		    && !(held_add(index->schedule, progress->reports[i].id)
		         && schedule_at(index->schedule, message, index->now.ms)))
			return false;
	return true;
}

/* Its message waits until it has been read. */
static void
journal_seen(void *context, const char *name)
{
	struct index *index = context;
	struct message *message = id_valid(name) ? schedule_find(index->schedule, name) : NULL;

	if (!message) {
		journal_sweep(index, name);
		return;
	}
	message->has_journal = message->is_unread = true;
	message->retry_at = SCHEDULE_NEVER;
	need(index, schedule_at(index->schedule, message, SCHEDULE_NEVER)
	                && stralloc_catb(&index->unread, name, ID_LEN + 1));
}

static void
journal_take(struct index *index, struct message *message)
{
	struct progress progress;
	stralloc text = STRALLOC_ZERO;

	message->is_unread = false;
	message->retry_at = index->now.ms;
	need(index, schedule_at(index->schedule, message, index->now.ms));
	if (!progress_begin(&progress, 0)) {
		need(index, false);
		return;
	}
	if (journal_read(index->queue, message->id, &text))
		need(index, progress_replay(&progress, &text)
		                && message_resume(index, message, &progress));
	progress_end(&progress);
	stralloc_free(&text);
}

bool
index_is_unread(const struct index *index)
{
	return index->unread.len;
}

bool
index_is_behind(const struct index *index)
{
	return index->unread.len || index->untold.len;
}

static void
untold_look(struct index *index)
{
	for (int i = 0; i < FILES_AT_ONCE && index->untold.len; i++) {
		const char *id = index->untold.s + (index->untold.len -= ID_LEN + 1);

		if (is_touched_since(index, id))
			message_touched(index, id);
	}
	if (!index->untold.len)
		stralloc_free(&index->untold);
}

bool
index_read(struct index *index, struct moment now)
{
	index->now = now;
	untold_look(index);
	for (int i = 0; i < JOURNALS_AT_ONCE && index->unread.len; i++) {
		struct message *message;

		index->unread.len -= ID_LEN + 1;
		message = schedule_find(index->schedule, index->unread.s + index->unread.len);
		if (message && message->is_unread)
			journal_take(index, message);
	}
	if (!index->unread.len)
		stralloc_free(&index->unread);
	return !index->no_memory;
}

static void
folder_scan(struct index *index, const char *part, char x, queue_seen *seen)
{
	if (!queue_scan(index->queue, part, x, seen, index))
		log_warn_sys("cannot read ", index->queue->path, "/", part, "/", (char[]){ x, 0 });
}

static void
scan(struct index *index, const char *part, queue_seen *seen)
{
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		folder_scan(index, part, queue_digits[i], seen);
}

bool
index_open(struct index *out, const struct queue *queue, struct schedule *schedule,
           const struct retry *retry, struct moment now)
{
	/* Watched before it is read: what comes in between is seen twice, not missed. */
	*out = (struct index){ .queue = queue,
		               .schedule = schedule,
		               .retry = retry,
		               .watching = watch_open(queue),
		               .told_s = now.s - CLOCK_S,
		               .now = now };
	if (out->watching < 0)
		log_warn_sys("cannot watch the queue, so new messages are found late; raise "
		             "fs.inotify.max_user_watches");
	/* First what a crash left: a message must be there before its journal is looked at. */
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		leftover_settle(queue, queue_digits[i], now.s);
	scan(out, "msg", message_seen);
	scan(out, "journal", journal_seen);
	return !out->no_memory;
}

bool
index_news(struct index *index, struct moment now)
{
	index->now = now;
	if (!watch_read(index->watching, message_seen, message_touched, index))
		scan(index, "msg", message_untold);
	else if (!index->untold.len)
		index->told_s = now.s - CLOCK_S;
	return !index->no_memory;
}

bool
index_refresh(struct index *index, struct moment now)
{
	char x = queue_digits[index->next_folder++ % QUEUE_FOLDERS];

	index->now = now;
	leftover_settle(index->queue, x, now.s);
	folder_scan(index, "msg", x, message_seen);
	folder_scan(index, "journal", x, journal_sweep);
	return !index->no_memory;
}
