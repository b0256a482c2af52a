/*
 * stage - the one form of every program that a message passes through (stage(7))
 *
 *     fd 0   the message: CRLF line ends, not dot-stuffed
 *     fd 3   the envelope, read to its end before any message byte is trusted; then the seal
 *     fd 4   the verdict
 *     argv   settings, then the next stage: a command, or unix:PATH of a waiting parent
 *
 * The seal is a last record on fd 3, written after the last byte of the message: "." and the number
 * of bytes. A message whose seal is missing or wrong was cut short and is dropped: the process that
 * sent it may have died.
 *
 * With no next stage and fd 3 closed, a fix stage is a plain filter from fd 0 to fd 1 ("by hand").
 *
 * All of these end the program on trouble: a fault of ours is "later".
 */
#ifndef BASE_STAGE_H
#define BASE_STAGE_H

#include "base/serve.h"
#include "base/verdict.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FD_MESSAGE = 0, FD_ENVELOPE = 3, FD_VERDICT = 4, FD_SEAL = 5 /* of some jobs */ };
enum { ENVELOPE_MAX_BYTES = 1 << 20 }; /* 1000 recipients of the longest kind take a third of it */

struct stage {
	bool by_hand;
	struct job_peer peer;  /* who handed us the job; an exec'd stage: ourselves */
	stralloc envelope;     /* records, the end included, as they came */
	uint64_t bytes_read;   /* of the message */
	uint64_t bytes_passed; /* to the next stage */
	bool ended;            /* the message has ended and its seal was right */
	bool is_dialogue;      /* no message: a job that brought fd 1 (settings->talks) */

	const char *const *next; /* the rest is the module's own */
	bool lends;
	int seal;              /* where the seal comes from: FD_ENVELOPE or FD_SEAL */
	stralloc behind;       /* bytes that came on fd 3 behind the envelope's end */
	int out, out_envelope; /* -1: no next stage has a process */
	pid_t out_pid;         /* 0: it was asked, not spawned */
};

/*
 * stage_start - take the job: from fds 0, 3, 4 as we were started, or from the socket of -S
 *
 * next   argv of the next stage; NULL: this stage is the last. With settings->rights its process is
 *        forked at once, as none can be once we are confined
 */
void stage_start(struct stage *stage, const struct serve *settings, const char *const *next);

/*
 * stage_again - the last stage of a chain has said its verdict, and takes the next job
 *
 * Only for a program that parses nothing but envelopes. What the stage held of the job is wiped; what
 * the program held is its own to wipe.
 *
 * returns   false: there is none, as after an exec; end
 */
bool stage_again(struct stage *stage, const struct serve *settings);

/*
 * stage_more - the verdict has been said, and more was asked for (base/more.h): take the next message
 *
 * other     ends the wait when it can be read; as for more_take
 * returns   false: there is none
 */
bool stage_more(struct stage *stage, int other);

/*
 * stage_take - the same for a program that waits for messages itself: one has come on FD_MORE
 *
 * next      as for stage_start; a waiting parent
 */
bool stage_take(struct stage *stage, const char *const *next);

/*
 * stage_read - message bytes; blocks
 *
 * returns   how many, at most size; 0: the message has ended, and its seal was right
 */
size_t stage_read(struct stage *stage, char *bytes, size_t size);

/*
 * stage_collect - read the message's beginning, until there is enough of it
 *
 * text     appended to; what is in it has been read and is the caller's to write on
 * max      bytes; one piece more may be in text
 * enough   looks at the first len bytes; at is its own, 0 at first (header_end in mail/header.h)
 * at       enough's last word
 * returns  false: max bytes, and still not enough. A message that ends before is enough.
 */
bool stage_collect(struct stage *stage, stralloc *text, size_t max,
                   bool (*enough)(const char *text, size_t len, size_t *at), size_t *at);

/* Starts the next stage and gives it this envelope (records and end). By hand: does nothing. */
void stage_next(struct stage *stage, const char *envelope, size_t len);

/*
 * stage_lend - the same where no byte of the message is read: the next stage gets fd 0 itself
 *
 * For who looks at the envelope only; settings->lends must be set. Returns when the message is whole:
 * its seal is here (bytes_passed is what it says; 0: it does not), and goes on with stage_finish.
 * Until then a verdict of our own is still possible: the next stage says none before it has the seal.
 */
void stage_lend(struct stage *stage, const char *envelope, size_t len);

/* Message bytes for the next stage. */
void stage_write(struct stage *stage, const char *bytes, size_t len);

/* All that is left of the message goes on as it is, without being looked at. */
void stage_pass(struct stage *stage);

/*
 * stage_hand_on - for a stage that has read nothing but the envelope: the next one does the rest
 *
 * A waiting parent is given the message and the seal's descriptor as they are, so nothing more passes
 * through this process, and it ends. Before any other next stage it is stage_next(), stage_pass() and
 * stage_finish().
 */
_Noreturn void stage_hand_on(struct stage *stage);

/* The same of what stage_take() gave; the process goes on, and has nothing of the message any more. */
void stage_give_on(struct stage *stage);

/*
 * stage_finish - the message is whole: seal it, wait for a spawned next stage, and exit as it did
 *
 * The verdict is the last stage's; we say nothing.
 */
_Noreturn void stage_finish(struct stage *stage);

/*
 * stage_go_on - the same, and take the next job as stage_again() does; ends where there is none
 *
 * For a stage before the last that reads nothing but the envelope: settings->lends and ->comes_back.
 */
void stage_go_on(struct stage *stage, const struct serve *settings);

/*
 * stage_refuse - our own verdict for all recipients, and exit
 *
 * code, enhanced   as 550, "5.7.1"
 * ...              parts of the text, ended by NULL
 */
_Noreturn void stage_refuse(struct stage *stage, int code, const char *enhanced, ...)
    __attribute__((sentinel));

/* Writes a whole verdict: these outcome records, and the end that is put behind them. */
void stage_say(stralloc *outcomes);

/* The same; exits with code. */
_Noreturn void stage_report(stralloc *outcomes, int exit_code);

#endif
