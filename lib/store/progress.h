/*
 * progress - how far a message has come: its journal, read again
 *
 * No I/O: the caller reads the journal, and gives it line by line or whole.
 */
#ifndef STORE_PROGRESS_H
#define STORE_PROGRESS_H

#include "base/id.h"
#include "base/verdict.h"
#include "store/journal.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct part {             /* of the message: one recipient */
	enum fate fate;   /* the last outcome's */
	const char *by;   /* the deliverer that gave it; NULL: none did so far */
	const char *why;  /* its verdict record; a view of the journal's text */
	int64_t time_s;   /* when */
	unsigned reports; /* kinds that are made or will be: 1 << enum report_kind */
	bool is_open;     /* for view.h: being delivered, or waiting for its turn */
};

struct report {
	enum report_kind kind;
	char id[ID_LEN + 1];
	bool is_made;
	unsigned int *recipients; /* about whom: numbers below progress.count, in their order */
	size_t count;
};

struct progress {
	struct part *parts;
	unsigned int count;
	struct report *reports;
	size_t report_count;
	unsigned int attempts;
	int64_t next_s;      /* seconds since 1970; 0: it was not tried yet */
	bool is_on_hold;     /* an operator wants nothing of it to be delivered */
	const char *move_to; /* or all that is left to go there (store/move.h); NULL: no */
};

/*
 * progress_begin - nothing has happened yet
 *
 * recipients   how many the envelope has; 0: unknown, only attempts and reports are wanted
 * returns      false: no memory
 */
bool progress_begin(struct progress *out, unsigned int recipients);
void progress_end(struct progress *progress);

/*
 * progress_replay - what these lines tell
 *
 * Lines may be replayed twice, and lines of unknown form are skipped.
 * lines     of a journal; changed, and it must outlive progress
 * returns   false: no memory
 */
bool progress_replay(struct progress *progress, stralloc *lines);

/* Does this recipient still want to be delivered to? */
bool part_is_unfinished(const struct part *part);

/* The report of this id; NULL: there is none. */
struct report *progress_find_report(const struct progress *progress, const char *id);

#endif
