/* Connections to hosts with two addresses, of which one may be silent. */
#include "net/connect.h"

#include "base/clock.h"
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 8 };

static unsigned int port;

/* Listens at an address, on the port that the first of them was given. */
static int
server(const char *address, int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1
	    || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, backlog) < 0
	    || getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		abort();
	port = ntohs(at.sin_port);
	return fd;
}

/* One whose queue is full: the kernel answers nobody else. */
static void
silent_server(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = server(address, 0);

	(void)fd; /* open until the test ends */
	to.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		abort();
	for (int i = 0; i < CLIENTS; i++)
		(void)connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
		              (struct sockaddr *)&to, sizeof to);
}

/* which: the one that answers; -1: none, with this errno */
static const struct {
	const char *sentence;
	const char *addresses[2];
	const char *source;
	int which, error;
} cases[] = {
	{ "the first one that answers", { "127.0.0.11", "127.0.0.12" }, NULL, 0, 0 },
	{ "one alone", { "127.0.0.11", NULL }, NULL, 0, 0 },
	{ "the second, while the first is silent", { "127.0.0.13", "127.0.0.11" }, NULL, 1, 0 },
	{ "one alone that is silent", { "127.0.0.13", NULL }, NULL, -1, ETIMEDOUT },
	{ "both are silent", { "127.0.0.13", "127.0.0.14" }, NULL, -1, ETIMEDOUT },
	{ "the second refuses: the first has its time",
	  { "127.0.0.13", "127.0.0.15" },
	  NULL,
	  -1,
	  ETIMEDOUT },
	{ "the first refuses: that is said at once",
	  { "127.0.0.15", "127.0.0.11" },
	  NULL,
	  -1,
	  ECONNREFUSED },
	{ "the second is none", { "127.0.0.13", "mx" }, NULL, -1, ETIMEDOUT },
	{ "the first is none", { "mx", "127.0.0.11" }, NULL, -1, EINVAL },
	{ "our own end", { "127.0.0.11", NULL }, "127.0.0.16", 0, 0 },
	{ "an end of the other family", { "127.0.0.11", NULL }, "::1", -1, EAFNOSUPPORT },
};

/* Of the connected descriptor: is it whom we wanted? */
static bool
is_with(int fd, const char *address)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof peer;
	char text[INET_ADDRSTRLEN];

	return getpeername(fd, (struct sockaddr *)&peer, &len) == 0
	       && inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text)
	       && strcmp(text, address) == 0;
}

int
main(void)
{
	int64_t start_ms;
	size_t which;
	int fd;

	server("127.0.0.11", CLIENTS * 2);
	server("127.0.0.12", CLIENTS * 2);
	silent_server("127.0.0.13");
	silent_server("127.0.0.14");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		which = 9;
		fd = connect_tcp_either(cases[i].addresses, port, cases[i].source, 1, &which);
		if (cases[i].which < 0)
			CHECK(fd < 0 && errno == cases[i].error, cases[i].sentence);
		else
			CHECK(fd >= 0 && which == (size_t)cases[i].which
			          && is_with(fd, cases[i].addresses[which])
			          && fcntl(fd, F_GETFL) & O_NONBLOCK
			          && fcntl(fd, F_GETFD) & FD_CLOEXEC,
			      cases[i].sentence);
		if (fd >= 0)
			close(fd);
	}
	start_ms = clock_ms();
	fd = connect_tcp("127.0.0.13", port, NULL, 1);
	CHECK(fd < 0 && errno == ETIMEDOUT && clock_ms() - start_ms >= 1000,
	      "a silent one has all its time");
	CHECK(connect_is_here("127.0.0.1"), "loopback is here");
	CHECK(!connect_is_here("192.0.2.251"), "another network is not");
	CHECK(!connect_is_here("mx"), "what is no address is nowhere");
	return check_end();
}
