#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
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

int
fd_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	int saved = errno;

	close(fd);
	errno = saved;
	return high;
}

static bool
pair_high(int ends[2])
{
	if ((ends[0] = fd_high(ends[0])) < 0) {
		close(ends[1]);
		return false;
	}
	if ((ends[1] = fd_high(ends[1])) < 0) {
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
socketpair_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 && pair_high(ends);
}
