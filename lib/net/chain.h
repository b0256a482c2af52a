/*
 * chain - a chain of message stages, as a speaker holds it: one message in, one verdict out (stage(7))
 *
 * Nothing here waits for ever: a stage that takes nothing, or gives no verdict, means "later".
 */
#ifndef NET_CHAIN_H
#define NET_CHAIN_H

#include "net/ask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain {
	int message, envelope, verdict; /* -1: closed */
	bool broken;                    /* it takes no more; its verdict says why */
	bool stuck;                     /* it took too long */
	uint64_t bytes;                 /* of the message, handed over */
};

/*
 * chain_start - ask the steward (net/ask.h) for a chain, and hand it the envelope
 *
 * facts    envelope records behind those that the steward has written already
 * rcpts    records of recipients
 * returns  false: it cannot be had, nothing is open
 */
bool chain_start(struct chain *chain, struct channel *channel, const char *facts, size_t facts_len,
                 const char *rcpts, size_t rcpts_len);

/* Hands over a piece of the message. Once it is broken, nothing happens. */
void chain_write(struct chain *chain, const char *bytes, size_t len);

/* This message will not be sealed, so it is dropped by whoever has it: stage(7). */
void chain_drop(struct chain *chain);

/*
 * chain_end - seal the message and wait for the verdict
 *
 * returns  the verdict as one reply, good until the next message. Where some recipients have got it
 *          and some have not, no reply of SMTP tells the truth: "later" makes a second copy for
 *          some, any other would lose one.
 */
const char *chain_end(struct chain *chain);

/* Closes what is open. */
void chain_close(struct chain *chain);

#endif
