#include "net/peer.h"

#include <arpa/inet.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char text[INET6_ADDRSTRLEN];

static bool
keep(const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (!address)
		return false;
	if (inet_pton(AF_INET6, address, &six) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&six))
			return inet_ntop(AF_INET, six.s6_addr + 12, text, sizeof text);
		return inet_ntop(AF_INET6, &six, text, sizeof text);
	}
	return inet_pton(AF_INET, address, &four) == 1
	       && inet_ntop(AF_INET, &four, text, sizeof text);
}

const char *
peer_address(int fd)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof peer;

	text[0] = 0;
	if (keep(getenv("TCPREMOTEIP")) || keep(getenv("REMOTE_ADDR")))
		return text;
	if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0) {
		char address[INET6_ADDRSTRLEN];

		if (peer.ss_family == AF_INET)
			keep(inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, address,
			               sizeof address));
		if (peer.ss_family == AF_INET6)
			keep(inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr,
			               address, sizeof address));
	}
	return text;
}
