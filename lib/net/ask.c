#include "net/ask.h"

#include "base/spawn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(ASK_FDS_MAX * sizeof(int))];
};

bool
ask_open(int ends[2])
{
	return message_pair_open(ends, SOCK_SEQPACKET);
}

static ssize_t
receive(int channel, int flags, char *byte, int *fds, size_t *count)
{
	union control control;
	struct iovec bytes = { .iov_base = byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof control };
	struct cmsghdr *first;
	ssize_t n;

	do
		n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	*count = 0;
	if (n == 1 && (first = CMSG_FIRSTHDR(&message)) != NULL && first->cmsg_level == SOL_SOCKET
	    && first->cmsg_type == SCM_RIGHTS) {
		*count = (first->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(first), *count * sizeof(int));
	}
	return n;
}

enum answer
ask(struct channel *channel, enum ask question, int *fds, size_t count)
{
	char byte = (char)question;
	int got[ASK_FDS_MAX];
	size_t got_count;

	if (send(channel->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return ANSWER_LATER;
	do {
		if (receive(channel->fd, 0, &byte, got, &got_count) != 1)
			return ANSWER_LATER;
		if (byte == ANSWER_CLOSE)
			channel->is_closing = true;
	} while (byte == ANSWER_CLOSE);
	if ((byte == ANSWER_YES || byte == ANSWER_YES_CERTIFICATE) && got_count == count) {
		memcpy(fds, got, count * sizeof *fds);
		return (enum answer)byte;
	}
	for (size_t i = 0; i < got_count; i++)
		close(got[i]);
	return byte == ANSWER_NO ? ANSWER_NO : ANSWER_LATER;
}

void
ask_hear(struct channel *channel)
{
	int fds[ASK_FDS_MAX];
	size_t count;
	char byte;
	ssize_t n = receive(channel->fd, MSG_DONTWAIT, &byte, fds, &count);

	if (n >= 0 || errno != EAGAIN)
		channel->is_closing = true; /* there is nothing else that it could say */
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

void
ask_close(int channel)
{
	int kept = errno;
	char byte = ANSWER_CLOSE;

	send(channel, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	errno = kept;
}

char
ask_receive(int channel)
{
	char byte;
	int fds[ASK_FDS_MAX];
	size_t count;

	if (receive(channel, 0, &byte, fds, &count) != 1)
		return 0;
	for (size_t i = 0; i < count; i++) /* a speaker has nothing to give us */
		close(fds[i]);
	return byte;
}

bool
ask_answer(int channel, enum answer answer, const int *fds, size_t count)
{
	char byte = (char)answer;
	union control control;
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	bool sent;

	if (count) {
		memset(&control, 0, sizeof control);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	sent = sendmsg(channel, &message, MSG_NOSIGNAL) == 1;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || fds[i] != fds[i - 1]) /* one may be given for two ends */
			close(fds[i]);
	return sent;
}
