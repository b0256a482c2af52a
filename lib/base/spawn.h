/*
 * spawn - start a program on given descriptors
 *
 * All our descriptors are close-on-exec; a child gets those named in the map and fd 2, no others.
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct spawn_fd {
	int from; /* ours */
	int to;   /* the child's */
};

/*
 * spawn - start argv[0] (by PATH) in a new process
 *
 * map, count   where the child's descriptors come from
 * environment  NULL: ours
 * returns      its pid; -1: not started (errno), a missing program included
 */
pid_t spawn(const char *const *argv, const struct spawn_fd *map, size_t count,
            const char *const *environment);

/*
 * spawn_waiting - the same for later: fork now, and run argv once there is something to read
 *
 * For a process that will soon be confined (base/sandbox.h). If nothing ever comes, the new process
 * ends without a word; if argv cannot be run, it says so in the log and ends with 111.
 *
 * on       the child's number of what it waits on
 * returns  its pid; -1: errno
 */
pid_t spawn_waiting(const char *const *argv, const struct spawn_fd *map, size_t count, int on);

/* A pipe or socket pair, close-on-exec, on numbers above all that contracts give meaning to. */
bool pipe_open(int ends[2]);                   /* ends[0] reads, ends[1] writes; errno */
bool socketpair_open(int ends[2]);             /* stream, both ways; errno */
bool message_pair_open(int ends[2], int type); /* the same; SOCK_SEQPACKET or SOCK_DGRAM */

/* Moves fd above the numbers of the contracts, close-on-exec. -1: errno, and fd is closed. */
int fd_high(int fd);

/* The same for one that is close-on-exec already: mostly there is nothing to do. */
int fd_away(int fd);

/*
 * fd_reserve - /dev/null, close-on-exec, on each of those numbers that is free
 *
 * What is opened later is then above them without being moved.
 */
void fd_reserve(void);

#endif
