#include "base/job.h"

#include "base/io.h"
#include "base/spawn.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char unix_prefix[] = "unix:";

bool
job_is_address(const char *word)
{
	return strncmp(word, unix_prefix, sizeof unix_prefix - 1) == 0;
}

bool
job_address(struct sockaddr_un *out, const char *address)
{
	const char *path = address + sizeof unix_prefix - 1;

	memset(out, 0, sizeof *out);
	out->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof out->sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(out->sun_path, path);
	return true;
}

bool
job_give(int s, const struct sockaddr_un *to, const struct spawn_fd *map, size_t count)
{
	char numbers[JOB_FDS_MAX];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(JOB_FDS_MAX * sizeof(int))];
	} control;
	struct iovec bytes = { .iov_base = numbers, .iov_len = count };
	struct msghdr message = { .msg_name = (void *)to,
		                  .msg_namelen = to ? sizeof *to : 0,
		                  .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	int fds[JOB_FDS_MAX];
	bool sent;

	if (count > JOB_FDS_MAX) {
		errno = EINVAL;
		return false;
	}
	memset(&control, 0, sizeof control);
	for (size_t i = 0; i < count; i++) {
		numbers[i] = (char)map[i].to;
		fds[i] = map[i].from;
	}
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	do
		sent = sendmsg(s, &message, MSG_NOSIGNAL) == (ssize_t)count;
	while (!sent && errno == EINTR);
	return sent;
}

bool
job_place(const char *numbers, int *fds, size_t count, int flags)
{
	bool in_the_way = false;

	for (size_t i = 0; i < count; i++) {
		if ((unsigned char)numbers[i] > JOB_FDS_MAX || numbers[i] == 2)
			return false;
		for (size_t k = 0; k < count; k++)
			in_the_way = in_the_way || (k != i && fds[k] == numbers[i]);
	}
	for (size_t i = 0; in_the_way && i < count; i++)
		if ((fds[i] = fd_high(fds[i])) < 0)
			return false;
	for (size_t i = 0; i < count; i++) {
		if (fds[i] == numbers[i])
			continue;
		if (dup3(fds[i], numbers[i], flags) < 0)
			return false;
		close(fds[i]);
	}
	return true;
}

bool
job_send(const char *address, const struct spawn_fd *map, size_t count)
{
	struct sockaddr_un to;
	bool sent;
	int s;

	if (!job_address(&to, address))
		return false;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return false;
	sent = job_give(s, &to, map, count);
	io_close(s);
	return sent;
}

pid_t
job_start(const char *const *argv, const struct spawn_fd *map, size_t count)
{
	if (job_is_address(argv[0]))
		return job_send(argv[0], map, count) ? 0 : -1;
	return spawn(argv, map, count, NULL);
}
