/*
 * run - a program that is not ours, for a bounded time, with its first words kept
 */
#ifndef BASE_RUN_H
#define BASE_RUN_H

#include "base/spawn.h"

#include <skalibs/types.h>

#include <stdbool.h>
#include <stddef.h>

enum {
	RUN_LIMIT_S = 300,       /* what programs of ours give by default, */
	RUN_LIMIT_MAX_S = 86400, /* and at most */
	RUN_SAID_MAX = 400,      /* bytes; a reply line of SMTP has at most 512 */
};

struct run {
	int status;                  /* as waitpid gives it */
	int code;                    /* its exit status; -1: a signal, or late */
	const char *end;             /* for the log: "exit" or "signal", */
	char number[UINT_FMT];       /* and which */
	bool late;                   /* its time was over, and it was ended */
	char said[RUN_SAID_MAX + 1]; /* the first line on its fd 2; a stranger's words */
};

/*
 * run_program - start a program and wait for its end
 *
 * What it writes to fd 2 is read, so that it never has to wait. When its time is over it gets SIGTERM
 * and two seconds later SIGKILL; where we lead our process group, SIGTERM goes to all of that, so to
 * what the program has started too. Handles SIGCHLD meanwhile.
 *
 * map, count   descriptors, at most RUN_FDS_MAX; as for spawn. Where they name fd 2, it is the
 *              program's, and nothing it says is kept.
 * environment  NULL: ours
 * returns      false: not started (errno)
 */
bool run_program(const char *const *argv, const struct spawn_fd *map, size_t count,
                 const char *const *environment, unsigned int limit_s, struct run *out);

enum { RUN_FDS_MAX = 7 };

#endif
