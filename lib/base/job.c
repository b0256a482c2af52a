#include "base/job.h"

#include "base/die.h"
#include "base/sandbox.h"
#include "base/spawn.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_DEFAULT = 64, SYSTEMD_FD = 3 /* sd_listen_fds(3) */ };

static const char unix_prefix[] = "unix:";

bool
job_is_address(const char *word)
{
	return strncmp(word, unix_prefix, sizeof unix_prefix - 1) == 0;
}

static bool
address_make(struct sockaddr_un *out, const char *address)
{
	const char *path = address + sizeof unix_prefix - 1;

	memset(out, 0, sizeof *out);
	out->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof out->sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(out->sun_path, path);
	return true;
}

bool
job_send(const char *address, const struct spawn_fd *map, size_t count)
{
	struct sockaddr_un to;
	char numbers[JOB_FDS_MAX];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(JOB_FDS_MAX * sizeof(int))];
	} control;
	struct iovec bytes = { .iov_base = numbers, .iov_len = count };
	struct msghdr message = { .msg_name = &to,
		                  .msg_namelen = sizeof to,
		                  .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	int fds[JOB_FDS_MAX];
	bool sent = false;
	int s, saved;

	if (count > JOB_FDS_MAX || !address_make(&to, address))
		return false;
	memset(&control, 0, sizeof control);
	for (size_t i = 0; i < count; i++) {
		numbers[i] = (char)map[i].to;
		fds[i] = map[i].from;
	}
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return false;
	do
		sent = sendmsg(s, &message, MSG_NOSIGNAL) == (ssize_t)count;
	while (!sent && errno == EINTR);
	saved = errno;
	close(s);
	errno = saved;
	return sent;
}

pid_t
job_start(const char *const *argv, const struct spawn_fd *map, size_t count)
{
	if (job_is_address(argv[0]))
		return job_send(argv[0], map, count) ? 0 : -1;
	return spawn(argv, map, count, NULL);
}

bool
serve_option(struct serve *serve, int option, const char *argument)
{
	switch (option) {
	case 'S': serve->address = argument; return true;
	case 'j': return uint0_scan(argument, &serve->limit) && serve->limit;
	case 'R': return uint0_scan(argument, &serve->ready) && serve->ready;
	default: return false;
	}
}

/* A socket left by an earlier life of ours is replaced; a file of another kind is not. */
static int
listen_unix(const char *address)
{
	struct sockaddr_un name;
	struct stat status;
	int s;

	if (!address_make(&name, address))
		die_temporary("cannot use the socket name ", address);
	if (lstat(name.sun_path, &status) == 0 && S_ISSOCK(status.st_mode)
	    && unlink(name.sun_path) < 0)
		die_temporary("cannot remove the old socket ", name.sun_path);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&name, sizeof name) < 0)
		die_temporary("cannot make the socket ", name.sun_path);
	return s;
}

static int
listen_on(const char *address)
{
	unsigned int number;
	const char *given;

	if (job_is_address(address))
		return fd_high(listen_unix(address));
	if (strncmp(address, "fd:", 3) == 0 && uint0_scan(address + 3, &number))
		return fd_high((int)number);
	if (strcmp(address, "systemd") == 0) {
		given = getenv("LISTEN_FDS");
		if (!given || strcmp(given, "1") != 0)
			die_later("-S systemd: LISTEN_FDS is not 1; one ListenDatagram= is wanted");
		return fd_high(SYSTEMD_FD);
	}
	die_later("-S ", address, ": give unix:PATH, fd:N or systemd");
}

/* Puts the descriptors of a job where its numbers say; false: not a job of ours. */
static bool
place(const char *numbers, const int *fds, size_t count)
{
	int high[JOB_FDS_MAX];

	for (size_t i = 0; i < count; i++)
		if ((unsigned char)numbers[i] > JOB_FDS_MAX || numbers[i] == 2)
			return false;
	for (size_t i = 0; i < count; i++)
		if ((high[i] = fd_high(fds[i])) < 0)
			return false;
	for (size_t i = 0; i < count; i++)
		if (dup2(high[i], numbers[i]) < 0)
			return false;
	for (size_t i = 0; i < count; i++)
		close(high[i]);
	return true;
}

/* One datagram; returns its number of descriptors, 0 for none. fds are ours to close. */
static size_t
receive(int s, char *numbers, int *fds, struct job_peer *peer)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(JOB_FDS_MAX * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec bytes = { .iov_base = numbers, .iov_len = JOB_FDS_MAX };
	struct msghdr message = { .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof control };
	ssize_t len = recvmsg(s, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	size_t count = 0;

	peer->uid = (uid_t)-1;
	if (len < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), count * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred credentials;

			memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
			*peer =
			    (struct job_peer){ credentials.pid, credentials.uid, credentials.gid };
		}
	}
	if (count != (size_t)len || peer->uid == (uid_t)-1 || message.msg_flags & MSG_CTRUNC) {
		for (size_t i = 0; i < count; i++)
			close(fds[i]);
		return 0;
	}
	return count;
}

static void
child_ended(int signal_number)
{
	(void)signal_number; /* only there to wake ppoll */
}

void
serve(const struct serve *serve, struct job_peer *peer)
{
	unsigned int limit = serve->limit ? serve->limit : CHILDREN_DEFAULT, running = 0;
	sigset_t waiting, blocked;
	int s, on = 1;

	signal(SIGPIPE, SIG_IGN);
	*peer = (struct job_peer){ getpid(), getuid(), getgid() };
	if (!serve->address) {
		sandbox_enter(serve->rights);
		return;
	}
	s = listen_on(serve->address);
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		die_temporary("cannot listen on ", serve->address);
	/* What a job brings along must never meet what we were started with. */
	for (int fd = 3; fd < JOB_FDS_MAX; fd++)
		if (fd != (int)serve->ready)
			close(fd);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = child_ended }, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	sigdelset(&waiting, SIGCHLD);
	if (serve->ready) {
		if (write((int)serve->ready, "\n", 1) != 1)
			log_warn_sys("cannot say ready on the descriptor of -R");
		close((int)serve->ready);
	}
	sandbox_serve(serve->rights);
	log_event("serving", "address", serve->address, "lacks", sandbox_lacks(), NULL);
	for (;;) {
		struct pollfd poll = { .fd = running < limit ? s : -1, .events = POLLIN };
		char numbers[JOB_FDS_MAX];
		int fds[JOB_FDS_MAX];
		size_t count;
		pid_t pid;

		ppoll(&poll, 1, NULL, &waiting);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			running--;
		if (poll.fd < 0 || !(count = receive(s, numbers, fds, peer)))
			continue;
		if (serve->refresh)
			serve->refresh(serve->refresh_of);
		pid = fork();
		if (pid == 0) {
			signal(SIGCHLD, SIG_DFL);
			sigprocmask(SIG_SETMASK, &waiting, NULL);
			close(s);
			sandbox_child(serve->rights);
			if (!place(numbers, fds, count))
				die_later("a job with descriptors that no contract names");
			return;
		}
		if (pid < 0)
			log_warn_sys("cannot fork for a job"); /* its descriptors close: "later" */
		else
			running++;
		for (size_t i = 0; i < count; i++)
			close(fds[i]);
	}
}
