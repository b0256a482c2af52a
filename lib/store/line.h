/*
 * line - what waits for one destination, each sender in its turn
 *
 * A thousand messages of one sender delay nobody else's one: each sender's messages keep their order,
 * and among the senders one of each goes, then the next of each. A more urgent one (RFC 6710) goes
 * before all that are less.
 *
 * Senders are told apart by a number, and share LINE_LANES lanes by chance: the memory of a line is
 * bounded, whoever fills it. Adding and taking cost the logarithm of its length.
 */
#ifndef STORE_LINE_H
#define STORE_LINE_H

#include "base/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum { LINE_LANES = 32, LINE_PRIORITY_MAX = 9 };

/* Starts as zeros. */
struct line { /* the module's own */
	struct heap waiting;
	int64_t turn;   /* of the last one that was taken */
	int64_t *lanes; /* the last turn that each has; NULL while one or none waits */
};

/*
 * line_add - wait from now on
 *
 * sender     any number that stands for it
 * priority   -9 to 9
 * returns    false: no memory
 */
bool line_add(struct line *line, struct heap_item *item, uint64_t sender, int priority);

/* Whose turn it is; NULL: nobody waits. It waits on until line_remove. */
struct heap_item *line_first(const struct line *line);

/* Takes one out, at its turn or before. */
void line_remove(struct line *line, struct heap_item *item);

/* Puts one back that was taken out: it has the turn that it had. false: no memory. */
bool line_return(struct line *line, struct heap_item *item);

void line_free(struct line *line);

#endif
