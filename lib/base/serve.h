/*
 * serve - a parent that was started once, and has a fresh child for each job (stage(7))
 *
 * Children are forked ahead of need. Each waits on the parent's datagram socket and takes one job
 * itself, so that nobody waits for a fork; the parent never sees a job. A child that parses nothing
 * of a stranger's may come back for more (serve_again).
 */
#ifndef BASE_SERVE_H
#define BASE_SERVE_H

#include <stdbool.h>
#include <sys/types.h>

struct rights;

struct serve {
	const char *address; /* -S: "unix:PATH", "fd:N" or "systemd" (LISTEN_FDS); NULL: run once */
	unsigned int limit;  /* -j: children at one time, those that wait included; 0: 1000 */
	unsigned int
	    ready;       /* -R: write a line feed there when listening (s6 notification); 0: no */
	bool talks;      /* jobs bring fd 1, too */
	bool lends;      /* a stage hands its message on unread: stage_lend() */
	bool comes_back; /* children call serve_again() */
	bool
	    is_shared; /* by users who are strangers to each other: one of them may not have it all */
	/* Where the program has read files of ours before; NULL: it has none that matter. */
	bool (*is_stale)(void *of); /* in a child that has taken a job: are they other ones now? It
	                               then gives the job to the parent, for a new child */
	void (*refresh)(void *of);  /* in the parent, before each fork: reads them anew, if so */
	void *files;
	const struct rights *rights; /* of a child, and of a process that runs once; NULL: not
	                                confined (base/sandbox.h) */
};

#define SERVE_OPTIONS "S:j:R:"
/* Takes one of SERVE_OPTIONS; false: it is none of them, or its argument is no number. */
bool serve_option(struct serve *serve, int option, const char *argument);

/* The datagram socket of an address of -S, high and close-on-exec. Dies if it cannot be had. */
int serve_listen(const char *address);

/* Who asked for a job, as the kernel knows it. */
struct job_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/*
 * serve - wait for jobs for ever; run in a fresh child for each
 *
 * Returns at once if serve->address is NULL, so that the caller does the one job it was exec'd for.
 * In the child it returns too, with the job's descriptors in place: the code after it is the same
 * for both, and has serve->rights and no others. A child that waits ends with its parent; one that works does not. Dies if the socket
 * cannot be had.
 *
 * peer      filled in the child; after a plain start: our own ids
 */
void serve(const struct serve *serve, struct job_peer *peer);

/*
 * The same on a socket that is open. If it is one end of a pair (SOCK_SEQPACKET), all who wait end
 * when the other is closed.
 */
void serve_on(int s, const struct serve *serve, struct job_peer *peer);

/*
 * serve_again - in a child: the job is done, and nothing of it is kept; take the next
 *
 * Its descriptors are closed by the caller before. Returns with those of the next job in place.
 *
 * returns   false: there is none for us; end
 */
bool serve_again(const struct serve *serve, struct job_peer *peer);

#endif
