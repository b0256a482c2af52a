/*
 * more - a deliverer that has done with one message is given the next one (stage(7))
 *
 * For those whose start, or whose connection, costs more than a message. Where whoever started a deliverer has more
 * for it, its fd 5 is a seqpacket socket. The deliverer asks there, with one byte, before it ends
 * its verdict; the answer is a datagram with the descriptors of the next message: 0, 3 and 4, in this
 * order. There may be none: then the socket ends. Nobody has to know of it: who does not ask is
 * given nothing.
 */
#ifndef BASE_MORE_H
#define BASE_MORE_H

#include <stdbool.h>

enum { FD_MORE = 5 };

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

/* --- who started it --- */

/* A pair of sockets: ends[1] is to be the deliverer's FD_MORE. false: errno */
bool more_open(int ends[2]);

/* Has it asked? Does not wait. */
bool more_is_wanted(int fd);

/* Gives it these; the caller closes its own. false: errno; it is gone */
bool more_give(int fd, int message, int envelope, int verdict);

#endif
