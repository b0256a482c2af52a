#include "net/intake.h"

#include "base/clock.h"
#include "base/die.h"
#include "mail/dot.h"
#include "net/chain.h"

#include <errno.h>
#include <stdio.h>

enum {
	DATA_TIMEOUT_S = 180,     /* RFC 5321 4.5.3.2.5: between two blocks of data */
	DATA_GRACE_S = 300,       /* after that a client must be faster than ... */
	DATA_SLOWEST_BYTES = 100, /* ... so many bytes a second */
	MS = 1000,
};

/* Why this message cannot be taken, whatever the chain says; NULL: it can. */
static const char *
data_fault(const struct session *s, const struct dot *dot, uint64_t bytes)
{
	static char reply[REPLY_MAX + 1];

	if (dot->bare_cr || dot->bare_lf)
		return "554 5.6.0 the message has a bare CR or LF; lines end in CRLF (RFC 5321 "
		       "2.3.8)";
	if (dot->nul)
		return "554 5.6.0 the message has a NUL byte";
	if (bytes > s->settings->size_max)
		return "552 5.3.4 the message is too big for us";
	if (s->settings->mechanisms && dot->long_line) {
		snprintf(
		    reply, sizeof reply,
		    "554 5.6.0 line %llu of the message is longer than 998 octets (RFC 5322 2.1.1)",
		    (unsigned long long)dot->long_line);
		return reply;
	}
	return NULL;
}

/* Reads the data to their end. false: the client is gone or too slow, and the session is over. */
static bool
data_read(struct session *s, struct chain *chain, struct dot *dot, uint64_t *bytes)
{
	int64_t start_ms = clock_ms();

	while (!dot->ended) {
		char *input;
		size_t len = dialogue_bytes(s->client, DATA_TIMEOUT_S, &input), used, made;
		int64_t spent_s = (clock_ms() - start_ms) / MS;

		if (!len
		    || (spent_s > DATA_GRACE_S
		        && *bytes / DATA_SLOWEST_BYTES < (uint64_t)(spent_s - DATA_GRACE_S))) {
			if (len || errno == ETIMEDOUT)
				session_hang_up(s, "421 4.4.2 the message comes too slowly");
			s->ended = true;
			return false;
		}
		made = dot_decode(dot, input, len, &used);
		dialogue_skip(s->client, used);
		*bytes += made;
		if (data_fault(s, dot, *bytes))
			chain_drop(chain);
		chain_write(chain, input, made);
	}
	return true;
}

void
intake_data(struct session *s, const char *argument)
{
	struct dot dot = DOT_ZERO;
	struct chain chain;
	uint64_t bytes = 0;
	const char *reply;

	if (*argument) {
		session_say(s, "501 5.5.4 DATA takes no argument");
		return;
	}
	if (!s->recipients) {
		session_say(s, "554 5.5.1 no recipient was accepted");
		return;
	}
	if (!chain_start(&chain, s->channel, s->facts.s, s->facts.len, s->rcpts.s, s->rcpts.len)) {
		session_clear(s);
		session_say(s, "451 4.3.0 the message cannot be taken for now, try again later");
		return;
	}
	session_say(s, "354 send the message, end with a line that is a dot");
	if (data_read(s, &chain, &dot, &bytes)) {
		reply = data_fault(s, &dot, bytes);
		if (!reply)
			reply = chain_end(&chain);
		log_event(reply[0] == '2' ? "accepted" : "refused", "command", "DATA", "sender",
		          s->sender.s, "reply", reply, NULL);
		session_say(s, reply);
	}
	chain_close(&chain);
	session_clear(s);
}
