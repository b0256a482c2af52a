/*
 * journal - what has become of a message's recipients so far (queue(5))
 *
 * A file of text lines that only grows. Each line begins with its own checksum, so what a crash
 * left of a last line is known for what it is, and ignored; writing goes on behind it.
 *
 *     CHECKSUM TIME outcome BY VERDICT     what a deliverer said of one recipient
 *     CHECKSUM TIME tried ATTEMPTS NEXT    when it will be tried again, in seconds since 1970
 *     CHECKSUM TIME report KIND ID N ...   a report with this id is to be made about recipients N
 *     CHECKSUM TIME reported ID            it has been
 *     CHECKSUM TIME hold                   an operator's word: deliver nothing of it,
 *     CHECKSUM TIME release                deliver it again,
 *     CHECKSUM TIME move TARGET            or let what is left go to another queue (store/move.h)
 *
 * BY is the deliverer's name; VERDICT is a record of verdict(5), with the recipient's number in the
 * envelope of the queue file. The later line of two about one recipient counts.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/verdict.h"
#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOURNAL_MAX_BYTES = 64 << 20 };

enum report_kind { /* what bounce-make -k knows */
	           REPORT_FAILED,
	           REPORT_DELAYED,
	           REPORT_DELIVERED,
	           REPORT_RELAYED,
	           REPORT_KINDS,
};
extern const char *const report_names[REPORT_KINDS];

/* These append one line; false: no memory. time_s: now, in seconds since 1970. */
bool journal_outcome(stralloc *lines, int64_t time_s, const char *by,
                     const struct outcome *outcome);
bool journal_tried(stralloc *lines, int64_t time_s, unsigned int attempts, int64_t next_s);
bool journal_report(stralloc *lines, int64_t time_s, enum report_kind kind, const char *id,
                    const unsigned int *recipients, size_t count);
bool journal_reported(stralloc *lines, int64_t time_s, const char *id);
bool journal_hold(stralloc *lines, int64_t time_s, bool hold);
/* target: "": by its routes again */
bool journal_move(stralloc *lines, int64_t time_s, const char *target);

/*
 * journal_next - walk over the good lines
 *
 * text      changed: lines become C strings
 * at        start with 0
 * returns   what stands behind the checksum: "TIME WORD ..."; NULL: no more
 */
char *journal_next(stralloc *text, size_t *at);

/*
 * journal_read - the whole file, replacing text
 *
 * returns   false: errno; ENOENT: there is none
 */
bool journal_read(const struct queue *queue, const char *id, stralloc *text);

/*
 * journal_append - write lines at the end
 *
 * sync      make them durable
 * is_named  was the file's name made durable before, by us? Set to true when it is.
 * returns   false: errno; the lines count as not written, and may be written again
 */
bool journal_append(const struct queue *queue, const char *id, const stralloc *lines, bool sync,
                    bool *is_named);

#endif
