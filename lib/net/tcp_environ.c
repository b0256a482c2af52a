#include "net/tcp_environ.h"

#include <skalibs/types.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

struct end {
	char ip[INET6_ADDRSTRLEN];
	char port[UINT16_FMT];
};

static bool
end_format(struct end *end, const union address *address)
{
	const void *ip;
	int family = address->any.sa_family;
	uint16_t port;

	if (family == AF_INET) {
		ip = &address->ip4.sin_addr;
		port = address->ip4.sin_port;
	} else if (family == AF_INET6) {
		const struct in6_addr *ip6 = &address->ip6.sin6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(ip6);

		family = mapped ? AF_INET : AF_INET6;
		ip = mapped ? &ip6->s6_addr[12] : ip6->s6_addr;
		port = address->ip6.sin6_port;
	} else
		return false;
	end->port[uint16_fmt(end->port, ntohs(port))] = 0;
	return inet_ntop(family, ip, end->ip, sizeof end->ip) != NULL;
}

bool
tcp_environ_fill(int fd)
{
	union address local = { 0 }, remote = { 0 };
	socklen_t local_len = sizeof local, remote_len = sizeof remote;
	struct end here, there;

	if (getenv("TCPREMOTEIP"))
		return true;
	if (getsockname(fd, &local.any, &local_len) < 0
	    || getpeername(fd, &remote.any, &remote_len) < 0 || !end_format(&here, &local)
	    || !end_format(&there, &remote))
		return true;
	return setenv("PROTO", "TCP", 1) == 0 && setenv("TCPREMOTEIP", there.ip, 1) == 0
	       && setenv("TCPREMOTEPORT", there.port, 1) == 0
	       && setenv("TCPLOCALIP", here.ip, 1) == 0
	       && setenv("TCPLOCALPORT", here.port, 1) == 0;
}
