#include "net/speakers.h"

#include "base/die.h"
#include "base/job.h"
#include "base/kernel.h"
#include "base/serve.h"
#include "base/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FD_CHANNEL = 3 };

/* As any child that was forked: all that it did not ask for is closed. */
static void
keep_only(int fd)
{
	if ((fd > 3 && !kernel_close(3, (unsigned int)fd - 1))
	    || !kernel_close((unsigned int)fd + 1, ~0U))
		die_temporary("cannot close what a speaker must not hold");
}

/* Who asks us has gone when the socket ends: no signal of theirs may reach us out of their sandbox. */
static void
wait_for_client(int s, unsigned int limit, const struct rights *rights, struct caller *caller)
{
	struct serve serve = { .limit = limit, .talks = true, .rights = rights };
	struct job_peer peer;

	keep_only(s);
	serve_on(s, &serve, &peer);
	signal(SIGTERM, SIG_IGN); /* it hears of the end from its steward */
	/* The steward has written it before it gave us the channel. */
	if (recv(FD_CHANNEL, caller, sizeof *caller, 0) != sizeof *caller)
		_exit(0); /* and has turned the client away since */
	keep_only(FD_CHANNEL);
	caller->channel = FD_CHANNEL;
}

bool
speakers_start(int *jobs, unsigned int limit, const struct rights *rights, struct caller *caller)
{
	pid_t pid;
	int ends[2];

	if (!message_pair_open(ends, SOCK_SEQPACKET) || (pid = fork()) < 0)
		die_temporary("cannot start the parent of the speakers");
	if (pid == 0) {
		close(ends[0]);
		wait_for_client(ends[1], limit, rights, caller);
		return true;
	}
	close(ends[1]);
	*jobs = ends[0];
	return false;
}

bool
speakers_give(int jobs, const struct caller *caller, int client, int other_end)
{
	const struct spawn_fd map[] = { { client, 0 }, { client, 1 }, { other_end, FD_CHANNEL } };

	return send(caller->channel, caller, sizeof *caller, MSG_NOSIGNAL) == sizeof *caller
	       && job_give(jobs, NULL, map, 3);
}
