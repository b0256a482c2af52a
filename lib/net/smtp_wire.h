/*
 * smtp_wire - commands out, replies in: what the steps of an SMTP session are made of
 *
 * Every reply belongs to a command: one that comes before it was asked for ends the session. A false
 * leaves in trouble why, and the session is over, unless said otherwise.
 */
#ifndef NET_SMTP_WIRE_H
#define NET_SMTP_WIRE_H

#include "mail/reply.h"
#include "net/trouble.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SMTP_GROUP_MAX = 103,  /* commands that may go in one write: RFC 2920 */
	SMTP_LAST_WORDS_S = 5, /* ours: for a reply that explains why our writes fail */
	/* room for all replies to such a group, so that neither side waits for the other */
	SMTP_INPUT_BYTES = SMTP_GROUP_MAX * REPLY_LINE_KEPT,
};

struct smtp_wire {
	struct trouble trouble; /* why a step returned false */
	struct reply reply;     /* the last one */
	bool usable;            /* the next command would be answered */
	const char *refused;    /* while trouble is a reply: to which command */
	int fd;                 /* a non-blocking socket, not closed here */

	unsigned int wait_max_s; /* the rest is the module's own */
	size_t in_at, in_len;
	char in[SMTP_INPUT_BYTES];
};

/* What a reply answers, and how long it may take. */
struct smtp_step {
	const char *name;
	unsigned int timeout_s;
	/* is shown each line of the reply but the first, with taker; NULL: nobody is */
	void (*take_line)(void *taker, char *line);
	void *taker;
};

/* wait_max_s: wait for no answer longer than this; 0: as each step says */
void smtp_wire_begin(struct smtp_wire *wire, int fd, unsigned int wait_max_s);

/* Goes on with another descriptor, in place of the one that is closed; what was read is forgotten. */
void smtp_wire_move(struct smtp_wire *wire, int fd);

/* It is over, by no decision of the server's; what and step make the text. Returns false. */
bool smtp_wire_lost(struct smtp_wire *wire, const char *enhanced, const char *what,
                    const char *step);

/*
 * The server's own words, the last reply, are why; false. Unless they say that it goes (421), the
 * session is still usable. A reply of a class that does not fit is as bad as none.
 */
bool smtp_wire_refused(struct smtp_wire *wire, const struct smtp_step *step);

/* Did the server say more than we have asked for? Of what was read; and of what is there, too. */
bool smtp_wire_has_input(const struct smtp_wire *wire);
bool smtp_wire_look(struct smtp_wire *wire);

/*
 * smtp_wire_put - write all of it, and read meanwhile what the server says
 *
 * So it never waits for us while we wait for it. After a failure, which sets no trouble, the server
 * may have said why: read its reply.
 */
bool smtp_wire_put(struct smtp_wire *wire, const char *bytes, size_t len, unsigned int timeout_s);

/* The reply to a command. */
bool smtp_wire_reply(struct smtp_wire *wire, const struct smtp_step *step);

/* One command, from parts ended by NULL, and its reply. */
bool smtp_wire_ask(struct smtp_wire *wire, const struct smtp_step *step, const char *const *parts);

#define SMTP_WIRE_ASK(wire, step, ...)                                                             \
	smtp_wire_ask(wire, step, (const char *const[]){ __VA_ARGS__, NULL })

#endif
