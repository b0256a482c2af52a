/*
 * select - which messages of a queue an operator means
 *
 * All tools for the queue take the same options:
 *
 *     -f sender       ann@example.org, @example.org, or "" for the null sender
 *     -t recipient    the same, of one that is left
 *     -d destination  a recipient's domain, as -t @domain, and all below it
 *     -o age          at least so old: seconds, or 90m, 12h, 3d
 *     -y age          at most so old
 *     -s state        new: not tried yet; later: tried, and waiting; hold: held by an operator
 */
#ifndef STORE_SELECT_H
#define STORE_SELECT_H

#include "store/glance.h"

#include <stdbool.h>
#include <stdint.h>

#define SELECT_OPTIONS "f:t:d:o:y:s:"
#define SELECT_USAGE   "[-f sender] [-t recipient] [-d destination] [-o age] [-y age] [-s state]"

enum select_state { SELECT_ANY, SELECT_NEW, SELECT_LATER, SELECT_HOLD };

struct select {
	const char *sender, *recipient, *destination; /* NULL: any */
	int64_t older_s, younger_s;                   /* 0: any */
	enum select_state state;
	bool is_given; /* some option was */
};

/* One of SELECT_OPTIONS. false: it is none of them, or its value is wrong. */
bool select_option(struct select *select, int option, const char *value);

/* now_s: in seconds since 1970 */
bool select_fits(const struct select *select, const struct glance *glance, int64_t now_s);

/* In which state a message is, as -s names it. */
const char *select_state_name(const struct glance *glance);

#endif
