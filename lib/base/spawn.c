#include "base/spawn.h"

#include "base/die.h"
#include "base/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FD_FIRST_FREE = 10 }; /* 0-7 have meanings in our contracts and in UCSPI's */

extern char **environ;

pid_t
spawn(const char *const *argv, const struct spawn_fd *map, size_t count,
      const char *const *environment)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	for (size_t i = 0; i < count; i++)
		posix_spawn_file_actions_adddup2(&actions, map[i].from, map[i].to);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	sigaddset(&set, SIGPIPE); /* we ignore it; a stranger's program expects it */
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	posix_spawnattr_setsigdefault(&attributes, &set);
	error = posix_spawnp(&pid, argv[0], &actions, &attributes, (char *const *)argv,
	                     environment ? (char *const *)environment : environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	return pid;
}

_Noreturn static void
wait_and_become(const char *const *argv, const struct spawn_fd *map, size_t count, int on)
{
	struct pollfd poll_on = { .fd = on, .events = POLLIN };
	sigset_t none;
	int highest = 2;

	for (size_t i = 0; i < count; i++) {
		if (map[i].from == map[i].to ? fcntl(map[i].to, F_SETFD, 0) < 0
		                             : dup2(map[i].from, map[i].to) < 0)
			die_temporary("cannot place descriptors for ", argv[0]);
		if (map[i].to > highest)
			highest = map[i].to;
	}
	/* Ours among them: while we have them too, no end of anything would show. */
	if (!kernel_close((unsigned int)highest + 1, ~0U))
		die_temporary("cannot close descriptors for ", argv[0]);
	while (poll(&poll_on, 1, -1) < 0)
		if (errno != EINTR)
			die_temporary("cannot wait to start ", argv[0]);
	if (!(poll_on.revents & POLLIN))
		_exit(EXIT_TEMPORARY);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], (char *const *)argv);
	die_temporary("cannot start ", argv[0]);
}

pid_t
spawn_waiting(const char *const *argv, const struct spawn_fd *map, size_t count, int on)
{
	pid_t pid = fork();

	if (pid == 0)
		wait_and_become(argv, map, count, on);
	return pid;
}

int
fd_high(int fd)
{
	if (fd >= FD_FIRST_FREE)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
	return fd_away(fd);
}

int
fd_away(int fd)
{
	int high, saved;

	if (fd >= FD_FIRST_FREE)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	saved = errno;
	close(fd);
	errno = saved;
	return high;
}

void
fd_reserve(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < FD_FIRST_FREE);
	if (fd >= 0)
		close(fd); /* the first that is not needed */
}

/* These are close-on-exec already. */
static bool
pair_high(int ends[2])
{
	if ((ends[0] = fd_away(ends[0])) < 0) {
		close(ends[1]);
		return false;
	}
	if ((ends[1] = fd_away(ends[1])) < 0) {
		close(ends[0]);
		return false;
	}
	return true;
}

bool
pipe_open(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) == 0 && pair_high(ends);
}

bool
message_pair_open(int ends[2], int type)
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0 && pair_high(ends);
}

bool
socketpair_open(int ends[2])
{
	return message_pair_open(ends, SOCK_STREAM);
}
