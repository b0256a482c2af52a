/*
 * job - descriptors handed to another process, and the parent that forks a child for each
 *
 * The second way to start a stage (stage(7)): the program was started once, waits on a unix datagram
 * socket, and forks one child per job without exec. A job is one datagram: its bytes are the numbers
 * that the descriptors in it are to have, in their order.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rights;
struct spawn_fd;

enum { JOB_FDS_MAX = 8 };

/* Is this the name of a waiting parent ("unix:PATH") and not a command? */
bool job_is_address(const char *word);

/*
 * job_send - ask a waiting parent for one child on these descriptors
 *
 * address   "unix:PATH"
 * map       as for spawn; the caller still owns and closes its ends
 * returns   false: errno; nothing was started
 */
bool job_send(const char *address, const struct spawn_fd *map, size_t count);

/*
 * job_start - either form: spawn(argv), or job_send if argv[0] is an address
 *
 * returns   > 0: pid of the child to wait for; 0: asked a parent; -1: errno
 */
pid_t job_start(const char *const *argv, const struct spawn_fd *map, size_t count);

struct serve {
	const char *address; /* -S: "unix:PATH", "fd:N" or "systemd" (LISTEN_FDS); NULL: run once */
	unsigned int limit;  /* -j: children at one time; 0: 64 */
	unsigned int
	    ready; /* -R: write a line feed there when listening (s6 notification); 0: no */
	void (*refresh)(void *of); /* in the parent, before each fork: it may read files of ours
	                              anew, and never sees the job; NULL: there is nothing to do */
	void *refresh_of;
	const struct rights *rights; /* of a child, and of a process that runs once; NULL: not
	                                confined (base/sandbox.h) */
};

#define SERVE_OPTIONS "S:j:R:"
/* Takes one of SERVE_OPTIONS; false: it is none of them, or its argument is no number. */
bool serve_option(struct serve *serve, int option, const char *argument);

/* Who asked for a job, as the kernel knows it. */
struct job_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/*
 * serve - wait for jobs for ever; run() in a fresh child for each
 *
 * Returns at once if serve->address is NULL, so that the caller does the one job it was exec'd for.
 * In the child it returns too, with the job's descriptors in place: the code after it is the same
 * for both, and has serve->rights and no others. Dies if the socket cannot be had.
 *
 * peer      filled in the child; after a plain start: our own ids
 */
void serve(const struct serve *serve, struct job_peer *peer);

#endif
