/*
 * ask - what a speaker may ask of its steward, and how descriptors come back
 *
 * The two halves of smtp-accept (smtp-accept(8)) share one SOCK_SEQPACKET socket. A question is one
 * byte; the answer is one byte and the descriptors. That is all a speaker can say, taken over or not.
 *
 * Once, and unasked, a steward may say that the session is to end.
 */
#ifndef NET_ASK_H
#define NET_ASK_H

#include <stdbool.h>
#include <stddef.h>

enum ask {
	ASK_TLS = 'T',     /* start TLS on the client's connection: read end, write end */
	ASK_LOGIN = 'A',   /* a login dialogue: one descriptor, both ways */
	ASK_POLICY = 'P',  /* a policy dialogue: one descriptor, both ways */
	ASK_MESSAGE = 'M', /* a message chain: message, envelope, verdict */
};

enum answer {
	ANSWER_YES = 'y',
	ANSWER_YES_CERTIFICATE = 'c', /* of TLS: and the client has shown a certificate */
	ANSWER_LATER = 'z',           /* it could not be started: our fault */
	ANSWER_NO = 'n',              /* not in this state: nobody has logged in */
	ANSWER_CLOSE = 'x',           /* no answer: ask_close */
};

enum { ASK_FDS_MAX = 3 };

/* The speaker's end. */
struct channel {
	int fd;
	bool is_closing; /* the steward wants an end, or is gone */
};

/* A connected pair; ends[0] is the speaker's. false: errno. */
bool ask_open(int ends[2]);

/*
 * ask - the speaker's side: ask and wait
 *
 * fds      filled with count descriptors if the answer is ANSWER_YES (or ..._CERTIFICATE)
 * returns  ANSWER_LATER too when the steward is gone
 */
enum answer ask(struct channel *channel, enum ask question, int *fds, size_t count);

/* The speaker's side: something came unasked. Does not wait. */
void ask_hear(struct channel *channel);

/* The steward's side: this session is to end when its transaction is over. Safe in a signal handler. */
void ask_close(int channel);

/* The steward's side: the next question; 0: the speaker is gone. Blocks. */
char ask_receive(int channel);

/* Answers; the descriptors are given away and closed here. false: errno. */
bool ask_answer(int channel, enum answer answer, const int *fds, size_t count);

#endif
