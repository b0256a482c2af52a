#include "net/connect.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/spawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ALONE_MS = 250 }; /* RFC 8305 5: the connection attempt delay */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The length of the address; 0: the text is none. */
static socklen_t
address_make(union address *out, const char *text, unsigned int port)
{
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons((uint16_t)port);
		return sizeof out->v4;
	}
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		return sizeof out->v6;
	}
	errno = EINVAL;
	return 0;
}

static bool
source_bind(int fd, sa_family_t family, const char *text)
{
	union address source;
	socklen_t len = address_make(&source, text, 0);

	if (!len)
		return false;
	if (source.any.sa_family != family) {
		errno = EAFNOSUPPORT;
		return false;
	}
	return bind(fd, &source.any, len) == 0;
}

/* What became of one that was begun. */
static bool
is_connected(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return false;
	errno = error;
	return !error;
}

static int
give_up(int fd)
{
	io_close(fd);
	return -1;
}

/* Begins to connect. -1: errno */
static int
begin(const char *address, unsigned int port, const char *source)
{
	union address to;
	socklen_t len = address_make(&to, address, port);
	int fd, on = 1;

	if (!len)
		return -1;
	fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (source && !source_bind(fd, to.any.sa_family, source))
		return give_up(fd);
	if (connect(fd, &to.any, len) < 0 && errno != EINPROGRESS)
		return give_up(fd);
	/* Each of our writes is whole: none should wait until the one before is acknowledged. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

/* Which of the two has come to something; -1: errno, ETIMEDOUT. A descriptor of -1 is none. */
static int
wait_for(const int fds[2], int64_t deadline_ms)
{
	struct pollfd polled[2] = { { .fd = fds[0], .events = POLLOUT },
		                    { .fd = fds[1], .events = POLLOUT } };
	int ready;

	do {
		int64_t left_ms = deadline_ms - clock_ms();

		ready = poll(polled, 2, left_ms > 0 ? (int)left_ms : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? !polled[0].revents : -1;
}

int
connect_tcp_either(const char *const addresses[2], unsigned int port, const char *source,
                   unsigned int timeout_s, size_t *which)
{
	int64_t start_ms = clock_ms(), end_ms = start_ms + (int64_t)timeout_s * 1000;
	int64_t alone_ms = addresses[1] && timeout_s ? start_ms + ALONE_MS : end_ms;
	int fds[2] = { begin(addresses[0], port, source), -1 };
	bool is_alone = true;
	int i, fd;

	while (fds[0] >= 0 || fds[1] >= 0) {
		i = wait_for(fds, is_alone ? alone_ms : end_ms);
		if (i < 0 && errno == ETIMEDOUT && is_alone && addresses[1]) {
			is_alone = false;
			fds[1] = begin(addresses[1], port, source);
			continue;
		}
		if (i < 0)
			break;
		fd = fds[i];
		fds[i] = -1;
		if (is_connected(fd)) {
			*which = (size_t)i;
			if (fds[!i] >= 0)
				close(fds[!i]);
			return fd_high(fd);
		}
		io_close(fd);
	}
	for (i = 0; i < 2; i++)
		if (fds[i] >= 0)
			io_close(fds[i]);
	return -1;
}

int
connect_tcp(const char *address, unsigned int port, const char *source, unsigned int timeout_s)
{
	const char *const addresses[2] = { address, NULL };
	size_t which;

	return connect_tcp_either(addresses, port, source, timeout_s, &which);
}

static bool
can_bind(const char *address)
{
	union address any;
	socklen_t len = address_make(&any, address, 0);
	int fd = len ? socket(any.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	bool bound = fd >= 0 && bind(fd, &any.any, len) == 0;

	if (fd >= 0)
		close(fd);
	return bound;
}

bool
connect_is_here(const char *address)
{
	/* Nobody has these (RFC 1112 4, RFC 6666): who can bind to them can bind to all (ip_nonlocal_bind). */
	return can_bind(address) && !can_bind(strchr(address, ':') ? "100::1" : "240.0.0.1");
}

int
connect_unix(const char *path, unsigned int timeout_s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = timeout_s };
	int fd;

	if (strlen(path) >= sizeof to.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* A full backlog cannot be polled for: connect(2) itself waits, as long as a send may. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0
	    || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
		if (errno == EAGAIN)
			errno = ETIMEDOUT;
		return give_up(fd);
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return give_up(fd);
	return fd_high(fd);
}
