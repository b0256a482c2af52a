#include "base/serve.h"

#include "base/die.h"
#include "base/image.h"
#include "base/job.h"
#include "base/sandbox.h"
#include "base/spawn.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	CHILDREN_DEFAULT =
	    1000,       /* more than an acceptor takes connections, whose stages they are */
	SYSTEMD_FD = 3, /* sd_listen_fds(3) */
	SPARE = 4,      /* children that wait, after a refill; */
	SPARE_LOW = 2,  /* when so few are left, it is time for one */
	BACK_SPARE = 1, /* the same for children that come back */
	BACK_SPARE_LOW = 0,
	BACK_JOBS_MAX = 1000,
	BACK_IDLE_S = 60,
	QUIET_MS = 100,  /* while there is work, ends of children are not worth waking up for */
	TROUBLE_S = 1,   /* between two forks that fail */
	FIRST_OURS = 10, /* as fd_high(): below are the numbers of contracts */
};

/*
 * What a parent and its waiting children share. A child lets go of it when it has taken a job, so
 * that nothing that reads a stranger's bytes can write here; one that comes back keeps it.
 */
struct board {
	atomic_uint waiting;
	atomic_uint works[]; /* for each child, by its place: 0: it waits; else for_user() */
};

/* In the parent. */
struct house {
	const struct serve *serve;
	int socket;
	int word, listen; /* from children: few are left that wait (no bytes), or a job */
	struct board *board;
	size_t board_bytes;
	pid_t *children; /* by place; 0: free */
	unsigned int limit, running;
	sigset_t before; /* the signals blocked in children, and while the parent waits for ends */
	pid_t parent;
};

/* In a child. */
static struct {
	struct house house;
	unsigned int place, jobs;
} us;

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

/* --- the socket --- */

/* A socket left by an earlier life of ours is replaced; a file of another kind is not. */
static int
listen_unix(const char *address)
{
	struct sockaddr_un name;
	struct stat status;
	int s;

	if (!job_address(&name, address))
		die_temporary("cannot use the socket name ", address);
	if (lstat(name.sun_path, &status) == 0 && S_ISSOCK(status.st_mode)
	    && unlink(name.sun_path) < 0)
		die_temporary("cannot remove the old socket ", name.sun_path);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&name, sizeof name) < 0)
		die_temporary("cannot make the socket ", name.sun_path);
	return s;
}

int
serve_listen(const char *address)
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

/* --- a child takes a job --- */

/* One datagram; returns its number of descriptors, which are ours to close. -1: none came (errno). */
static ssize_t
receive(int s, int flags, char *numbers, int *fds, struct job_peer *peer)
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
	ssize_t len = recvmsg(s, &message, flags);
	size_t count = 0;

	peer->uid = (uid_t)-1;
	if (len < 0)
		return -1;
	if (len == 0 && !message.msg_controllen) { /* even an empty one tells who sent it */
		errno = EPIPE;
		return -1;
	}
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
	return len;
}

static unsigned int
for_user(uid_t uid)
{
	return (unsigned int)uid + 1;
}

/* This child waits no more; tells the parent if few are left that do. */
static void
leave_waiting(const struct serve *serve, uid_t uid)
{
	struct house *house = &us.house;
	unsigned int low = serve->comes_back ? BACK_SPARE_LOW : SPARE_LOW;

	atomic_store(&house->board->works[us.place], for_user(uid));
	if (atomic_fetch_sub(&house->board->waiting, 1) - 1 <= low)
		send(house->word, NULL, 0, MSG_DONTWAIT); /* if it's full, the parent knows */
}

/* A quarter of the places is for other users. */
static bool
has_too_many(const struct house *house, uid_t uid)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < house->limit; i++)
		count += atomic_load(&house->board->works[i]) == for_user(uid);
	return count > house->limit - house->limit / 4;
}

/* What we have read is not what is there: a child of tomorrow shall do it. */
static _Noreturn void
give_back(const char *numbers, const int *fds, size_t count)
{
	struct spawn_fd map[JOB_FDS_MAX];

	for (size_t i = 0; i < count; i++)
		map[i] = (struct spawn_fd){ fds[i], numbers[i] };
	if (!job_give(us.house.word, NULL, map, count))
		log_warn_sys("cannot give a job to a child that knows our new files");
	_exit(0);
}

