// shake.c - system calls that come late, at random: so that whoever counts on the order of two processes
// is found out. Linked into our programs (-DLINKED, the linker's --wrap) it waits by counting, as their
// sandbox knows no sleep; preloaded into those of others, it sleeps. run (beside it) does both.
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

// Of so many calls one waits a little, and of so many one waits long.
#ifdef LINKED
enum { SOME = 16, FEW = 256, LITTLE_US = 4000, LONG_US = 30000 };
#else
enum { SOME = 4, FEW = 128, LITTLE_US = 4000, LONG_US = 120000 };
#endif

static uint64_t a_number(void)
{
	static uint64_t x;
	x ^= __rdtsc() * 0x9e3779b97f4a7c15;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9;
	return x ^= x >> 32;
}

static long a_while(void) // in microseconds
{
	uint64_t x = a_number();
	if (x % FEW == 0)
		return (x >> 32) % LONG_US;
	return x % SOME == 0 ? (x >> 32) % LITTLE_US : 0;
}

static void come_late(void)
{
	long us = a_while();
	if (us == 0)
		return;
#ifdef LINKED
	for (uint64_t end = __rdtsc() + us * 2500; __rdtsc() < end;)
		_mm_pause();
#else
	int error = errno;
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
	errno = error;
#endif
}

#ifdef LINKED
#define LATE(type, name, parameters, arguments)                                                    \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		come_late();                                                                       \
		return __real_##name arguments;                                                    \
	}
#else
#define LATE(type, name, parameters, arguments)                                                    \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (!real)                                                                         \
			*(void **)&real = dlsym(RTLD_NEXT, #name);                                 \
		come_late();                                                                       \
		return real arguments;                                                             \
	}
#endif

// clang-format off
LATE(ssize_t, read, (int fd, void *to, size_t n), (fd, to, n))
LATE(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n))
LATE(ssize_t, writev, (int fd, const struct iovec *from, int n), (fd, from, n))
LATE(ssize_t, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
LATE(ssize_t, send, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))
LATE(ssize_t, recvmsg, (int fd, struct msghdr *to, int flags), (fd, to, flags))
LATE(ssize_t, sendmsg, (int fd, const struct msghdr *from, int flags), (fd, from, flags))
LATE(int, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
LATE(int, accept4, (int fd, struct sockaddr *from, socklen_t *len, int flags), (fd, from, len, flags))
LATE(int, close, (int fd), (fd))
LATE(int, poll, (struct pollfd *fds, nfds_t n, int ms), (fds, n, ms))
LATE(int, fsync, (int fd), (fd))
LATE(int, fdatasync, (int fd), (fd))
LATE(int, rename, (const char *from, const char *to), (from, to))
LATE(int, unlink, (const char *path), (path))
LATE(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
LATE(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
LATE(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
LATE(int, kill, (pid_t pid, int signal), (pid, signal))
LATE(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
// clang-format on
