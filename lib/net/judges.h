/*
 * judges - programs that have judged a connection, kept a moment for the next one of the same client
 *
 * A client who opens many connections, one for each message, is mostly a relay with a queue. Who
 * judged one of them need not be a fresh process for the next: it has read no other's words (0024).
 */
#ifndef NET_JUDGES_H
#define NET_JUDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	JUDGES_MAX = 32,
	JUDGE_IDLE_MS = 1000, /* is kept without a connection */
	JUDGE_AGE_MS =
	    10000, /* serves for so long: then it is another process that reads the tables */
	JUDGE_CLIENT_MAX = 46,
};

struct judge {
	int more; /* where it takes connections and messages (base/more.h); -1: there is none */
	int64_t born_ms;
};

struct judges {
	struct kept_judge {
		struct judge judge;
		int64_t since_ms;
		char client[JUDGE_CLIENT_MAX]; /* IP address */
	} kept[JUDGES_MAX];
	size_t count; /* the oldest is the first */
};

/* Its connection with this client has ended; it is ours now: kept, or closed. "": nobody's */
void judges_keep(struct judges *judges, const struct judge *judge, const char *client,
                 int64_t now_ms);

/* One who has judged this client, and wants another connection; .more is -1: there is none. */
struct judge judges_take(struct judges *judges, const char *client, int64_t now_ms);

/* Lets those go who have waited for too long. In how many ms is the next to go? -1: none waits */
int judges_expire(struct judges *judges, int64_t now_ms);

#endif
