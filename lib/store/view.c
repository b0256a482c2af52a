#include "store/view.h"

#include "base/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All but what was read of the message's file. */
static void
forget_rest(struct view *view)
{
	for (size_t i = 0; i < view->text_count; i++)
		stralloc_free(&view->texts[i]);
	stralloc_free(&view->pending);
	progress_end(&view->progress);
}

static void
file_close(struct view *view)
{
	if (view->file.fd >= 0)
		io_close(view->file.fd);
	view->file.fd = -1;
}

void
view_close(struct view *view)
{
	int saved = errno;

	file_close(view);
	stralloc_free(&view->records);
	forget_rest(view);
	errno = saved;
}

void
view_shelve(struct view *view, struct shelf *shelf, bool with_file)
{
	if (!with_file)
		file_close(view);
	shelf_put(shelf, view->id, &view->file, &view->records);
	forget_rest(view);
}

bool
view_note(struct view *view, const stralloc *lines, bool must_sync)
{
	stralloc *text = &view->texts[view->text_count];

	if (!lines->len)
		return true;
	if (view->text_count == VIEW_TEXTS_MAX || !stralloc_copy(text, lines)
	    || !stralloc_cat(&view->pending, lines))
		return false;
	view->text_count++;
	view->must_sync = view->must_sync || must_sync;
	return progress_replay(&view->progress, text);
}

static bool
note_unsaved(struct view *view)
{
	char *unsaved = view->message->unsaved;
	stralloc lines = { .s = unsaved, .len = unsaved ? strlen(unsaved) : 0 };

	return view_note(view, &lines, view->message->must_sync);
}

static bool
replay_journal(struct view *view)
{
	if (!view->message->has_journal)
		return true;
	view->text_count = 1;
	if (!journal_read(view->queue, view->message->id, &view->texts[0]))
		return errno == ENOENT;
	return progress_replay(&view->progress, &view->texts[0]);
}

static enum queue_found
read_message(struct view *out)
{
	struct message *message = out->message;
	enum queue_found found = QUEUE_FOUND;

	if (!out->records.len)
		found = queue_get(out->queue, message->id, &out->file, &out->records);
	if (found == QUEUE_FOUND && !message->is_verified)
		found = queue_verify(&out->file);
	if (found != QUEUE_FOUND)
		return found;
	message->is_verified = true;
	return envelope_parse(&out->envelope, out->records.s, out->records.len) ? QUEUE_FOUND
	                                                                        : QUEUE_CORRUPT;
}

/* Who is in a line, or being delivered. */
static void
mark_open(struct view *view)
{
	for (const struct group *group = view->message->groups; group;
	     group = group->next_of_message)
		for (size_t i = 0; !group->is_report && i < group->count; i++)
			if (group->recipients[i] < view->progress.count)
				view->progress.parts[group->recipients[i]].is_open = true;
}

/* What is in out->file and out->records need not be read. */
static enum queue_found
open_with(struct view *out)
{
	enum queue_found found = read_message(out);

	if (found == QUEUE_FOUND
	    && (!progress_begin(&out->progress, out->envelope.recipients) || !replay_journal(out)
	        || !note_unsaved(out)))
		found = QUEUE_TROUBLE;
	if (found == QUEUE_FOUND)
		mark_open(out);
	else
		view_close(out);
	return found;
}

static void
begin(struct view *out, const struct queue *queue, struct message *message)
{
	*out = (struct view){ .message = message, .queue = queue, .file = { .fd = -1 } };
	strcpy(out->id, message->id);
}

enum queue_found
view_open(struct view *out, const struct queue *queue, struct message *message)
{
	begin(out, queue, message);
	return open_with(out);
}

enum queue_found
view_open_again(struct view *out, const struct queue *queue, struct message *message,
                struct shelf *shelf, bool with_file)
{
	begin(out, queue, message);
	shelf_take(shelf, message->id, with_file, &out->file, &out->records);
	return open_with(out);
}

bool
view_save(struct view *view)
{
	struct message *message = view->message;
	bool is_named = false;
	char *unsaved;

	if (!view->pending.len)
		return true;
	message->has_journal = true;
	if (journal_append(view->queue, message->id, &view->pending, false, &is_named)) {
		free(message->unsaved);
		message->unsaved = NULL;
		return true;
	}
	unsaved = strndup(view->pending.s, view->pending.len);
	if (unsaved) { /* else what it had before is kept, and the rest is learnt again */
		free(message->unsaved);
		message->unsaved = unsaved;
	}
	return false;
}

bool
message_note(struct message *message, const stralloc *lines, bool must_sync)
{
	size_t old = message->unsaved ? strlen(message->unsaved) : 0;
	char *text;

	if (!lines->len)
		return true;
	text = realloc(message->unsaved, old + lines->len + 1);
	if (!text)
		return false;
	memcpy(text + old, lines->s, lines->len);
	text[old + lines->len] = 0;
	message->unsaved = text;
	message->must_sync = message->must_sync || must_sync;
	return true;
}
