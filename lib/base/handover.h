/*
 * handover - give a stage a message in a file, and hear what becomes of it (stage(7), verdict(5))
 *
 * The other side of base/stage.h: what an acceptor or a queue does. Nothing here waits: the caller
 * polls for the report, and for the end of the process.
 */
#ifndef BASE_HANDOVER_H
#define BASE_HANDOVER_H

#include "base/more.h"
#include "base/verdict.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HANDOVER_REPORT_MAX = 1 << 20 };

struct handover {
	pid_t pid;     /* to wait for; 0: a waiting parent was asked, there is none */
	int report;    /* poll this for reading; -1: no more will come */
	int more;      /* where it may ask for another message (base/more.h); -1: nowhere */
	bool has_end;  /* the verdict was complete */
	bool asks;     /* it wants another message */
	stralloc text; /* the verdict so far */
};
#define HANDOVER_NONE                                                                              \
	{                                                                                          \
		.report = -1, .more = -1                                                           \
	}

/*
 * handover_start - start a stage as a new process, or ask its waiting parent
 *
 * argv      as for job_start
 * message   opened for this stage alone, at the message's first byte; the caller's to close
 * envelope  records with their end
 * len       of the message, for the seal
 * has_more  it may ask for another message
 * returns   false: errno; nothing was started, nothing is open
 */
bool handover_start(struct handover *out, const char *const *argv, int message,
                    const stralloc *envelope, uint64_t len, bool has_more);

/*
 * handover_again - give another message to a stage that has asked for one
 *
 * As handover_start. What it said of the one before is forgotten.
 * returns   false: errno; it is gone, or will be
 */
bool handover_again(struct handover *handover, int message, const stralloc *envelope, uint64_t len);

/* It has said all of one message, and is kept for another: frees what belongs to the first. */
void handover_rest(struct handover *handover);

/*
 * handover_hear - what does it ask for? (base/more.h)
 *
 * To be called when handover->more can be read, and once more when the verdict has its end.
 */
enum more_word handover_hear(struct handover *handover, char host[MORE_HOST_BYTES]);

/*
 * handover_read - take what there is of the report, or wait for it
 *
 * When it has ended, or is longer than it may be, handover->report becomes -1.
 */
void handover_read(struct handover *handover);

/*
 * handover_outcomes - what was said of each of count recipients
 *
 * out       one for each; FATE_NONE: nothing. The first record about one counts, and one for all
 *           speaks of those only that have none of their own. Views of text, which is cut.
 */
void handover_outcomes(struct handover *handover, struct outcome *out, size_t count);

/* Its time is over: the process is killed, and no more is read. What it has said, it has said. */
void handover_stop(struct handover *handover);

/* Frees what it has; the process, if there is one, is left to itself. */
void handover_close(struct handover *handover);

#endif
