/*
 * smtp_wire - commands out, replies in: what smtp_client's steps are made of
 *
 * For smtp_client.c and smtp_transaction.c only. A false leaves in trouble why, and the session is
 * over, unless said otherwise.
 */
#ifndef NET_SMTP_WIRE_H
#define NET_SMTP_WIRE_H

#include "net/smtp_client.h"

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_LAST_WORDS_S = 5 }; /* ours: for a reply that explains why our writes fail */

/* What a reply answers, and how long it may take. */
struct smtp_step {
	const char *name;
	unsigned int timeout_s;
	/* is shown each line of the reply but the first; NULL: nobody is */
	void (*take_line)(struct smtp_client *client, char *line);
};

/* It is over, by no decision of the server's; what and step make the text. Returns false. */
bool smtp_wire_lost(struct smtp_client *client, const char *enhanced, const char *what,
                    const char *step);

/*
 * The server's own words, the last reply, are why; false. Unless they say that it goes (421), the
 * session is still usable. A reply of a class that does not fit is as bad as none.
 */
bool smtp_wire_refused(struct smtp_client *client, const struct smtp_step *step);

/* Did the server say more than we have asked for? Of what was read; and of what is there, too. */
bool smtp_wire_has_input(const struct smtp_client *client);
bool smtp_wire_look(struct smtp_client *client);

/*
 * smtp_wire_put - write all of it, and read meanwhile what the server says
 *
 * So it never waits for us while we wait for it. After a failure, which sets no trouble, the server
 * may have said why: read its reply.
 */
bool smtp_wire_put(struct smtp_client *client, const char *bytes, size_t len,
                   unsigned int timeout_s);

/* The reply to a command. */
bool smtp_wire_reply(struct smtp_client *client, const struct smtp_step *step);

/* One command, from parts ended by NULL, and its reply. */
bool smtp_wire_ask(struct smtp_client *client, const struct smtp_step *step,
                   const char *const *parts);

#define SMTP_WIRE_ASK(client, step, ...)                                                           \
	smtp_wire_ask(client, step, (const char *const[]){ __VA_ARGS__, NULL })

#endif
