#include "net/dialogue.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MS = 1000, PUT_TIMEOUT_S = 300 /* RFC 5321 4.5.3.2: minutes, for every answer */ };

void
dialogue_start(struct dialogue *dialogue, int in, int out)
{
	dialogue->in = in;
	dialogue->waker = -1;
	dialogue->out = out;
	dialogue->start = dialogue->end = dialogue->out_len = 0;
	dialogue->skipping = dialogue->lf = false;
}

/*
 * A socket can be asked not to wait: mostly something is there, or there is room, and nobody needs to be
 * waited for. What is none says EAGAIN here, as it cannot be asked.
 */
static ssize_t
read_now(int fd, char *bytes, size_t size)
{
	ssize_t n = recv(fd, bytes, size, MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		errno = EAGAIN;
	return n;
}

static ssize_t
write_now(int fd, const char *bytes, size_t len)
{
	ssize_t n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		errno = EAGAIN;
	return n;
}

/* Reads some more; what was not read yet moves to the front. 0: the end or trouble. */
static size_t
fill(struct dialogue *dialogue, int64_t deadline_ms)
{
	ssize_t n;

	if (dialogue->start) {
		memmove(dialogue->input, dialogue->input + dialogue->start,
		        dialogue->end - dialogue->start);
		dialogue->end -= dialogue->start;
		dialogue->start = 0;
	}
	errno = 0;
	n = read_now(dialogue->in, dialogue->input + dialogue->end,
	             sizeof dialogue->input - dialogue->end);
	while (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		if (!clock_wait(dialogue->in, POLLIN, deadline_ms))
			return 0;
		n = read(dialogue->in, dialogue->input + dialogue->end,
		         sizeof dialogue->input - dialogue->end);
	}
	if (n <= 0)
		return 0;
	dialogue->end += (size_t)n;
	return (size_t)n;
}

enum line_status
dialogue_line(struct dialogue *dialogue, int timeout_s, char **line, size_t *len)
{
	int64_t deadline_ms = clock_ms() + (int64_t)timeout_s * MS;
	size_t looked = 0;

	for (;;) {
		char *text = dialogue->input + dialogue->start, *feed;
		size_t have = dialogue->end - dialogue->start, part;
		bool skipped = dialogue->skipping;

		feed = memchr(text + looked, '\n', have - looked);
		if (feed) {
			part = (size_t)(feed - text);
			dialogue->start += part + 1;
			dialogue->skipping = false;
			if (skipped || part > DIALOGUE_LINE_MAX)
				return LINE_TOO_LONG;
			if (!dialogue->lf && (!part || text[--part] != '\r'))
				return LINE_BAD;
			if (memchr(text, 0, part) || memchr(text, '\r', part))
				return LINE_BAD;
			text[part] = 0;
			*line = text;
			*len = part;
			return LINE_OK;
		}
		looked = have;
		if (have > DIALOGUE_LINE_MAX + 1) {
			dialogue->skipping = true;
			dialogue->start = dialogue->end = 0;
			looked = 0;
		}
		if (!dialogue_flush(dialogue, timeout_s))
			return LINE_END;
		if (dialogue->waker >= 0
		    && clock_wait_either(dialogue->in, dialogue->waker, deadline_ms))
			return LINE_WOKEN;
		if (!fill(dialogue, deadline_ms))
			return errno == ETIMEDOUT ? LINE_TIMEOUT : LINE_END;
	}
}

size_t
dialogue_bytes(struct dialogue *dialogue, int timeout_s, char **bytes)
{
	if (dialogue->start == dialogue->end) {
		dialogue->start = dialogue->end = 0;
		if (!dialogue_flush(dialogue, timeout_s)
		    || !fill(dialogue, clock_ms() + (int64_t)timeout_s * MS))
			return 0;
	}
	*bytes = dialogue->input + dialogue->start;
	return dialogue->end - dialogue->start;
}

void
dialogue_skip(struct dialogue *dialogue, size_t len)
{
	dialogue->start += len;
}

bool
dialogue_pending(const struct dialogue *dialogue)
{
	return dialogue->start < dialogue->end;
}

bool
dialogue_add(struct dialogue *dialogue, const char *bytes, size_t len)
{
	while (len) {
		size_t room = sizeof dialogue->output - dialogue->out_len;
		size_t part = len < room ? len : room;

		memcpy(dialogue->output + dialogue->out_len, bytes, part);
		dialogue->out_len += part;
		bytes += part;
		len -= part;
		if (len && !dialogue_flush(dialogue, PUT_TIMEOUT_S))
			return false;
	}
	return true;
}

bool
dialogue_put(struct dialogue *dialogue, const char *line)
{
	return dialogue_add(dialogue, line, strlen(line))
	       && dialogue_add(dialogue, dialogue->lf ? "\n" : "\r\n", dialogue->lf ? 1 : 2);
}

bool
dialogue_flush(struct dialogue *dialogue, int timeout_s)
{
	int64_t deadline_ms = clock_ms() + (int64_t)timeout_s * MS;
	size_t sent = 0;

	while (sent < dialogue->out_len) {
		ssize_t n;

		n = write_now(dialogue->out, dialogue->output + sent, dialogue->out_len - sent);
		if (n < 0 && errno == EAGAIN) {
			if (!clock_wait(dialogue->out, POLLOUT, deadline_ms))
				return false;
			n = write(dialogue->out, dialogue->output + sent, dialogue->out_len - sent);
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (n > 0)
			sent += (size_t)n;
	}
	dialogue->out_len = 0;
	return true;
}
