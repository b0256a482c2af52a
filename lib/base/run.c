#include "base/run.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 2000, SECOND_MS = 1000, HEAR_BYTES = 4096 };

/* The program's fd 2, as we hear it. */
struct ear {
	int fd; /* -1: closed */
	size_t len;
	bool full; /* a whole line is there */
};

/* Takes what is there without waiting; not all of it, if it never stops talking. */
static void
hear(struct ear *ear, char *said)
{
	char bytes[HEAR_BYTES];
	ssize_t n = ear->fd < 0 ? 0 : io_read(ear->fd, bytes, sizeof bytes);

	for (ssize_t i = 0; i < n && !ear->full; i++)
		if (bytes[i] == '\n' || ear->len == RUN_SAID_MAX)
			ear->full = true;
		else
			said[ear->len++] = bytes[i] ? bytes[i] : ' ';
	if (ear->fd < 0 || n > 0 || (n < 0 && errno == EAGAIN))
		return;
	close(ear->fd);
	ear->fd = -1;
}

static void
ask_to_end(pid_t pid)
{
	struct sigaction ours;

	kill(pid, SIGTERM);
	if (getpgrp() != getpid())
		return;
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = SIG_IGN }, &ours);
	kill(0, SIGTERM);
	sigaction(SIGTERM, &ours, NULL);
}

static void
child_ended(int signal_number)
{
	(void)signal_number; /* only there to wake ppoll */
}

static void
wait_for_end(pid_t pid, struct ear *ear, const sigset_t *waiting, unsigned int limit_s,
             struct run *out)
{
	int64_t deadline_ms = clock_ms() + (int64_t)limit_s * SECOND_MS;

	while (waitpid(pid, &out->status, WNOHANG) == 0) {
		int64_t left_ms = deadline_ms - clock_ms();
		struct timespec left = { .tv_sec = left_ms / SECOND_MS,
			                 .tv_nsec = left_ms % SECOND_MS * 1000000 };
		struct pollfd poll = { .fd = ear->fd, .events = POLLIN };

		if (left_ms > 0) {
			if (ppoll(&poll, 1, &left, waiting) > 0)
				hear(ear, out->said);
			continue;
		}
		if (out->late)
			kill(pid, SIGKILL);
		else
			ask_to_end(pid);
		out->late = true;
		deadline_ms = clock_ms() + GRACE_MS;
	}
}

static bool
names_fd_2(const struct spawn_fd *map, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (map[i].to == 2)
			return true;
	return false;
}

/* The same as status, for those who judge it and write it down. */
static void
tell_end(struct run *out)
{
	bool exited = WIFEXITED(out->status);
	int number = exited ? WEXITSTATUS(out->status) : WTERMSIG(out->status);

	out->code = exited && !out->late ? number : -1;
	out->end = exited ? "exit" : "signal";
	out->number[uint_fmt(out->number, (unsigned int)number)] = 0;
}

bool
run_program(const char *const *argv, const struct spawn_fd *map, size_t count,
            const char *const *environment, unsigned int limit_s, struct run *out)
{
	struct spawn_fd all[RUN_FDS_MAX + 1];
	struct sigaction handler = { .sa_handler = child_ended }, old;
	sigset_t blocked, unblocked, before;
	struct ear ear = { .fd = -1 };
	int ends[2], saved;
	pid_t pid;

	*out = (struct run){ .status = -1, .code = -1 }; /* neither an exit nor a signal */
	if (count > RUN_FDS_MAX) {
		errno = EINVAL;
		return false;
	}
	if (!pipe_open(ends))
		return false;
	if (count)
		memcpy(all, map, count * sizeof *map);
	if (!names_fd_2(map, count))
		all[count++] = (struct spawn_fd){ ends[1], 2 };
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	unblocked = before;
	sigdelset(&unblocked, SIGCHLD);
	sigaction(SIGCHLD, &handler, &old);
	/* Before it starts: once it runs, it must be waited for. */
	pid = fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -1 : spawn(argv, all, count, environment);
	saved = errno;
	close(ends[1]);
	ear.fd = ends[0];
	if (pid > 0) {
		wait_for_end(pid, &ear, &unblocked, limit_s, out);
		tell_end(out);
	}
	hear(&ear, out->said); /* a child it left behind may hold the pipe open: no waiting */
	if (ear.fd >= 0)
		close(ear.fd);
	sigaction(SIGCHLD, &old, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid > 0;
}
