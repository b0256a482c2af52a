#include "net/smtp_wire.h"

#include "base/clock.h"
#include "net/read_until.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

void
smtp_wire_begin(struct smtp_wire *wire, int fd, unsigned int wait_max_s)
{
	memset(wire, 0, offsetof(struct smtp_wire, in));
	wire->fd = fd;
	wire->wait_max_s = wait_max_s;
	wire->usable = true;
}

void
smtp_wire_move(struct smtp_wire *wire, int fd)
{
	close(wire->fd);
	wire->fd = fd;
	wire->in_at = wire->in_len = 0;
}

bool
smtp_wire_lost(struct smtp_wire *wire, const char *enhanced, const char *what, const char *step)
{
	char text[REPLY_TEXT_KEPT];

	strcpy(text, what); /* both are ours and short */
	strcat(text, step);
	trouble_set(&wire->trouble, 451, enhanced, text);
	wire->usable = false;
	wire->refused = NULL;
	return false;
}

bool
smtp_wire_refused(struct smtp_wire *wire, const struct smtp_step *step)
{
	const struct reply *reply = &wire->reply;

	if (reply_class(reply) < 4)
		return smtp_wire_lost(wire, "4.5.0",
		                      "the server is out of step: an unfit reply to ", step->name);
	trouble_set(&wire->trouble, reply->code, reply->enhanced, reply->text);
	wire->refused = step->name;
	if (reply->code == 421) /* it closes the connection: RFC 5321 3.8 */
		wire->usable = false;
	return false;
}

static int64_t
deadline_in(const struct smtp_wire *wire, unsigned int seconds)
{
	if (wire->wait_max_s && wire->wait_max_s < seconds)
		seconds = wire->wait_max_s;
	return clock_ms() + (int64_t)seconds * 1000;
}

bool
smtp_wire_has_input(const struct smtp_wire *wire)
{
	return wire->in_at < wire->in_len;
}

/*
 * More bytes behind those not read yet. There must be room.
 *
 * deadline_ms  0: only what is there already
 * returns      false: errno; ETIMEDOUT, or 0 for the end
 */
static bool
fill(struct smtp_wire *wire, int64_t deadline_ms)
{
	ssize_t n;

	if (wire->in_at == wire->in_len)
		wire->in_at = wire->in_len = 0;
	if (wire->in_len == sizeof wire->in) {
		memmove(wire->in, wire->in + wire->in_at, wire->in_len - wire->in_at);
		wire->in_len -= wire->in_at;
		wire->in_at = 0;
	}
	n = read_until(wire->fd, wire->in + wire->in_len, sizeof wire->in - wire->in_len,
	               deadline_ms);
	if (n > 0) {
		wire->in_len += (size_t)n;
		return true;
	}
	if (n == 0)
		errno = 0;
	return false;
}

bool
smtp_wire_look(struct smtp_wire *wire)
{
	if (!smtp_wire_has_input(wire))
		fill(wire, 0);
	return smtp_wire_has_input(wire);
}

bool
smtp_wire_put(struct smtp_wire *wire, const char *bytes, size_t len, unsigned int timeout_s)
{
	int64_t deadline_ms = deadline_in(wire, timeout_s);

	while (len && wire->usable) {
		ssize_t n = write(wire->fd, bytes, len);
		bool room = wire->in_len - wire->in_at < sizeof wire->in;

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			wire->usable =
			    clock_wait(wire->fd, room ? POLLOUT | POLLIN : POLLOUT, deadline_ms)
			    && (!room || fill(wire, 0) || errno == ETIMEDOUT);
		} else {
			wire->usable = errno == EINTR;
		}
	}
	return wire->usable;
}

bool
smtp_wire_reply(struct smtp_wire *wire, const struct smtp_step *step)
{
	int64_t deadline_ms = deadline_in(wire, wire->usable ? step->timeout_s : SMTP_LAST_WORDS_S);
	bool first = true;
	size_t used;

	reply_begin(&wire->reply);
	for (;;) {
		enum reply_state state = reply_feed(&wire->reply, wire->in + wire->in_at,
		                                    wire->in_len - wire->in_at, &used);

		wire->in_at += used;
		switch (state) {
		case REPLY_MORE:
			if (fill(wire, deadline_ms))
				break;
			if (errno == ETIMEDOUT)
				return smtp_wire_lost(wire, "4.4.2", "no reply in time to ",
				                      step->name);
			return smtp_wire_lost(wire, "4.4.2", "connection lost before the reply to ",
			                      step->name);
		case REPLY_LINE:
		case REPLY_WHOLE:
			if (step->take_line && !first)
				step->take_line(step->taker, wire->reply.line);
			first = false;
			if (state == REPLY_WHOLE)
				return true;
			break;
		case REPLY_BROKEN:
			return smtp_wire_lost(wire, "4.5.0",
			                      "the server does not speak SMTP: its reply to ",
			                      step->name);
		}
	}
}

bool
smtp_wire_ask(struct smtp_wire *wire, const struct smtp_step *step, const char *const *parts)
{
	stralloc line = STRALLOC_ZERO;
	size_t len = 2;
	bool ready;

	if (smtp_wire_has_input(wire))
		return smtp_wire_lost(wire, "4.5.0", "the server spoke unasked before ",
		                      step->name);
	/* Room first: a stralloc that grows leaves its old bytes behind, and AUTH's are secret. */
	for (const char *const *part = parts; *part; part++)
		len += strlen(*part);
	ready = stralloc_ready(&line, len);
	for (; *parts; parts++)
		ready = ready && stralloc_cats(&line, *parts);
	ready = ready && stralloc_cats(&line, "\r\n");
	if (ready)
		smtp_wire_put(wire, line.s, line.len, step->timeout_s);
	explicit_bzero(line.s, line.len);
	stralloc_free(&line);
	return ready ? smtp_wire_reply(wire, step)
	             : smtp_wire_lost(wire, "4.3.0", "no memory for ", step->name);
}