/* false: no job came for long, and others wait, too. */
static bool
take(const struct serve *serve, struct job_peer *peer)
{
	struct house *house = &us.house;
	char numbers[JOB_FDS_MAX];
	int fds[JOB_FDS_MAX];
	ssize_t count;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != house->parent)
		_exit(0);
	while ((count = receive(house->socket, 0, numbers, fds, peer)) <= 0)
		if (count < 0 && errno == EPIPE)
			_exit(0); /* the socket has ended */
		else if (count < 0 && errno == EAGAIN && serve->comes_back
		         && atomic_load(&house->board->waiting) > BACK_SPARE) {
			leave_waiting(serve, 0);
			return false;
		}
	prctl(PR_SET_PDEATHSIG, 0); /* who works may finish */
	leave_waiting(serve, peer->uid);
	if (serve->is_shared && has_too_many(house, peer->uid)) {
		char number[UINT_FMT + 1];

		number[uint_fmt(number, (unsigned int)peer->uid)] = 0;
		log_event("turned-away", "uid", number, "text",
		          "this user has too many jobs under way", NULL);
		_exit(EXIT_TEMPORARY);
	}
	if (serve->is_stale && serve->is_stale(serve->files))
		give_back(numbers, fds, (size_t)count);
	if (!serve->comes_back) {
		munmap(house->board, house->board_bytes);
		close(house->socket);
		close(house->word);
	}
	if (!job_place(numbers, fds, (size_t)count, 0))
		die_later("a job with descriptors that no contract names");
	return true;
}

bool
serve_again(const struct serve *serve, struct job_peer *peer)
{
	if (!us.house.parent || ++us.jobs >= BACK_JOBS_MAX)
		return false;
	atomic_store(&us.house.board->works[us.place], 0);
	atomic_fetch_add(&us.house.board->waiting, 1);
	return take(serve, peer);
}

/* --- the parent --- */

static void
open_house(struct house *house, int s, const struct serve *serve)
{
	struct timeval idle = { .tv_sec = BACK_IDLE_S };
	int ends[2], on = 1;

	*house = (struct house){ .serve = serve,
		                 .socket = s,
		                 .limit = serve->limit ? serve->limit : CHILDREN_DEFAULT,
		                 .parent = getpid() };
	house->board_bytes = sizeof *house->board + house->limit * sizeof *house->board->works;
	house->board = mmap(NULL, house->board_bytes, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	house->children = calloc(house->limit, sizeof *house->children);
	if (house->board == MAP_FAILED || !house->children || !message_pair_open(ends, SOCK_DGRAM))
		die_temporary("cannot prepare for children");
	house->listen = ends[0];
	house->word = ends[1];
	if (setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0
	    || setsockopt(house->listen, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0
	    || (serve->comes_back
	        && setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle) < 0))
		die_temporary("cannot wait for jobs");
}

static void
reap(struct house *house)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (unsigned int i = 0; i < house->limit; i++)
			if (house->children[i] == pid) {
				house->children[i] = 0;
				house->running--;
				if (!atomic_load(&house->board->works[i]))
					atomic_fetch_sub(&house->board->waiting, 1);
				break;
			}
}

/* Forks until enough wait. true: we are a child; *failed: no more can be had. */
static bool
fill(struct house *house, bool *failed)
{
	unsigned int spare = house->serve->comes_back ? BACK_SPARE : SPARE, i = 0;

	*failed = false;
	while (house->running < house->limit && atomic_load(&house->board->waiting) < spare) {
		pid_t pid;

		if (house->serve->refresh)
			house->serve->refresh(house->serve->files);
		while (house->children[i])
			i++;
		atomic_store(&house->board->works[i], 0);
		atomic_fetch_add(&house->board->waiting, 1);
		pid = fork();
		if (pid == 0) {
			us.house = *house;
			us.place = i;
			return true;
		}
		if (pid < 0) {
			log_warn_sys("cannot fork a child for the next job");
			atomic_fetch_sub(&house->board->waiting, 1);
			*failed = true;
			return false;
		}
		house->children[i] = pid;
		house->running++;
	}
	return false;
}

