/*
 * sent - what a login has sent lately, and to whom: one file for each login, of fixed size
 *
 *     limits, a table (table(5)):
 *     *:     messages=1000 recipients=2000 new-recipients=200 rate=200
 *     news:  messages=20000 recipients=20000 new-recipients=5000 bytes=1048576
 *     root:  none
 *
 * Counted are the last 24 hours, by whole ones: 24 to 25. A recipient is new if the login has not sent
 * to it before, as far as its 4096 last recipients tell. A file has no addresses in it, only hashes
 * with a secret of its own. What is counted outlives our processes; a power cut may lose the last
 * half minute.
 */
#ifndef STORE_SENT_H
#define STORE_SENT_H

#include "store/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit {
	LIMIT_MESSAGES,
	LIMIT_RECIPIENTS,
	LIMIT_NEW_RECIPIENTS,
	LIMIT_RATE,
	LIMIT_BYTES,
	LIMITS
};

struct limits {
	uint64_t most[LIMITS]; /* UINT64_MAX: no limit. Three of a day, messages a minute, of one */
};

/* The name of a limit, as in the table. */
extern const char *const limit_names[LIMITS];

/*
 * limits_get - what holds for a login
 *
 * Its entry, else that of "*", else our defaults. An entry that names some leaves the others as they
 * are by default; "none" is no limit at all.
 *
 * table     NULL: there is none
 * returns   false: the entry is not understood
 */
bool limits_get(struct limits *out, const struct table *table, const char *login);

struct sent {
	int fd;
	struct sent_file *map;
};

/*
 * sent_open - open and lock a login's file, made if it is not there
 *
 * folder    of these files; in it the login's name, or a hash of it
 * returns   false: errno; EPROTO: it is another file
 */
bool sent_open(struct sent *out, const char *folder, const char *login);
void sent_close(struct sent *sent);

struct sent_answer {
	bool allowed;
	/* if not: */
	enum limit limit;
	uint64_t most;
	int64_t
	    again_s; /* from when on, in seconds since 1970; 0: never, the message is too much alone */
	bool is_first; /* nobody was told of this in the last 24 hours */
};

/*
 * sent_add - may one more message be sent, to these? Then it is counted
 *
 * recipients  in one spelling each
 * time_s      now, in seconds since 1970
 * bytes       of the message
 */
struct sent_answer sent_add(struct sent *sent, const struct limits *limits,
                            const char *const *recipients, size_t count, uint64_t bytes,
                            int64_t time_s);

#endif
