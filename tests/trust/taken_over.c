/*
 * taken_over - what an attacker does who has taken a program over
 *
 * Linked into the programs of "make attack" only, and into none that is installed: the linker gives
 * us their calls of read() and pread(). When "take-over-PROGRAM-now" comes in, with the program's own name, we try
 * all there is to gain, tell on fd 2 what could be done, one line a deed, and go.
 *
 * ATTACK names what is worth having: "key=PATH passwords=PATH queue=PATH mail=PATH port=N".
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char const *PROG;
ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
ssize_t __wrap___read_chk(int fd, void *bytes, size_t size, size_t room);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap___recv_chk(int fd, void *bytes, size_t size, size_t room, int flags);
ssize_t __real_pread(int fd, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t at);
size_t __wrap_dns_exchange(void *conf, const unsigned char *query, size_t len,
                           unsigned char *answer, size_t size);
ssize_t __wrap___pread_chk(int fd, void *bytes, size_t size, off_t at, size_t room);

enum { VALUE_MAX = 512, FORKS = 200, MIB = 1 << 20, MEMORY_MIB = 1024, FDS = 1024, PIDS = 70000 };

static void
tell(const char *deed, bool done)
{
	char line[VALUE_MAX];
	int saved = errno;
	int len = snprintf(line, sizeof line, "taken-over: %s %s %s\n", PROG, deed,
	                   done                     ? "DONE"
	                   : strerrorname_np(saved) ? strerrorname_np(saved)
	                                            : "no");

	if (write(2, line, (size_t)len) < 0)
		_exit(1);
	errno = 0;
}

/* A value of ATTACK; NULL: not given. */
static const char *
given(const char *name)
{
	static char value[VALUE_MAX];
	const char *at = getenv("ATTACK");
	size_t len = strlen(name);

	for (; at && *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			snprintf(value, sizeof value, "%.*s", (int)strcspn(at + len + 1, " "),
			         at + len + 1);
			return value;
		}
	return NULL;
}

static void
try_read(const char *deed, const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	char byte;

	if (path)
		tell(deed, fd >= 0 && (__real_read(fd, &byte, 1) >= 0 || errno == EISDIR));
	if (fd >= 0)
		close(fd);
}

