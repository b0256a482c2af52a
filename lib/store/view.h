/*
 * view - all that is known of one message, read from its files
 *
 * What is learnt is noted as lines of its journal, and known from then on; view_save writes them.
 */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "mail/envelope.h"
#include "store/journal.h"
#include "store/progress.h"
#include "store/queue.h"
#include "store/schedule.h"
#include "store/shelf.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

enum { VIEW_TEXTS_MAX = 8 };

struct view {
	struct message *message;
	struct queue_message file; /* its descriptor stands at the message; -1: none is needed */
	struct envelope envelope;
	struct progress progress;

	const struct queue *queue; /* the rest is the module's own */
	char id[ID_LEN + 1];       /* the message may be forgotten before its view is closed */
	stralloc records;
	stralloc texts[VIEW_TEXTS_MAX]; /* what progress looks into */
	size_t text_count;
	stralloc pending; /* lines that are not in the journal yet */
	bool must_sync;   /* some of them must be durable before they are acted on */
};

/*
 * view_open - read a message, its journal, and what its message->unsaved adds to that
 *
 * A message is checked by its checksum once, and message->is_verified tells so.
 * returns   QUEUE_FOUND: the caller closes it; else nothing is open. QUEUE_TROUBLE: errno
 */
enum queue_found view_open(struct view *out, const struct queue *queue, struct message *message);
void view_close(struct view *view);

/*
 * view_shelve - close it, but keep what was read of the message's file for view_open_again
 *
 * with_file   its descriptor, too: nobody else reads from it
 */
void view_shelve(struct view *view, struct shelf *shelf, bool with_file);

/*
 * view_open_again - as view_open, but from the shelf what is there
 *
 * with_file   the caller needs the message's descriptor; else there may be none, and the file may have gone
 */
enum queue_found view_open_again(struct view *out, const struct queue *queue,
                                 struct message *message, struct shelf *shelf, bool with_file);

/*
 * view_note - something was learnt
 *
 * lines       of the journal; the caller's. At most VIEW_TEXTS_MAX - 2 times for one view.
 * must_sync   they must be durable before they are acted on
 * returns     false: no memory
 */
bool view_note(struct view *view, const stralloc *lines, bool must_sync);

/*
 * view_save - write down what was noted, and need not be durable; else: saving_add (store/saving.h)
 *
 * returns   false: errno. All is in message->unsaved then, so the next view knows and saves it.
 */
bool view_save(struct view *view);

/* Notes something while no view is open: the next one will know and save it. false: no memory. */
bool message_note(struct message *message, const stralloc *lines, bool must_sync);

#endif
