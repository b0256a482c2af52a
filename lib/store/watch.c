#include "store/watch.h"

#include "base/io.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { EVENTS_BYTES = 16384 };

int
watch_open(const struct queue *queue)
{
	/* A message is shown by a rename where it has an early name first, else by a link. */
	uint32_t shown = queue->name_follows_data ? IN_MOVED_TO : IN_CREATE | IN_MOVED_TO;
	char path[PATH_MAX];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < QUEUE_FOLDERS; i++) {
		snprintf(path, sizeof path, "%s/msg/%c", queue->path, queue_digits[i]);
		if (inotify_add_watch(fd, path, shown | IN_ATTRIB | IN_ONLYDIR) < 0) {
			io_close(fd);
			return -1;
		}
	}
	return fd;
}

bool
watch_read(int fd, queue_seen *seen, queue_seen *touched, void *context)
{
	_Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
	bool all_told = true;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		for (char *at = bytes; at < bytes + n;) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			if (event->mask & IN_Q_OVERFLOW)
				all_told = false;
			else if (event->len)
				(event->mask & IN_ATTRIB ? touched : seen)(context, event->name);
			at += sizeof *event + event->len;
		}
	return all_told;
}
