/* What a process may do when it has entered the sandbox, and what it may not */
#include "base/sandbox.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

char const *PROG = "sandbox-test";

enum { FREE_MIB = 4096 };

static int held; /* a file that is open before */
static char folder[] = "/tmp/smtpipe-sandbox.XXXXXX";

/* Each does one thing. 0: done; else errno. */
static int
done(bool good)
{
	return good ? 0 : errno ? errno : EINVAL;
}

static int
opens(const char *path, int flags)
{
	return done(open(path, flags | O_CLOEXEC, 0600) >= 0);
}

static int
read_granted(void)
{
	return opens("granted/file", O_RDONLY);
}

static int
read_beside(void)
{
	return opens("beside", O_RDONLY);
}

static int
read_etc(void)
{
	return opens("/etc/passwd", O_RDONLY);
}

static int
write_granted(void)
{
	return opens("granted/file", O_WRONLY);
}

static int
make_granted(void)
{
	return done(opens("granted/new", O_WRONLY | O_CREAT) == 0
	            && link("granted/new", "granted/in/two") == 0
	            && rename("granted/new", "granted/in/three") == 0
	            && unlink("granted/in/three") == 0 && unlink("granted/in/two") == 0);
}

static int
make_beside(void)
{
	return opens("beside-new", O_WRONLY | O_CREAT);
}

static int
make_fifo(void)
{
	return done(mkfifo("granted/fifo", 0600) == 0);
}

static int
make_socket_unix(void)
{
	return done(socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
}

static int
make_socket_tcp(void)
{
	return done(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int
connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	errno = 0;
	/* Nobody is there: to be told so is to have been let through. */
	return s < 0 ? errno
	             : done(connect(s, (struct sockaddr *)&to, sizeof to) == 0
	                    || errno == ECONNREFUSED);
}

static int
packet_socket(void)
{
	return done(socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

static int
forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return done(pid > 0);
}

static int
runs_true(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
signals_parent(void)
{
	return done(kill(getppid(), 0) == 0);
}

static int
owns_signals(void)
{
	return done(fcntl(0, F_SETOWN, getppid()) == 0);
}

static int
traces_parent(void)
{
	return done(ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0);
}

static int
limits_parent(void)
{
	struct rlimit limit;

	return done(prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) == 0);
}

static int
new_code(void)
{
	return done(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
	            != MAP_FAILED);
}

static int
much_memory(void)
{
	return done(mmap(NULL, (size_t)FREE_MIB << 20, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
	            != MAP_FAILED);
}

static int
many_descriptors(void)
{
	for (int i = 0; i <= DESCRIPTORS_MAX; i++)
		if (dup(held) < 0)
			return errno;
	return 0;
}

static int
locks(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return done(fcntl(held, F_SETLKW, &whole) == 0);
}

static int
some_memory(void)
{
	char *bytes = malloc(1 << 20);

	if (bytes)
		memset(bytes, 1, 1 << 20);
	return done(bytes != NULL);
}

static int
new_user_namespace(void)
{
	return done(syscall(SYS_unshare, 0x10000000) == 0);
}

static int
narrower(void)
{
	static const struct rights none = { 0 };

	sandbox_enter(&none);
	return read_granted() ? 0 : EINVAL;
}

static int
lacks_nothing(void)
{
	return sandbox_lacks() ? ENOSYS : 0;
}

static const struct rights talker = { 0 };
static const struct rights reader = { .reads = { "granted" } };
static const struct rights writer = { .writes = { "granted" } };
static const struct rights sender = { .may = MAY_NEXT };
static const struct rights client = { .may = MAY_CONNECT };
static const struct rights twice = { .may = MAY_NARROW, .reads = { "granted" } };

static const struct {
	const char *sentence;
	const struct rights *rights;
	int (*deed)(void);
	bool may;
} cases[] = {
	{ "without rights: memory", &talker, some_memory, true },
	{ "... a lock on what is open", &talker, locks, true },
	{ "... not much memory", &talker, much_memory, false },
	{ "... and no code in it", &talker, new_code, false },
	{ "... not many descriptors", &talker, many_descriptors, false },
	{ "... no file is read", &talker, read_granted, false },
	{ "... none of the system", &talker, read_etc, false },
	{ "... no file is made", &talker, make_beside, false },
	{ "... no unix socket", &talker, make_socket_unix, false },
	{ "... no TCP socket", &talker, make_socket_tcp, false },
	{ "... no raw socket", &talker, packet_socket, false },
	{ "... no process", &talker, forks, false },
	{ "... no program", &talker, runs_true, false },
	{ "... no signal to the parent", &talker, signals_parent, false },
	{ "... nor one that the kernel sends for it", &talker, owns_signals, false },
	{ "... nobody is traced", &talker, traces_parent, false },
	{ "... or looked at", &talker, limits_parent, false },
	{ "... no namespace", &talker, new_user_namespace, false },
	{ "reads: a file below", &reader, read_granted, true },
	{ "... no file beside", &reader, read_beside, false },
	{ "... none is written", &reader, write_granted, false },
	{ "... none is made", &reader, make_granted, false },
	{ "writes: files are made, named, moved and removed", &writer, make_granted, true },
	{ "... not beside", &writer, make_beside, false },
	{ "... no fifo", &writer, make_fifo, false },
	{ "... nothing else is read", &writer, read_etc, false },
	{ "next: a unix socket", &sender, make_socket_unix, true },
	{ "... no TCP", &sender, make_socket_tcp, false },
	{ "... no program", &sender, runs_true, false },
	{ "connect: TCP", &client, connect_tcp, true },
	{ "... no raw socket", &client, packet_socket, false },
	{ "... no file", &client, read_etc, false },
	{ "narrow: less can be asked for later", &twice, narrower, true },
};

/* What it says in a process of its own. */
static int
try(const struct rights *rights, int (*deed)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sandbox_enter(rights);
		errno = 0;
		_exit(deed());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A parent that serves: it forks, and its child does not. */
static int
serves(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sandbox_child(&reader);
		/* Nothing limits root's processes but a filter of their own. */
		_exit(getuid() ? (fork() < 0 ? 0 : EINVAL) : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINVAL;
}

static bool
lasting(void)
{
	static const struct rights rights = { .reads = { "granted/file" } };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sandbox_serve(&rights);
		_exit(serves() || read_granted() || !read_beside());
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

int
main(void)
{
	int file;

	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("granted", 0700) < 0
	    || mkdir("granted/in", 0700) < 0
	    || (file = open("beside", O_WRONLY | O_CREAT, 0600)) < 0 || close(file) < 0
	    || (file = open("granted/file", O_WRONLY | O_CREAT, 0600)) < 0 || close(file) < 0)
		return 111;
#ifdef __SANITIZE_ADDRESS__
	CHECK(try(&talker, read_etc) == 0, "under the sanitizers nothing is confined # skip");
#else
	held = open("beside", O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int error = try(cases[i].rights, cases[i].deed);

		if (!CHECK(cases[i].may == (error == 0), cases[i].sentence))
			printf("# got: %s\n", error < 0 ? "killed" : strerror(error));
	}
	CHECK(lasting(),
	      "a parent that serves: it forks, its child does not; files by their folder");
	CHECK(try(&sender, lacks_nothing) == 0, "this kernel has all of it");
#endif
	(void)unlink("granted/file");
	(void)unlink("beside");
	(void)rmdir("granted/in");
	(void)rmdir("granted");
	(void)rmdir(folder);
	return check_end();
}
