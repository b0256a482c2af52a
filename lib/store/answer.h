/*
 * answer - what deliverers say of recipients: understood, logged, and turned into a journal's lines
 */
#ifndef STORE_ANSWER_H
#define STORE_ANSWER_H

#include "base/clock.h"
#include "base/verdict.h"
#include "mail/envelope.h"
#include "store/plan.h"
#include "store/schedule.h"
#include "store/view.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>

/* "Later", from us, where the deliverer has said nothing; text must outlive it. */
struct outcome answer_later(const char *text);

/*
 * answer_contact - did the destination answer?
 *
 * outcomes   where nothing was said (FATE_NONE), it becomes "later"
 */
enum contact answer_contact(struct outcome *outcomes, size_t count);

/*
 * answer_stay - what another queue refuses stays with us, as "later"
 *
 * An operator has wanted it there, and may want otherwise: its sender has done nothing wrong.
 */
void answer_stay(struct outcome *outcomes, size_t count);

/* What one delivery has come to. */
struct answer {
	bool some_later; /* somebody is to be tried again */
	bool some_final; /* somebody is not */
	stralloc lines;  /* for the journal */
	stralloc words;  /* a record, as said last: for who waits in the destination's line */
};

/*
 * answer_take - log what became of a group's recipients, and write it into lines
 *
 * At the end of the message's lifetime "later" becomes "never".
 * outcomes   one for each of them, none of them FATE_NONE; changed
 * given      the envelope that the deliverer was given: these recipients, in this order
 * out        for answer_free, whatever is returned
 * returns    false: no memory
 */
bool answer_take(struct answer *out, const struct group *group, struct outcome *outcomes,
                 const struct envelope *given, const struct terms *terms, struct moment now);
void answer_free(struct answer *answer);

/*
 * answer_share - what a destination has said counts for all that wait in its line
 *
 * Though another message asked: where it rests, its last words are noted for those of this message
 * that have none of their own, so that their sender can be told. Past its lifetime a message waits
 * no more, and leaves the line.
 * view      gets the notes
 * returns   false: no memory
 */
bool answer_share(struct schedule *schedule, struct view *view, const struct terms *terms,
                  struct moment now);

/* The name of a command's file, as in "/usr/bin/smtp-send -4"; of unix:PATH, all of that. */
const char *answer_by(const char *command);

#endif
