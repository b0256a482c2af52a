#include "net/signer.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/spawn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_S = 60, ANSWER_MAX = 1 << 16 };

static bool
fail(struct signer *signer, const char **why, const char *text)
{
	*why = text;
	if (signer->fd >= 0)
		io_close(signer->fd);
	signer->fd = -1;
	return false;
}

/*
 * Sends a list, and reads one into text; what comes behind it is kept. A signer that has ended may be
 * gone before it is asked, or behind that: it is one and the same.
 */
static bool
ask(struct signer *signer, stralloc *list, const char **why)
{
	stralloc *text = &signer->text;
	size_t len;

	if (!record_end(list)
	    || (!io_write(signer->fd, list->s, list->len) && errno != EPIPE && errno != ECONNRESET))
		return fail(signer, why, "cannot ask the signer");
	text->len = 0;
	while (!(len = record_list_len(text->s, text->len))) {
		ssize_t n;

		if (text->len > ANSWER_MAX || !stralloc_readyplus(text, ANSWER_MAX))
			return fail(signer, why, "cannot hold the signer's answer");
		if (!clock_wait(signer->fd, POLLIN, signer->deadline_ms)
		    || ((n = io_read(signer->fd, text->s + text->len, ANSWER_MAX)) < 0
		        && errno != ECONNRESET))
			return fail(signer, why, "cannot read the signer's answer");
		errno = ECONNRESET;
		if (n <= 0)
			return fail(signer, why, "the signer has ended; its log says why");
		text->len += (size_t)n;
	}
	errno = EPROTO;
	return len == text->len || fail(signer, why, "the signer says more than it was asked");
}

bool
signer_open(struct signer *out, const char *const *command, const char *domain, const char **why)
{
	stralloc question = STRALLOC_ZERO;
	int ends[2];
	size_t at = 0;
	char *record;
	bool done;

	*out = (struct signer){ .fd = -1, .deadline_ms = clock_ms() + ANSWER_S * 1000 };
	if (!socketpair_open(ends))
		return fail(out, why, "cannot make a socket pair");
	out->fd = ends[0];
	if (job_start(
	        command,
	        (const struct spawn_fd[]){ { ends[1], STDIN_FILENO }, { ends[1], STDOUT_FILENO } },
	        2)
	    < 0) {
		io_close(ends[1]);
		return fail(out, why, "cannot start the signer");
	}
	close(ends[1]);
	done = record_add(&question, 'D', domain) ? ask(out, &question, why)
	                                          : fail(out, why, "no memory");
	stralloc_free(&question);
	while (done && (record = (char *)record_next(out->text.s, out->text.len, &at)) != NULL) {
		char *space = strchr(record, ' ');

		errno = EPROTO;
		if (record[0] != 'S' || !space || out->count == SIGNER_KEYS_MAX)
			return fail(out, why, "the signer's answer names no keys");
		*space = 0;
		out->keys[out->count++] =
		    (struct signer_key){ .selector = record + 1, .algorithm = space + 1 };
	}
	/* The next answer needs text: the views stay in what is kept of this one. */
	out->behind = out->text;
	out->text = (stralloc)STRALLOC_ZERO;
	if (done && !out->count)
		signer_close(out);
	return done;
}

bool
signer_sign(struct signer *signer, const stralloc *digests, const char **out, const char **why)
{
	stralloc question = STRALLOC_ZERO;
	const char *record;
	size_t at = 0, count = 0;
	bool done = stralloc_catb(&question, digests->s, digests->len)
	                ? ask(signer, &question, why)
	                : fail(signer, why, "no memory");

	stralloc_free(&question);
	if (!done)
		return false;
	while ((record = record_next(signer->text.s, signer->text.len, &at)) != NULL
	       && record[0] == 'B' && count < signer->count)
		out[count++] = record + 1;
	errno = EPROTO;
	return (!record && count == signer->count)
	       || fail(signer, why, "the signer has not signed each digest");
}

void
signer_close(struct signer *signer)
{
	if (signer->fd >= 0)
		close(signer->fd);
	signer->fd = -1;
}
