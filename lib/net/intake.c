#include "net/intake.h"

#include "base/clock.h"
#include "base/die.h"
#include "mail/command.h"
#include "mail/received.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	DATA_TIMEOUT_S = 180,     /* RFC 5321 4.5.3.2.5: between two blocks of data */
	DATA_GRACE_S = 300,       /* after that a client must be faster than ... */
	DATA_SLOWEST_BYTES = 100, /* ... so many bytes a second */
	MS = 1000,
};

static const char bad_chunk[] = "501 5.5.4 write BDAT bytes, or BDAT bytes LAST";

/* Why this message cannot be taken, whatever the chain says; NULL: it can. */
static const char *
message_fault(const struct session *s)
{
	const struct intake *intake = &s->intake;
	const struct dot *dot = &intake->dot;

	if (intake->bytes > s->settings->size_max)
		return "552 5.3.4 the message is too big for us";
	if (intake->hops.count > RECEIVED_MAX)
		return "554 5.4.6 more than 100 Received fields: a mail loop";
	if (s->binary)
		return NULL;
	if (dot->bare_cr || dot->bare_lf)
		return "554 5.6.0 the message has a bare CR or LF; lines end in CRLF (RFC 5321 "
		       "2.3.8)";
	if (dot->nul)
		return "554 5.6.0 the message has a NUL byte";
	return NULL;
}

/* Has the message a right to go on? Else the reply why not, and there is no transaction any more. */
static bool
begin(struct session *s, bool chunked)
{
	struct intake *intake = &s->intake;

	if (!chain_start(&intake->chain, &s->channel, s->facts.s, s->facts.len, s->rcpts.s,
	                 s->rcpts.len))
		return false;
	intake->is_open = true;
	intake->dot = (struct dot)DOT_ZERO;
	intake->dot.chunked = chunked;
	intake->hops = (struct hops){ .count = 0 };
	intake->bytes = 0;
	intake->begun_ms = clock_ms();
	return true;
}

/* What has come of the message, at least one byte; 0: the client is gone or too slow. */
static size_t
receive(struct session *s, int64_t begun_ms, uint64_t bytes, char **input)
{
	size_t len = dialogue_bytes(s->client, DATA_TIMEOUT_S, input);
	int64_t spent_s = (clock_ms() - begun_ms) / MS;

	if (len
	    && (spent_s <= DATA_GRACE_S
	        || bytes / DATA_SLOWEST_BYTES >= (uint64_t)(spent_s - DATA_GRACE_S)))
		return len;
	if (len || errno == ETIMEDOUT)
		session_hang_up(s, "421 4.4.2 the message comes too slowly");
	s->ended = true;
	return 0;
}

/* The next bytes of the message. Returns how many were used: all, or those up to DATA's end. */
static size_t
take(struct session *s, char *input, size_t len)
{
	struct intake *intake = &s->intake;
	size_t used = len, made = len;

	if (!s->binary)
		made = dot_decode(&intake->dot, input, len, &used);
	intake->bytes += made;
	hops_count(&intake->hops, input, made);
	if (message_fault(s))
		chain_drop(&intake->chain);
	chain_write(&intake->chain, input, made);
	return used;
}

/* The message is whole: the chain's verdict, or ours, is the reply. The transaction is over. */
static void
end(struct session *s, const char *command)
{
	const char *reply = message_fault(s);

	if (!reply)
		reply = chain_end(&s->intake.chain);
	log_event(reply[0] == '2' ? "accepted" : "refused", "command", command, "sender",
	          s->sender.s, "reply", reply, NULL);
	session_say(s, reply);
	session_clear(s);
}

void
intake_data(struct session *s, const char *argument)
{
	char *input;
	size_t len;

	if (*argument) {
		session_say(s, "501 5.5.4 DATA takes no argument");
		return;
	}
	if (s->intake.is_open || s->binary) {
		session_say(s, s->binary ? "503 5.5.1 BODY=BINARYMIME goes with BDAT only"
		                         : "503 5.5.1 the message has begun with BDAT; go on so, "
		                           "or say RSET");
		return;
	}
	if (!s->recipients) {
		session_say(s, "554 5.5.1 no recipient was accepted");
		return;
	}
	if (!begin(s, false)) {
		session_clear(s);
		session_say(s, "451 4.3.0 the message cannot be taken for now, try again later");
		return;
	}
	session_say(s, "354 send the message, end with a line that is a dot");
	dialogue_flush(s->client, s->settings->command_timeout_s); /* RFC 2920 3.2 (5) */
	while (!s->intake.dot.ended) {
		len = receive(s, s->intake.begun_ms, s->intake.bytes, &input);
		if (!len)
			return;
		dialogue_skip(s->client, take(s, input, len));
	}
	end(s, "DATA");
}

/* Throws so many bytes away; false: the session is over. */
static bool
skip(struct session *s, uint64_t bytes)
{
	int64_t begun_ms = clock_ms();
	uint64_t skipped = 0;

	while (skipped < bytes) {
		char *input;
		size_t len = receive(s, begun_ms, skipped, &input);

		if (!len)
			return false;
		if (len > bytes - skipped)
			len = (size_t)(bytes - skipped);
		dialogue_skip(s->client, len);
		skipped += len;
	}
	return true;
}

void
intake_refuse_chunk(struct session *s, const char *argument, const char *reply)
{
	unsigned int bad_commands = s->bad_commands;
	bool spoilt = s->spoilt, last;
	uint64_t bytes;

	if (!chunk_parse(argument, &bytes, &last)) {
		session_say(s, bad_chunk);
		return;
	}
	if (!skip(s, bytes))
		return;
	session_say(s, reply);
	if (spoilt) /* sent before the client could know: RFC 2920 3.1 */
		s->bad_commands = bad_commands;
}

/* This chunk's message cannot be taken, and so none of those that follow. */
static void
spoil(struct session *s, const char *reply)
{
	log_event("refused", "command", "BDAT", "sender", s->sender.s, "reply", reply, NULL);
	session_say(s, reply);
	session_clear(s);
	s->spoilt = true;
}

void
intake_bdat(struct session *s, const char *argument)
{
	struct intake *intake = &s->intake;
	uint64_t bytes, taken = 0;
	const char *reply;
	bool last;

	if (!chunk_parse(argument, &bytes, &last)) {
		session_say(s, bad_chunk);
		return;
	}
	if (!s->recipients) {
		intake_refuse_chunk(s, argument, "554 5.5.1 no recipient was accepted");
		return;
	}
	if (!intake->is_open && !begin(s, true)) {
		if (skip(s, bytes))
			spoil(s, "451 4.3.0 the message cannot be taken for now, try again later");
		return;
	}
	while (taken < bytes) {
		char *input;
		size_t len = receive(s, intake->begun_ms, intake->bytes, &input);

		if (!len)
			return;
		if (len > bytes - taken)
			len = (size_t)(bytes - taken);
		take(s, input, len);
		dialogue_skip(s->client, len);
		taken += len;
	}
	if (last) {
		if (!s->binary) {
			const char *missing = dot_finish(&intake->dot);

			intake->bytes += strlen(missing);
			chain_write(&intake->chain, missing, strlen(missing));
		}
		end(s, "BDAT");
	} else if ((reply = message_fault(s)) != NULL) {
		spoil(s, reply);
	} else {
		session_say(s, "250 2.0.0 go on");
	}
}
