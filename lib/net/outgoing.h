/*
 * outgoing - a message that may have to be sent more than once
 *
 * The next host, or the next hundred recipients, need it from its start again, and what it holds
 * must be known before a hop is asked to take it. So it's read to its seal first. The queue's file
 * is then read again where it is; what comes through a pipe is copied into a file without a name.
 */
#ifndef NET_OUTGOING_H
#define NET_OUTGOING_H

#include "base/stage.h"
#include "mail/content.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct outgoing {
	struct content content;
	int fd;
	off_t start; /* where in fd the message begins */
};

/* Where that file is made: TMPDIR, or /tmp. */
const char *outgoing_folder(void);

/* Ends the program on trouble, as stage_read does: nothing has been sent yet. */
void outgoing_take(struct outgoing *out, struct stage *stage);

/*
 * outgoing_seven_bit - make the message 7-bit, with lines that every server takes (mail/seven_bit.h)
 *
 * From here on it is that message, for all servers. One that is signed, or cannot be changed for
 * another reason, stays as it is: content says so. Ends the program where it cannot be kept.
 */
void outgoing_seven_bit(struct outgoing *out);

/* Bytes of the message from at on; 0: its end; -1: errno */
ssize_t outgoing_read(const struct outgoing *out, uint64_t at, char *bytes, size_t size);

#endif
