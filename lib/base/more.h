/*
 * more - a deliverer that has done with one message is given the next one (stage(7))
 *
 * For those whose start, or whose connection, costs more than a message. Where whoever started a deliverer has more
 * for it, its fd 5 is a seqpacket socket. The deliverer asks there, with one byte, before it ends
 * its verdict; the answer is a datagram with the descriptors of the next message: 0, 3 and 4, in this
 * order. There may be none: then the socket ends. Nobody has to know of it: who does not ask is
 * given nothing.
 *
 * It may also ask there before it connects to a host, for many destinations can have the same one,
 * and who started it sees them all.
 *
 * A program that judges a connection, and takes its messages, is given them in the same way. When the
 * connection has ended it may ask for the next one of the same client.
 */
#ifndef BASE_MORE_H
#define BASE_MORE_H

#include <stdbool.h>

enum {
	FD_MORE = 5,
	MORE_HOST_BYTES = 80, /* a host's name, with its NUL */
};

/* --- the deliverer --- */

/* Is there somebody to ask? */
bool more_is_offered(void);

void more_ask(void);

/*
 * more_take - wait for the next message, and put its descriptors in place
 *
 * other     a descriptor that ends the wait when it can be read: a connection that breaks
 * returns   false: there is none, or the wait has ended
 */
bool more_take(int other);

/*
 * more_next_connection - ask for the client's next connection, and wait: its dialogue on fds 0 and 1,
 * its facts on fd 3
 *
 * returns   false: there is none
 */
bool more_next_connection(void);

/*
 * more_may_connect - one more connection to this host?
 *
 * host      its address and port as text; one that is too long is cut
 * returns   false: it has enough of them now. To be ended without a word: the message is given to a
 *           fresh deliverer when there is room. True also where there is nobody to ask, or no answer.
 */
bool more_may_connect(const char *host);

/* --- who started it --- */

/* A pair of sockets: ends[1] is to be the deliverer's FD_MORE. false: errno */
bool more_open(int ends[2]);

/* Has it asked for another message? Does not wait; for one that connects to no hosts. */
bool more_is_wanted(int fd);

/* Was its last word that it wants another connection? Does not wait. */
bool more_wants_connection(int fd);

enum more_word {
	MORE_NOTHING,
	MORE_WANTED,     /* another message */
	MORE_HOST,       /* to connect to a host: more_answer */
	MORE_CONNECTION, /* another connection */
	MORE_END,        /* it has gone */
};

/* What does it ask for? Does not wait. */
enum more_word more_hear(int fd, char host[MORE_HOST_BYTES]);

/* To MORE_HOST. */
void more_answer(int fd, bool may);

/* Gives it these; the caller closes its own. false: errno; it is gone */
bool more_give(int fd, int message, int envelope, int verdict);

/* The same for a connection: a socket for its dialogue, and where its facts can be read. */
bool more_give_connection(int fd, int dialogue, int facts);

#endif
