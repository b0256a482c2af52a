/*
 * landlock - which files this process may use (Linux 5.19 and later; landlock(7))
 *
 * From landlock_enter() on, all that was not granted is refused with EACCES, for us and for whatever
 * we start. Descriptors that are open already stay usable. Newer kernels can do more, and all they
 * can do is asked for: no signals to, and no abstract sockets of, processes outside; no TCP.
 *
 * Kernels before ABI 2 (5.19) are taken for having none: they cannot name a file from another folder.
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

enum landlock_right {
	LANDLOCK_READ,  /* files, and lists of folders */
	LANDLOCK_WRITE, /* all that can be done with files and folders; not devices, not exec */
	LANDLOCK_RUN,   /* read it, and run it */
};

struct landlock {
	int ruleset; /* -1: there is none */
	int abi;
};

/*
 * landlock_begin - nothing is granted yet
 *
 * tcp      false: TCP connections and listening are refused, where the kernel can (ABI 4)
 * returns  false: errno; ENOSYS, EOPNOTSUPP: not in this kernel
 */
bool landlock_begin(struct landlock *out, bool tcp);

/*
 * landlock_grant - a path, and all below it
 *
 * Symbolic links are followed. returns  false: errno; ENOENT: nothing is there, nothing is granted
 */
bool landlock_grant(struct landlock *landlock, enum landlock_right right, const char *path);

/* The end of all that was not granted; wants no_new_privs. false: errno, and nothing has changed. */
bool landlock_enter(struct landlock *landlock);

#endif
