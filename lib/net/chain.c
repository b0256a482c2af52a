#include "net/chain.h"

#include "base/clock.h"
#include "base/record.h"
#include "base/verdict.h"
#include "net/ask.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
	VERDICT_TIMEOUT_S = 600, /* RFC 5321 4.5.3.2.6: no client waits longer */
	STAGE_TIMEOUT_S = 300,   /* for a stage that does not take what we hand it */
	VERDICT_MAX_BYTES = 1 << 18,
	REPLY_MAX = 510,
	MS = 1000,
};

/* Writes to a stage, which may be slow or gone. */
static void
hand_over(struct chain *chain, int fd, const char *bytes, size_t len)
{
	int64_t deadline_ms = clock_ms() + STAGE_TIMEOUT_S * MS;

	while (len && !chain->broken) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EAGAIN) {
			if (!clock_wait(fd, POLLOUT, deadline_ms))
				chain->broken = chain->stuck = true;
		} else if (n < 0 && errno != EINTR) {
			chain->broken = true;
		} else if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool
chain_start(struct chain *chain, struct channel *channel, const char *facts, size_t facts_len,
            const char *rcpts, size_t rcpts_len)
{
	stralloc records = STRALLOC_ZERO;
	int fds[ASK_FDS_MAX];
	bool asked;

	/* In one piece, so that the stage is woken once. */
	asked = stralloc_catb(&records, facts, facts_len)
	        && stralloc_catb(&records, rcpts, rcpts_len) && stralloc_append(&records, 0)
	        && ask(channel, ASK_MESSAGE, fds, 3) == ANSWER_YES;
	if (!asked) {
		stralloc_free(&records);
		return false;
	}
	*chain = (struct chain){ .message = fds[0], .envelope = fds[1], .verdict = fds[2] };
	fcntl(chain->message, F_SETFL, O_NONBLOCK);
	fcntl(chain->envelope, F_SETFL, O_NONBLOCK);
	/* The steward has written its facts before ours: see envelope.h. */
	hand_over(chain, chain->envelope, records.s, records.len);
	stralloc_free(&records);
	return true;
}

void
chain_write(struct chain *chain, const char *bytes, size_t len)
{
	if (chain->broken)
		return;
	hand_over(chain, chain->message, bytes, len);
	chain->bytes += len;
}

void
chain_drop(struct chain *chain)
{
	close_one(&chain->message);
	close_one(&chain->envelope);
	chain->broken = true;
}

void
chain_close(struct chain *chain)
{
	close_one(&chain->message);
	close_one(&chain->envelope);
	close_one(&chain->verdict);
}

static void
seal(struct chain *chain)
{
	char record[UINT64_FMT + 2] = ".";
	size_t len = 1 + uint64_fmt(record + 1, chain->bytes);

	record[len++] = 0;
	hand_over(chain, chain->envelope, record, len);
	close_one(&chain->message);
	close_one(&chain->envelope);
}

/* All outcomes as one reply. */
static const char *
verdict_reply(stralloc *verdict)
{
	static char reply[REPLY_MAX + 1];
	size_t len = record_list_len(verdict->s, verdict->len), at = 0;
	const char *record;
	bool done = false;

	reply[0] = 0;
	while (len && (record = record_next(verdict->s, len, &at)) != NULL) {
		struct outcome outcome;

		if (!outcome_parse(verdict->s + (record - verdict->s), &outcome))
			return "451 4.3.0 a program of ours is not understood, try again later";
		/* Once cut apart, the record's NULs are no ends: step over the whole of it. */
		at = (size_t)(outcome.text + strlen(outcome.text) + 1 - verdict->s);
		if (outcome.fate == FATE_DONE)
			done = true;
		if (!reply[0] || outcome.fate == FATE_LATER
		    || (outcome.fate == FATE_NEVER && reply[0] == '2'))
			snprintf(reply, sizeof reply, "%d %s %s", outcome.code, outcome.enhanced,
			         outcome.text);
	}
	if (!reply[0])
		return "451 4.3.0 a program of ours gave no verdict, try again later";
	if (done && reply[0] == '5')
		return "451 4.3.0 only some recipients could be served, try again later";
	return reply;
}

const char *
chain_end(struct chain *chain)
{
	int64_t deadline_ms = clock_ms() + VERDICT_TIMEOUT_S * MS;
	stralloc verdict = STRALLOC_ZERO;
	const char *reply;
	ssize_t n;

	seal(chain);
	if (chain->stuck)
		return "451 4.3.0 a program of ours does not answer, try again later";
	do {
		if (verdict.len > VERDICT_MAX_BYTES || !stralloc_readyplus(&verdict, 1024)
		    || !clock_wait(chain->verdict, POLLIN, deadline_ms)) {
			stralloc_free(&verdict);
			return "451 4.3.0 a program of ours gave no verdict, try again later";
		}
		n = read(chain->verdict, verdict.s + verdict.len, 1024);
		if (n > 0)
			verdict.len += (size_t)n;
	} while ((n > 0 || (n < 0 && errno == EINTR)) && !record_list_len(verdict.s, verdict.len));
	reply = verdict_reply(&verdict);
	stralloc_free(&verdict);
	return reply;
}
