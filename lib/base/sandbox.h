/*
 * sandbox - what is left to a process when it meets the bytes of strangers
 *
 * A program names its rights as data near its top, and gives up all others before it reads: whoever
 * takes it over then gets these and no more. trust(7) has the same table; tests/trust.t compares.
 *
 *     static struct rights rights = {
 *             .may = MAY_NEXT,
 *             .reads = { "domains", "mailboxes", "aliases" },
 *     };
 *
 * On Linux this is, as far as the kernel has it: Landlock for paths, signals and ports; a seccomp
 * filter for system calls, which answers EPERM to all others; no_new_privs; limits on memory,
 * processes and descriptors; no core file, and nobody may trace us. On OpenBSD: pledge and unveil.
 * What the kernel lacks is left out: sandbox_lacks() tells, and the rest holds.
 *
 * There is no limit on the size of files: the log on fd 2 may be one.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	/* What is always left: read, write, wait, take descriptors, memory, time, chance, the end. */
	MAY_NEXT = 1 << 0,    /* hand jobs to programs that wait on a unix: socket */
	MAY_CONNECT = 1 << 1, /* to hosts, by TCP and UDP, and to unix sockets */
	MAY_RUN = 1 << 2,     /* run any program: what that is allowed to do is its own affair. No
	                         Landlock, no filter, no no_new_privs: they would bind that one, too */
	MAY_ACCEPT = 1 << 3,  /* take connections, and fork a process for each */
	MAY_NARROW = 1 << 4,  /* enter again, with less */
	MAY_FOLLOW =
	    1 << 5, /* what is read may be replaced: not a file but its folder is granted */
};

enum { READS_MAX = 132, WRITES_MAX = 4, RUNS_MAX = 8, MEMORY_MIB = 256, DESCRIPTORS_MAX = 1024 };

struct rights {
	unsigned int may;
	const char *reads[READS_MAX + 1];   /* files and folders that may be read */
	const char *writes[WRITES_MAX + 1]; /* folders below which all may be done */
	const char *runs[RUNS_MAX + 1];     /* programs of ours, by PATH: these may be run */
	unsigned int memory_mib;            /* 0: MEMORY_MIB */
};

/* One more file or folder that may be read; NULL: none. */
void rights_read(struct rights *rights, const char *path);

/*
 * sandbox_enter - from here on this process has these rights only
 *
 * A path that is not there now is left out: what comes there later is not ours. Where a file is
 * named by a symbolic link, it is the file that may be read.
 */
void sandbox_enter(const struct rights *rights);

/*
 * sandbox_serve - the same for a parent that forks a child for each job and never reads one
 *
 * Its children inherit all of it at no cost. For a file, its folder may be read: tables and keys are
 * replaced while we wait.
 */
void sandbox_serve(const struct rights *rights);

/* In such a child: what only the parent needs is gone. rights: those of the parent. */
void sandbox_child(const struct rights *rights);

/* What could not be had of this kernel, for the log, as "landlock seccomp"; NULL: nothing. */
const char *sandbox_lacks(void);

#endif
