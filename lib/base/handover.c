#include "base/handover.h"

#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4096 };

/* The envelope in memory: whole from the start, so that we never wait for its reader. */
static int
envelope_fd(const stralloc *envelope, uint64_t len)
{
	int fd = memfd_create("envelope", MFD_CLOEXEC);
	char seal[UINT64_FMT + 2] = ".";

	if (fd >= 0)
		fd = fd_high(fd);
	if (fd < 0)
		return -1;
	if (io_write(fd, envelope->s, envelope->len)
	    && io_write(fd, seal, uint64_fmt(seal + 1, len) + 2) && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

bool
handover_start(struct handover *out, const char *const *argv, int message, const stralloc *envelope,
               uint64_t len)
{
	int report[2], records, saved;
	struct spawn_fd map[3];

	*out = (struct handover){ .report = -1, .text = STRALLOC_ZERO };
	records = envelope_fd(envelope, len);
	if (records < 0)
		return false;
	if (!pipe_open(report)) {
		saved = errno;
		close(records);
		errno = saved;
		return false;
	}
	map[0] = (struct spawn_fd){ message, FD_MESSAGE };
	map[1] = (struct spawn_fd){ records, FD_ENVELOPE };
	map[2] = (struct spawn_fd){ report[1], FD_VERDICT };
	out->pid = job_start(argv, map, 3);
	saved = errno;
	close(records);
	close(report[1]);
	if (out->pid < 0) {
		close(report[0]);
		errno = saved;
		return false;
	}
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	out->report = report[0];
	return true;
}

static void
report_close(struct handover *handover)
{
	if (handover->report >= 0)
		close(handover->report);
	handover->report = -1;
}

void
handover_read(struct handover *handover)
{
	stralloc *text = &handover->text;
	ssize_t n;

	while (handover->report >= 0) {
		if (!stralloc_readyplus(text, CHUNK_BYTES)) {
			report_close(handover);
			return;
		}
		n = io_read(handover->report, text->s + text->len, CHUNK_BYTES);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0)
			text->len += (size_t)n;
		handover->has_end = record_list_len(text->s, text->len) > 0;
		if (n <= 0 || handover->has_end || text->len > HANDOVER_REPORT_MAX)
			report_close(handover);
	}
}

void
handover_outcomes(struct handover *handover, struct outcome *out, size_t count)
{
	struct outcome outcome, all = { .fate = FATE_NONE };
	char *record = handover->text.s, *rest = record + handover->text.len, *end;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct outcome){ .fate = FATE_NONE };
	for (; record < rest && *record && (end = memchr(record, 0, (size_t)(rest - record)));
	     record = end + 1) {
		if (!outcome_parse(record, &outcome))
			continue;
		if (outcome.recipient == RECIPIENT_ALL) {
			if (all.fate == FATE_NONE)
				all = outcome;
		} else if ((size_t)outcome.recipient < count
		           && out[outcome.recipient].fate == FATE_NONE)
			out[outcome.recipient] = outcome;
	}
	for (size_t i = 0; i < count; i++)
		if (out[i].fate == FATE_NONE)
			out[i] = all;
}

void
handover_stop(struct handover *handover)
{
	if (handover->pid > 0)
		kill(handover->pid, SIGKILL);
	handover->pid = 0;
	report_close(handover);
}

void
handover_close(struct handover *handover)
{
	report_close(handover);
	stralloc_free(&handover->text);
}
