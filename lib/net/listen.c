#include "net/listen.h"

#include "base/die.h"
#include "base/spawn.h"

#include <arpa/inet.h>

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 512, SYSTEMD_FD = 3 /* sd_listen_fds(3) */ };

union name {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

/* ADDRESS:PORT, where one of IPv6 stands in brackets. Returns its length. */
static socklen_t
name_parse(union name *out, const char *address)
{
	const char *colon = strrchr(address, ':');
	bool six = address[0] == '[';
	char host[INET6_ADDRSTRLEN];
	unsigned int port;
	size_t len;

	if (!colon || !uint0_scan(colon + 1, &port) || port > 65535)
		die_later("-S ", address, ": give ADDRESS:PORT, fd:N or systemd");
	if (six && colon[-1] != ']')
		die_later("-S ", address, ": an address of IPv6 stands in brackets, as [::1]:25");
	len = (size_t)(colon - address) - (six ? 2 : 0);
	if (len >= sizeof host)
		die_later("-S ", address, ": no address");
	memcpy(host, address + six, len);
	host[len] = 0;
	memset(out, 0, sizeof *out);
	out->any.sa_family = six ? AF_INET6 : AF_INET;
	if (six)
		out->six.sin6_port = htons((uint16_t)port);
	else
		out->four.sin_port = htons((uint16_t)port);
	if (inet_pton(out->any.sa_family, host,
	              six ? (void *)&out->six.sin6_addr : (void *)&out->four.sin_addr)
	    != 1)
		die_later("-S ", address, ": \"", host, "\" is no address");
	return six ? sizeof out->six : sizeof out->four;
}

/* -1: this kernel has no IPv6 */
static int
listen_tcp(const char *address)
{
	union name name;
	socklen_t len = name_parse(&name, address);
	bool six = name.any.sa_family == AF_INET6;
	int s = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (s < 0 && errno == EAFNOSUPPORT && six) {
		log_warn("this kernel has no IPv6: not listening on ", address);
		return -1;
	}
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
	    || (six && setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
	    || bind(s, &name.any, len) < 0 || listen(s, BACKLOG) < 0)
		die_temporary("cannot listen on ", address);
	return s;
}

static int
made_ready(int fd, const char *address)
{
	int flags, listens = 0;
	socklen_t len = sizeof listens;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens)
		die_later("-S ", address, ": what was given is no socket that listens");
	fd = fd_high(fd);
	if (fd < 0 || (flags = fcntl(fd, F_GETFL)) < 0
	    || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		die_temporary("cannot use the socket ", address);
	log_event("listening", "address", address, NULL);
	return fd;
}

size_t
listen_open(const char *address, int *fds, size_t room)
{
	const char *given = getenv("LISTEN_FDS");
	unsigned int number, count = 1;
	int first;

	if (strcmp(address, "systemd") == 0) {
		if (!given || !uint0_scan(given, &count))
			die_later("-S systemd: LISTEN_FDS is not set");
		first = SYSTEMD_FD;
	} else if (strncmp(address, "fd:", 3) == 0 && uint0_scan(address + 3, &number)) {
		first = (int)number;
	} else {
		first = listen_tcp(address);
		count = first >= 0;
	}
	if (count > room)
		die_later("-S ", address, ": these are more sockets than can be listened on");
	for (unsigned int i = 0; i < count; i++)
		fds[i] = made_ready(first + (int)i, address);
	return count;
}