/*
 * Until children are needed. An end wakes us where a place is waited for, or when there is nothing
 * else to do.
 */
static void
rest(const struct house *house, bool failed)
{
	struct pollfd polls[] = { { .fd = house->listen, .events = POLLIN },
		                  { .fd = house->socket } };
	struct timespec quiet = { .tv_nsec = QUIET_MS * 1000000L },
	                trouble = { .tv_sec = TROUBLE_S };
	bool full = house->running == house->limit;
	int n = 0;

	if (failed || !full)
		n = ppoll(polls, 2, failed ? &trouble : &quiet, NULL);
	if (n == 0 && !failed)
		n = ppoll(polls, 2, NULL, &house->before);
	if (n > 0 && polls[1].revents & POLLHUP)
		_exit(0); /* nobody can ask us any more */
}

/* What children have told. true: we are a new child, for a job that one of them has given back. */
static bool
hear(struct house *house, struct job_peer *peer)
{
	char numbers[JOB_FDS_MAX];
	int fds[JOB_FDS_MAX];
	ssize_t count;

	while ((count = receive(house->listen, MSG_DONTWAIT, numbers, fds, peer)) >= 0) {
		pid_t pid;

		if (count == 0)
			continue;
		if (house->serve->refresh)
			house->serve->refresh(house->serve->files);
		pid = fork();
		if (pid == 0) {
			munmap(house->board, house->board_bytes);
			close(house->socket);
			close(house->word);
			close(house->listen);
			if (!job_place(numbers, fds, (size_t)count, 0))
				die_later("a job with descriptors that no contract names");
			return true;
		}
		if (pid < 0)
			log_warn_sys("cannot fork for a job");
		for (ssize_t i = 0; i < count; i++)
			close(fds[i]);
	}
	return false;
}

static void
child_ended(int signal_number)
{
	(void)signal_number; /* only there to wake ppoll */
}

void
serve_on(int s, const struct serve *serve, struct job_peer *peer)
{
	struct house house;
	sigset_t blocked;
	bool failed, has_job = false;

	signal(SIGPIPE, SIG_IGN);
	open_house(&house, s, serve);
	image_share();
	signal(SIGHUP, SIG_IGN); /* nothing is kept that could be read anew */
	/*
	 * The numbers that a job brings are the lowest free ones; the other low ones are taken, so
	 * that nothing a child opens has to be moved out of the way of a contract.
	 */
	fd_reserve();
	close(0);
	if (serve->talks)
		close(1);
	close(3);
	close(4);
	sandbox_serve(serve->rights);
	if (serve->address)
		log_event("serving", "address", serve->address, "lacks", sandbox_lacks(), NULL);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = child_ended }, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &house.before);
	sigdelset(&house.before, SIGCHLD);
	while (!has_job && !fill(&house, &failed)) {
		rest(&house, failed);
		reap(&house);
		has_job = hear(&house, peer);
	}
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &house.before, NULL);
	sandbox_child(serve->rights);
	if (!has_job) {
		close(house.listen);
		take(serve, peer);
	}
}

void
serve(const struct serve *serve, struct job_peer *peer)
{
	int s;

	signal(SIGPIPE, SIG_IGN);
	*peer = (struct job_peer){ getpid(), getuid(), getgid() };
	if (!serve->address) {
		sandbox_enter(serve->rights);
		return;
	}
	s = serve_listen(serve->address);
	if (s < 0)
		die_temporary("cannot listen on ", serve->address);
	/* What a job brings along must never meet what we were started with. */
	for (int fd = 3; fd < FIRST_OURS; fd++)
		if (fd != (int)serve->ready)
			close(fd);
	if (serve->ready) {
		if (write((int)serve->ready, "\n", 1) != 1)
			log_warn_sys("cannot say ready on the descriptor of -R");
		close((int)serve->ready);
	}
	serve_on(s, serve, peer);
}
