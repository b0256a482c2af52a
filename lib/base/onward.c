#include "base/onward.h"

#include "base/io.h"
#include "base/job.h"
#include "base/spawn.h"
#include "base/stage.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
close_end(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static void
close_message(struct onward *onward)
{
	close_end(&onward->message);
	close_end(&onward->envelope);
}

static void
reap(struct onward *onward)
{
	int saved = errno;

	while (onward->heard.pid > 0 && waitpid(onward->heard.pid, NULL, 0) < 0 && errno == EINTR) {
	}
	onward->heard.pid = 0;
	errno = saved;
}

bool
onward_open(struct onward *out, const char *const *next, const stralloc *envelope)
{
	int message[2] = { -1, -1 }, records[2] = { -1, -1 }, report[2] = { -1, -1 };

	*out = (struct onward){ .message = -1, .envelope = -1, .heard = HANDOVER_NONE };
	if (pipe_open(message) && pipe_open(records) && pipe_open(report)) {
		struct spawn_fd map[3] = { { message[0], FD_MESSAGE },
			                   { records[0], FD_ENVELOPE },
			                   { report[1], FD_VERDICT } };

		/* Room for a whole verdict: one that is said before we listen must not block. */
		fcntl(report[0], F_SETPIPE_SZ, HANDOVER_REPORT_MAX);
		out->heard.pid = job_start(next, map, 3);
	} else {
		out->heard.pid = -1;
	}
	close_end(&message[0]);
	close_end(&records[0]);
	close_end(&report[1]);
	out->message = message[1];
	out->envelope = records[1];
	out->heard.report = report[0];
	if (out->heard.pid >= 0 && io_write(out->envelope, envelope->s, envelope->len))
		return true;
	onward_close(out);
	return false;
}

bool
onward_write(struct onward *onward, const char *bytes, size_t len)
{
	if (!io_write(onward->message, bytes, len))
		return false;
	onward->bytes += len;
	return true;
}

bool
onward_seal(struct onward *onward)
{
	char seal[UINT64_FMT + 2] = ".";
	size_t len = 1 + uint64_fmt(seal + 1, onward->bytes);

	seal[len++] = 0;
	return io_write(onward->envelope, seal, len);
}

/* The worst is the highest. */
static int
rank(enum fate fate)
{
	switch (fate) {
	case FATE_DONE: return 0;
	case FATE_NEVER: return 1;
	case FATE_NONE: return 2;
	case FATE_LATER: return 3;
	}
	return 2;
}

bool
onward_end(struct onward *onward, size_t recipients, struct outcome *out)
{
	struct outcome *all = calloc(recipients + 1, sizeof *all);

	*out = (struct outcome){ .fate = FATE_NONE };
	if (!all)
		return false;
	close_message(onward);
	while (onward->heard.report >= 0)
		handover_read(&onward->heard);
	if (onward->heard.has_end && recipients) {
		handover_outcomes(&onward->heard, all, recipients);
		*out = all[0];
		for (size_t i = 1; i < recipients; i++)
			if (rank(all[i].fate) > rank(out->fate))
				*out = all[i];
	}
	reap(onward);
	free(all);
	return true;
}

void
onward_close(struct onward *onward)
{
	int saved = errno;

	close_message(onward);
	handover_close(&onward->heard);
	reap(onward);
	errno = saved;
}
