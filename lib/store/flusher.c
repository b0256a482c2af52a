#include "store/flusher.h"

#include "base/die.h"
#include "base/io.h"
#include "base/spawn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
receive(int fd, uint32_t *folders)
{
	ssize_t n;

	do
		n = recv(fd, folders, sizeof *folders, MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && n != sizeof *folders)
		errno = EPIPE;
	return n == sizeof *folders;
}

static bool
send_on(int fd, uint32_t folders)
{
	return send(fd, &folders, sizeof folders, MSG_NOSIGNAL) == sizeof folders;
}

static void
flush(const struct queue *queue, uint32_t folders)
{
	char folder[QUEUE_NAME_BYTES];

	for (unsigned int i = 0; i < QUEUE_FOLDERS; i++) {
		if (!(folders & UINT32_C(1) << i))
			continue;
		queue_folder(folder, "msg", queue_digits[i]);
		if (!queue_sync_folder(queue, folder))
			log_warn_sys("cannot sync ", queue->path, "/", folder, "; check the disk");
	}
}

bool
flusher_start(struct flusher *out, const struct queue *queue)
{
	uint32_t folders;
	int ends[2];
	pid_t pid;

	*out = (struct flusher){ .fd = -1 };
	if (!socketpair_open(ends))
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		while (receive(ends[1], &folders)) {
			flush(queue, folders);
			if (!send_on(ends[1], folders))
				break;
		}
		_exit(0);
	}
	io_close(ends[1]);
	if (pid < 0)
		io_close(ends[0]);
	else
		out->fd = ends[0];
	return pid > 0;
}

bool
flusher_ask(struct flusher *flusher, uint32_t folders)
{
	flusher->is_busy = send_on(flusher->fd, folders);
	return flusher->is_busy;
}

bool
flusher_take(struct flusher *flusher)
{
	uint32_t folders;

	if (!receive(flusher->fd, &folders))
		return false;
	flusher->is_busy = false;
	return true;
}
