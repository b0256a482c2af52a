#include "base/more.h"

#include "base/job.h"
#include "base/spawn.h"
#include "base/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COUNT = 3, WAIT_MS = 60000 /* who started us decides sooner */ };
static const char wanted = '+', connection = '?', may_connect = '=', may_not = '-';

static const char message_numbers[COUNT] = { FD_MESSAGE, FD_ENVELOPE, FD_VERDICT };
static const char connection_numbers[COUNT] = { 0, 1, FD_ENVELOPE };

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(COUNT * sizeof(int))];
};

bool
more_is_offered(void)
{
	socklen_t len = sizeof(int);
	int type;

	return getsockopt(FD_MORE, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

void
more_ask(void)
{
	send(FD_MORE, &wanted, 1, MSG_NOSIGNAL | MSG_DONTWAIT); /* if it fails, none will come */
}

/* Three descriptors of this kind; where there are others, the caller ends. */
static bool
receive(char kind, int fds[COUNT])
{
	union control control;
	char byte;
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof control };

	if (recvmsg(FD_MORE, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1 || byte != kind
	    || message.msg_controllen < CMSG_LEN(COUNT * sizeof(int))
	    || control.header.cmsg_len != CMSG_LEN(COUNT * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(&control.header), COUNT * sizeof(int));
	return true;
}

/* Waits for three descriptors, and puts them in place. */
static bool
take(char kind, const char numbers[COUNT], int other)
{
	struct pollfd polled[] = { { .fd = FD_MORE, .events = POLLIN },
		                   { .fd = other, .events = POLLIN } };
	int fds[COUNT];

	while (poll(polled, 2, WAIT_MS) < 0)
		if (errno != EINTR)
			return false;
	if (!(polled[0].revents & POLLIN))
		return false;
	for (size_t i = 0; i < COUNT; i++)
		close(numbers[i]); /* so that the new ones come there by themselves */
	return receive(kind, fds) && job_place(numbers, fds, COUNT, O_CLOEXEC);
}

bool
more_take(int other)
{
	return take(wanted, message_numbers, other);
}

bool
more_next_connection(void)
{
	return send(FD_MORE, &connection, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1
	       && take(connection, connection_numbers, -1);
}

bool
more_may_connect(const char *host)
{
	struct pollfd polled = { .fd = FD_MORE, .events = POLLIN };
	char question[1 + MORE_HOST_BYTES], answer = may_connect;
	size_t len = strlen(host) < MORE_HOST_BYTES ? strlen(host) : MORE_HOST_BYTES - 1;

	if (!more_is_offered())
		return true;
	question[0] = may_connect;
	memcpy(question + 1, host, len);
	if (send(FD_MORE, question, 1 + len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return true;
	while (poll(&polled, 1, WAIT_MS) < 0)
		if (errno != EINTR)
			return true;
	return recv(FD_MORE, &answer, 1, MSG_DONTWAIT) != 1 || answer != may_not;
}

bool
more_open(int ends[2])
{
	return message_pair_open(ends, SOCK_SEQPACKET);
}

enum more_word
more_hear(int fd, char host[MORE_HOST_BYTES])
{
	char question[1 + MORE_HOST_BYTES];
	ssize_t len = recv(fd, question, MORE_HOST_BYTES, MSG_DONTWAIT);

	if (len < 0)
		return errno == EAGAIN ? MORE_NOTHING : MORE_END;
	if (len == 0)
		return MORE_END;
	if (question[0] != may_connect)
		return question[0] == connection ? MORE_CONNECTION : MORE_WANTED;
	question[len] = 0;
	strcpy(host, question + 1);
	return MORE_HOST;
}

bool
more_is_wanted(int fd)
{
	char host[MORE_HOST_BYTES];

	return more_hear(fd, host) == MORE_WANTED;
}

bool
more_wants_connection(int fd)
{
	enum more_word word, last = MORE_NOTHING;
	char host[MORE_HOST_BYTES];

	while ((word = more_hear(fd, host)) != MORE_NOTHING && word != MORE_END)
		last = word;
	return word != MORE_END && last == MORE_CONNECTION;
}

void
more_answer(int fd, bool may)
{
	/* If it fails, it has gone. */
	send(fd, may ? &may_connect : &may_not, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool
give(int fd, char kind, const int fds[COUNT])
{
	union control control = { .header = { .cmsg_level = SOL_SOCKET,
		                              .cmsg_type = SCM_RIGHTS,
		                              .cmsg_len = CMSG_LEN(COUNT * sizeof(int)) } };
	struct iovec bytes = { .iov_base = &kind, .iov_len = 1 };
	struct msghdr datagram = { .msg_iov = &bytes,
		                   .msg_iovlen = 1,
		                   .msg_control = &control,
		                   .msg_controllen = sizeof control };

	memcpy(CMSG_DATA(&control.header), fds, COUNT * sizeof(int));
	return sendmsg(fd, &datagram, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

bool
more_give(int fd, int message, int envelope, int verdict)
{
	return give(fd, wanted, (const int[COUNT]){ message, envelope, verdict });
}

bool
more_give_connection(int fd, int dialogue, int facts)
{
	return give(fd, connection, (const int[COUNT]){ dialogue, dialogue, facts });
}
