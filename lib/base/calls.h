/*
 * calls - which system calls are left to this process (Linux: seccomp)
 *
 * The filter is a bitmap in BPF, built here from lists of names: to install it takes some 30
 * microseconds, and a call costs about 50 nanoseconds more. What is not in it fails with EPERM (and
 * can be seen in the audit log); a call in another machine's convention ends the process.
 *
 * Whoever uses a new system call in a confined program adds it to its list in calls.c. With
 * CFLAGS=-DCALLS_KILL the first one that is forgotten ends the process, and so shows in the tests.
 */
#ifndef BASE_CALLS_H
#define BASE_CALLS_H

#include <stdbool.h>

enum {
	CALLS_TALK = 0,         /* always there: read, write, wait, receive, memory, time, exit */
	CALLS_READ = 1 << 0,    /* look for files and open them */
	CALLS_WRITE = 1 << 1,   /* make, change, name and remove files */
	CALLS_HAND = 1 << 2,    /* pipes; unix sockets; send descriptors */
	CALLS_CONNECT = 1 << 3, /* sockets of any kind, and connect them */
	CALLS_FORK = 1 << 4,    /* new processes, and wait for them */
	CALLS_EXEC = 1 << 5,    /* run other programs */
	CALLS_ACCEPT = 1 << 6,  /* take connections */
	CALLS_NARROW = 1 << 7,  /* a further filter */
};

/* false: errno; ENOSYS: no seccomp here, or a machine that we know no calls of. */
bool calls_limit(unsigned int sets);

#endif
