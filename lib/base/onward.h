/*
 * onward - give a stage a message that we make while it reads, and hear what becomes of it
 *
 * What stage.h does for a stage that hands on its own message and leaves the verdict to the next one.
 * Here the verdict comes back: for a program that makes other messages out of the one it was given,
 * and answers for it itself. Several may be open at one time.
 */
#ifndef BASE_ONWARD_H
#define BASE_ONWARD_H

#include "base/handover.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct onward {
	int message, envelope; /* our ends; -1: closed */
	uint64_t bytes;        /* of the message, so far */
	struct handover heard;
};

/*
 * onward_open - start the stage and give it the envelope
 *
 * next      its command, or unix:PATH
 * envelope  records and end
 * returns   false: errno. Nothing is left open or running.
 */
bool onward_open(struct onward *out, const char *const *next, const stralloc *envelope);

/* Message bytes. false: errno; EPIPE: the stage reads no more, and its verdict may say why. */
bool onward_write(struct onward *onward, const char *bytes, size_t len);

/* The message is whole. false: errno. Without this the stage drops what it got. */
bool onward_seal(struct onward *onward);

/*
 * onward_end - wait for the verdict, and sum it up
 *
 * recipients  how many the envelope had
 * out         the worst that was said of any: later is worse than never, as never is for good.
 *             FATE_NONE: no whole verdict, or somebody was left out. Has views that live until
 *             onward_close.
 * returns     false: no memory
 */
bool onward_end(struct onward *onward, size_t recipients, struct outcome *out);

void onward_close(struct onward *onward);

#endif
