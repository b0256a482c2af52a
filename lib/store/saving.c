#include "store/saving.h"

#include "store/flusher.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct message *message;
	size_t len; /* of the lines, with which message->unsaved begins */
};

bool
saving_add(struct saving *saving, struct view *view)
{
	struct saving_batch *batch = &saving->next;
	struct message *message = view->message;
	struct entry entry = { message, view->pending.len };
	char *unsaved = strndup(view->pending.s, view->pending.len);

	if (!unsaved || !stralloc_readyplus(&batch->entries, sizeof entry)
	    || !flusher_note(&batch->notes, message->id, &view->pending,
	                     message->journal_is_named)) {
		free(unsaved);
		return false;
	}
	stralloc_catb(&batch->entries, (const char *)&entry, sizeof entry);
	free(message->unsaved);
	message->unsaved = unsaved;
	message->must_sync = message->has_journal = message->is_saving = true;
	return true;
}

bool
saving_waits(const struct saving *saving)
{
	return saving->next.entries.len;
}

const stralloc *
saving_begin(struct saving *saving)
{
	struct saving_batch empty = saving->flushed;

	saving->flushed = saving->next;
	saving->next = empty;
	return &saving->flushed.notes;
}

int *
saving_errors(struct saving *saving, size_t *count)
{
	*count = saving->flushed.entries.len / sizeof(struct entry);
	saving->at = 0;
	saving->errors.len = 0;
	if (!stralloc_ready(&saving->errors, (*count + 1) * sizeof(int)))
		return NULL;
	saving->errors.len = *count * sizeof(int);
	return (int *)(void *)saving->errors.s;
}

/* These are in its journal now; what was noted since is not. */
static void
forget_saved(struct message *message, size_t len)
{
	size_t rest = strlen(message->unsaved + len);

	message->journal_is_named = true;
	if (rest) {
		memmove(message->unsaved, message->unsaved + len, rest + 1);
		return;
	}
	free(message->unsaved);
	message->unsaved = NULL;
	message->must_sync = false;
}

struct message *
saving_next(struct saving *saving, int *error)
{
	struct saving_batch *batch = &saving->flushed;
	struct entry entry;

	if ((saving->at + 1) * sizeof entry > batch->entries.len) {
		batch->entries.len = batch->notes.len = 0;
		return NULL;
	}
	memcpy(&entry, batch->entries.s + saving->at * sizeof entry, sizeof entry);
	memcpy(error, saving->errors.s + saving->at * sizeof *error, sizeof *error);
	saving->at++;
	entry.message->is_saving = false;
	if (!*error)
		forget_saved(entry.message, entry.len);
	return entry.message;
}
