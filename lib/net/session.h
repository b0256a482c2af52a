/*
 * session - what a speaker knows of the client it talks with, and how it replies
 *
 * Every command is a function of this state: speaker.c has the small ones and says which command is
 * allowed when; login.c, transaction.c and intake.c have the others.
 */
#ifndef NET_SESSION_H
#define NET_SESSION_H

#include "mail/address.h"
#include "mail/dot.h"
#include "mail/hops.h"
#include "net/ask.h"
#include "net/chain.h"
#include "net/dialogue.h"
#include "net/speaker.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stdint.h>

enum { REPLY_MAX = 510 }; /* RFC 5321 4.5.3.1.5, without CRLF */

/* The message under way, from the client to the chain; between two BDATs, too. */
struct intake {
	bool is_open; /* the chain has it */
	struct chain chain;
	struct dot dot;
	struct hops hops;
	uint64_t bytes;   /* of the message, so far */
	int64_t begun_ms; /* on clock_ms()'s clock */
};

struct session {
	const struct speaker_settings *settings;
	struct channel channel; /* to the steward */
	struct dialogue *client;
	bool tls;
	bool certificate; /* the client has shown one */
	bool logged_in;
	bool greeted;  /* EHLO or HELO was accepted */
	bool extended; /* ... it was EHLO */
	bool mail;     /* a transaction is open */
	bool utf8;     /* ... with SMTPUTF8 */
	bool binary;   /* ... with BODY=BINARYMIME */
	bool spoilt;   /* a BDAT was refused: what follows of its message is, too */
	bool refused;  /* this client gets no service: RFC 5321 3.1 */
	bool ended;
	bool has_deadline;     /* RFC 2852: ... */
	bool priority_lowered; /* RFC 6710 4.1: it asked for more than it may have */
	int64_t deadline_s;    /* ... since 1970 */
	int64_t hold_until_s;  /* of the transaction, since 1970; 0: it was not asked for */
	unsigned int recipients;
	unsigned int bad_commands;
	int policy; /* the policy program; -1: not asked for yet */
	char helo[DOMAIN_MAX + 1];
	struct intake intake;
	stralloc sender; /* ended by NUL */
	stralloc facts;  /* envelope records of this transaction, without recipients */
	stralloc rcpts;  /* recipient records */
};

/* Nothing was said yet; settings and client must outlive it. */
void session_start(struct session *s, const struct speaker_settings *settings, int channel,
                   struct dialogue *client);

/* Frees and closes what it has; the client is the caller's. */
void session_end(struct session *s);

/*
 * session_say - gather one reply line
 *
 * What programs and clients said may stand in it: what is not printable ASCII becomes "?", and it is
 * cut to REPLY_MAX. A refusal (5yz) counts as a bad command.
 *
 * returns  false: the client is gone
 */
bool session_say(struct session *s, const char *reply);

/* The same for a reply made of parts. */
void session_say_text(struct session *s, const char *code, const char *text, const char *more);

/* Says this reply, logs it, and ends the session. 421: RFC 5321 3.8 */
void session_hang_up(struct session *s, const char *reply);

/* The same where there is no memory. */
void session_no_memory(struct session *s);

/* No transaction is open: nothing of the last one is left. RFC 5321 4.1.1.5 */
void session_clear(struct session *s);

/* STARTTLS: nothing that was said before counts. RFC 3207 4.2 */
void session_forget(struct session *s);

#endif
