/*
 * move - what is left of a message goes to another queue, because an operator says so
 *
 * The target is the whole path of a queue's folder, or HOST:PORT of a server, as 192.0.2.1:25.
 */
#ifndef STORE_MOVE_H
#define STORE_MOVE_H

#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdbool.h>

/* No word of it can become an option, or two. */
bool move_valid(const char *target);

/*
 * move_is_here - does it lead into this very queue?
 *
 * There it would be found to be there already: taken, it seems, and then removed.
 */
bool move_is_here(const struct queue *queue, const char *target);

/* The command of the deliverer that takes it there, with its NUL; target: valid. false: no memory. */
bool move_command(stralloc *out, const char *target);

#endif
