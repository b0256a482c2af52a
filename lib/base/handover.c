#include "base/handover.h"

#include "base/io.h"
#include "base/job.h"
#include "base/more.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"

#include <skalibs/types.h>

#include <errno.h>
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

	if (fd < 0 || (fd = fd_away(fd)) < 0)
		return -1;
	if (io_write_at(fd, envelope->s, envelope->len, 0)
	    && io_write_at(fd, seal, uint64_fmt(seal + 1, len) + 2, envelope->len))
		return fd;
	close(fd);
	return -1;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		io_close(*fd);
	*fd = -1;
}

/* What a stage is given for one message, besides that. */
struct given {
	int envelope, verdict;
};

/* The other end of its verdict becomes handover->report. false: errno; nothing is open */
static bool
given_open(struct given *out, struct handover *handover, const stralloc *envelope, uint64_t len)
{
	int report[2];

	out->envelope = envelope_fd(envelope, len);
	if (out->envelope < 0)
		return false;
	if (!pipe_open(report)) {
		io_close(out->envelope);
		return false;
	}
	handover->report = report[0];
	out->verdict = report[1];
	return true;
}

static void
given_close(const struct given *given)
{
	io_close(given->envelope);
	io_close(given->verdict);
}

bool
handover_start(struct handover *out, const char *const *argv, int message, const stralloc *envelope,
               uint64_t len, bool has_more)
{
	int more[2] = { -1, -1 };
	struct spawn_fd map[4];
	struct given given;

	*out = (struct handover)HANDOVER_NONE;
	if (has_more && !more_open(more))
		return false;
	out->pid = -1;
	out->more = more[0];
	if (given_open(&given, out, envelope, len)) {
		map[0] = (struct spawn_fd){ message, FD_MESSAGE };
		map[1] = (struct spawn_fd){ given.envelope, FD_ENVELOPE };
		map[2] = (struct spawn_fd){ given.verdict, FD_VERDICT };
		map[3] = (struct spawn_fd){ more[1], FD_MORE };
		out->pid = job_start(argv, map, has_more ? 4 : 3);
		given_close(&given);
	}
	close_end(&more[1]);
	if (out->pid >= 0)
		return true;
	close_end(&out->report);
	close_end(&out->more);
	return false;
}

bool
handover_again(struct handover *handover, int message, const stralloc *envelope, uint64_t len)
{
	struct given given;
	bool taken;

	handover->text.len = 0;
	handover->has_end = handover->asks = false;
	if (!given_open(&given, handover, envelope, len))
		return false;
	taken = more_give(handover->more, message, given.envelope, given.verdict);
	given_close(&given);
	if (!taken)
		close_end(&handover->report);
	return taken;
}

void
handover_read(struct handover *handover)
{
	stralloc *text = &handover->text;
	ssize_t n;

	if (handover->report < 0)
		return;
	n = stralloc_readyplus(text, CHUNK_BYTES)
	        ? io_read(handover->report, text->s + text->len, CHUNK_BYTES)
	        : -1;
	if (n > 0)
		text->len += (size_t)n;
	handover->has_end = record_list_len(text->s, text->len) > 0;
	if (n <= 0 || handover->has_end || text->len > HANDOVER_REPORT_MAX)
		close_end(&handover->report);
}

enum more_word
handover_hear(struct handover *handover, char host[MORE_HOST_BYTES])
{
	enum more_word word = handover->more < 0 ? MORE_NOTHING : more_hear(handover->more, host);

	if (word == MORE_WANTED)
		handover->asks = true;
	if (word == MORE_END) {
		handover->asks = false;
		close_end(&handover->more);
	}
	return word;
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
	close_end(&handover->report);
	close_end(&handover->more);
}

void
handover_rest(struct handover *handover)
{
	close_end(&handover->report);
	stralloc_free(&handover->text);
}

void
handover_close(struct handover *handover)
{
	handover_rest(handover);
	close_end(&handover->more);
}
