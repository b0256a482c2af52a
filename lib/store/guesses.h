/*
 * guesses - who has guessed passwords lately, for all connections: a mapped file of fixed size
 *
 * Nobody is locked out: who guesses can only slow down
 *
 *     a network         10 wrong passwords at once, then one a minute;
 *     a login in it     5 at once, then one in two minutes; only one in ten minutes while the
 *                       login is being guessed from many networks;
 *     a login where it has logged in during the last 30 days: 20, then one a minute, whatever
 *                       others guess there or elsewhere.
 *
 * So whoever comes from a network of his own has a try, and who is at home is not touched.
 *
 * An entry of the file says of one of these how far it is ahead of its rate, as a time; past times
 * are free places. What is full of others gives up the entry that would be free first. The file has
 * no names in it: keys are hashed with a secret of its own. A network is an address of IPv4, or 64
 * bits of IPv6.
 */
#ifndef STORE_GUESSES_H
#define STORE_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

enum { GUESSES_AT_ONCE = 32 };

struct guesses {
	int fd;                   /* for locks */
	struct guesses_file *map; /* NULL: nothing is counted */
};

/*
 * guesses_open - map the file, made if it is not there
 *
 * path      NULL: nothing is counted, and all may try
 * returns   false: errno; EPROTO: it is another file than ours
 */
bool guesses_open(struct guesses *out, const char *path);
void guesses_close(struct guesses *guesses);

/*
 * guesses_try - may this login be tried from there? It counts as wrong until guesses_right
 *
 * login     in one spelling, known or not
 * client    an address; "": nobody knows, and all of these are one network
 * time_s    now, in seconds since 1970
 * returns   0: yes; else how many seconds to wait, and nothing was counted
 */
unsigned int guesses_try(const struct guesses *guesses, const char *login, const char *client,
                         int64_t time_s);

/*
 * guesses_turn - wait until fewer than GUESSES_AT_ONCE passwords are being hashed, by all who count here
 *
 * A hash takes memory, so that has a bound of its own: clients may be many more. The turn ends with
 * guesses_turn_over, or with the process; one at a time.
 */
void guesses_turn(const struct guesses *guesses);
void guesses_turn_over(const struct guesses *guesses);

/* The try was right: it is not counted, and the login is at home in this network now. */
void guesses_right(const struct guesses *guesses, const char *login, const char *client,
                   int64_t time_s);

#endif