static void
try_make(const char *deed, const char *folder)
{
	char path[VALUE_MAX + 32];
	int fd;

	if (!folder)
		return;
	snprintf(path, sizeof path, "%s/taken-over.%d", folder, (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	tell(deed, fd >= 0);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
}

static void
files(void)
{
	char path[64];

	try_read("read-system", "/etc/passwd");
	try_read("read-etc", "/etc/hostname");
	try_read("read-key", given("key"));
	try_read("read-passwords", given("passwords"));
	try_read("read-queue", given("queue"));
	try_read("read-mail", given("mail"));
	try_read("read-settings", "me");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
	try_read("read-parent", path);
	snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
	try_read("read-environ", path);
	try_make("make-here", ".");
	try_make("make-tmp", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	try_make("make-queue", given("queue"));
	try_make("make-mail", given("mail"));
	tell("remove-settings", unlink("me") == 0);
	tell("mode", chmod("/etc/passwd", 0644) == 0);
}

static void
network(void)
{
	const char *port = given("port");
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons(port ? (uint16_t)atoi(port) : 1) };
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0smtpipe-attack" };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tell("connect",
	     s >= 0
	         && (connect(s, (struct sockaddr *)&to, sizeof to) == 0 || errno == ECONNREFUSED));
	close(s);
	s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tell("listen",
	     s >= 0 && bind(s, (struct sockaddr *)&any, sizeof any) == 0 && listen(s, 1) == 0);
	close(s);
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	tell("send-udp", s >= 0 && sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1);
	close(s);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	tell("unix-socket", s >= 0);
	tell("abstract-socket",
	     s >= 0
	         && (connect(s, (struct sockaddr *)&abstract, sizeof abstract) == 0
	             || errno == ECONNREFUSED));
	close(s);
	tell("netlink", socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
	tell("packets", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

/* Is there a socket besides our own client's, a listening one, or one of another connection? */
static void
descriptors(void)
{
	struct sockaddr_storage ours = { 0 }, peer;
	socklen_t ours_len = sizeof ours, len;
	bool of_others = false, listens = false;

	/* The client, or where UCSPI has put the server. */
	if (getpeername(0, (struct sockaddr *)&ours, &ours_len) < 0)
		getpeername(6, (struct sockaddr *)&ours, &ours_len);
	for (int fd = 3; fd < FDS; fd++) {
		int on = 0;
		socklen_t on_len = sizeof on;

		len = sizeof peer;
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_len) == 0 && on)
			listens = true;
		memset(&peer, 0, sizeof peer);
		if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0
		    && (peer.ss_family == AF_INET || peer.ss_family == AF_INET6)
		    && (len != ours_len || memcmp(&peer, &ours, len) != 0))
			of_others = true;
	}
	errno = ENOENT;
	tell("other-connection", of_others);
	errno = ENOENT;
	tell("listening-socket", listens);
}

/* kill(-1, 0) would say "done" where there was nobody. */
static bool
signals_some(void)
{
	for (pid_t pid = 2; pid < PIDS; pid++)
		if (pid != getpid() && kill(pid, 0) == 0)
			return true;
	errno = EPERM;
	return false;
}

static void
processes(void)
{
	pid_t parent = getppid();
	struct rlimit limit;
	char bytes[8];
	struct iovec here = { bytes, sizeof bytes }, there = { (void *)0x10000, sizeof bytes };
	int fd;

	tell("signal-parent", kill(parent, 0) == 0);
	tell("signal-others", signals_some());
	tell("signal-by-kernel", fcntl(0, F_SETOWN, parent) == 0);
	tell("trace-parent", ptrace(PTRACE_SEIZE, parent, 0, 0) == 0);
	tell("read-memory",
	     process_vm_readv(parent, &here, 1, &there, 1, 0) > 0 || errno == EFAULT);
	tell("limit-parent", prlimit(parent, RLIMIT_NOFILE, NULL, &limit) == 0);
	fd = (int)syscall(SYS_pidfd_open, parent, 0);
	tell("pidfd", fd >= 0);
	tell("steal-descriptor", fd >= 0 && syscall(SYS_pidfd_getfd, fd, 0, 0) >= 0);
}

static void
kernel(void)
{
	char zeros[256] = { 0 };

	tell("become-root", setresuid(0, 0, 0) == 0);
	tell("namespace", syscall(SYS_unshare, CLONE_NEWUSER) == 0);
	tell("mount", mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
	tell("chroot", chroot("/") == 0);
	tell("bpf", syscall(SYS_bpf, 5, zeros, sizeof zeros) >= 0);
	tell("io-uring", syscall(SYS_io_uring_setup, 1, zeros) >= 0);
	tell("userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
	tell("perf", syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0) >= 0);
	tell("keyring", syscall(SYS_add_key, "user", "x", "y", 1, -3) >= 0);
	tell("new-code", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
	                     != MAP_FAILED);
}

static void
bombs(void)
{
	static const char script[] = "echo taken-over: $0 exec DONE >&2";
	pid_t children[FORKS], pid;
	struct rlimit limit;
	int forked = 0, mib = 0, fd = 0;

	for (int i = 0; i < FORKS && (pid = fork()) >= 0; i++) {
		if (pid == 0) {
			pause();
			_exit(0);
		}
		children[forked++] = pid;
	}
	tell("fork-bomb", forked == FORKS);
	if (forked && forked < FORKS)
		tell("fork", true);
	for (int i = 0; i < forked; i++)
		kill(children[i], SIGKILL);
	while (mib < MEMORY_MIB
	       && mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
	              != MAP_FAILED)
		mib++;
	tell("memory-bomb", mib == MEMORY_MIB);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max; /* what we may have, if we ask */
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	while (fd >= 0 && fd < FDS)
		fd = dup(2);
	tell("descriptor-bomb", fd >= FDS);
	for (fd = FDS; fd > 2; fd--)
		close(fd);
	execl("/bin/sh", PROG, "-c", script, (char *)NULL);
	tell("exec", false);
}

static void
look(const char *bytes, size_t len)
{
	char word[64];
	int word_len = snprintf(word, sizeof word, "take-over-%s-now", PROG);

	if (!memmem(bytes, len, word, (size_t)word_len))
		return;
	files();
	network();
	descriptors();
	processes();
	kernel();
	bombs();
	tell("over", true);
	_exit(1);
}

ssize_t
__wrap_read(int fd, void *bytes, size_t size)
{
	ssize_t n = __real_read(fd, bytes, size);
	int saved = errno;

	if (n > 0)
		look(bytes, (size_t)n);
	errno = saved;
	return n;
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t size, int flags)
{
	ssize_t n = __real_recv(fd, bytes, size, flags);
	int saved = errno;

	if (n > 0)
		look(bytes, (size_t)n);
	errno = saved;
	return n;
}

ssize_t
__wrap_pread(int fd, void *bytes, size_t size, off_t at)
{
	ssize_t n = __real_pread(fd, bytes, size, at);
	int saved = errno;

	if (n > 0)
		look(bytes, (size_t)n);
	errno = saved;
	return n;
}

/* Who asks for a name that is our word gets it back. */
size_t
__wrap_dns_exchange(void *conf, const unsigned char *query, size_t len, unsigned char *answer,
                    size_t size)
{
	(void)conf, (void)answer, (void)size;
	look((const char *)query, len);
	return 0;
}

/* What a compiler makes of read() where it knows how much room there is. */
ssize_t
__wrap___read_chk(int fd, void *bytes, size_t size, size_t room)
{
	return __wrap_read(fd, bytes, size < room ? size : room);
}

ssize_t
__wrap___recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
	return __wrap_recv(fd, bytes, size < room ? size : room, flags);
}

ssize_t
__wrap___pread_chk(int fd, void *bytes, size_t size, off_t at, size_t room)
{
	return __wrap_pread(fd, bytes, size < room ? size : room, at);
}
