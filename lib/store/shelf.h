/*
 * shelf - what was just read of messages, and is needed again in a moment
 *
 * A message is read when it is lined up, when it is handed over, and when it leaves; mostly within
 * milliseconds. Its file never changes, so what was read of it holds. There are a few dozen places:
 * who comes to one that is taken pushes out who was there, and that message is read again.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "base/id.h"
#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

enum { SHELF_PLACES = 64, SHELF_RECORDS_MAX = 4096 /* bytes; more are not kept */ };

struct shelf { /* all zero: empty */
	struct shelved {
		char id[ID_LEN + 1]; /* "": nothing is here */
		struct queue_message file;
		stralloc records;
	} places[SHELF_PLACES];
};

/*
 * shelf_put - keep these, or free and close them
 *
 * file      its descriptor may be -1
 * records   the envelope; file and records are the shelf's from now on
 */
void shelf_put(struct shelf *shelf, const char *id, const struct queue_message *file,
               const stralloc *records);

/*
 * shelf_take - have them back
 *
 * with_file   a descriptor at the message's first byte is wanted, of a file that has its name still; else
 *             there is none
 * out, records  the caller's from now on
 * returns     false: they are not here, or not so
 */
bool shelf_take(struct shelf *shelf, const char *id, bool with_file, struct queue_message *out,
                stralloc *records);

#endif
