#include "net/smtp_wire.h"

#include "base/clock.h"
#include "net/read_until.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

bool
smtp_wire_lost(struct smtp_client *client, const char *enhanced, const char *what, const char *step)
{
	char text[REPLY_TEXT_KEPT];

	strcpy(text, what); /* both are ours and short */
	strcat(text, step);
	trouble_set(&client->trouble, 451, enhanced, text);
	client->usable = false;
	client->refused = NULL;
	return false;
}

bool
smtp_wire_refused(struct smtp_client *client, const struct smtp_step *step)
{
	const struct reply *reply = &client->reply;

	if (reply_class(reply) < 4)
		return smtp_wire_lost(client, "4.5.0",
		                      "the server is out of step: an unfit reply to ", step->name);
	trouble_set(&client->trouble, reply->code, reply->enhanced, reply->text);
	client->refused = step->name;
	if (reply->code == 421) /* it closes the connection: RFC 5321 3.8 */
		client->usable = false;
	return false;
}

static int64_t
deadline_in(const struct smtp_client *client, unsigned int seconds)
{
	if (client->wait_max_s && client->wait_max_s < seconds)
		seconds = client->wait_max_s;
	return clock_ms() + (int64_t)seconds * 1000;
}

bool
smtp_wire_has_input(const struct smtp_client *client)
{
	return client->in_at < client->in_len;
}

/*
 * More bytes behind those not read yet. There must be room.
 *
 * deadline_ms  0: only what is there already
 * returns      false: errno; ETIMEDOUT, or 0 for the end
 */
static bool
fill(struct smtp_client *client, int64_t deadline_ms)
{
	ssize_t n;

	if (client->in_at == client->in_len)
		client->in_at = client->in_len = 0;
	if (client->in_len == sizeof client->in) {
		memmove(client->in, client->in + client->in_at, client->in_len - client->in_at);
		client->in_len -= client->in_at;
		client->in_at = 0;
	}
	n = read_until(client->fd, client->in + client->in_len, sizeof client->in - client->in_len,
	               deadline_ms);
	if (n > 0) {
		client->in_len += (size_t)n;
		return true;
	}
	if (n == 0)
		errno = 0;
	return false;
}

bool
smtp_wire_look(struct smtp_client *client)
{
	if (!smtp_wire_has_input(client))
		fill(client, 0);
	return smtp_wire_has_input(client);
}

bool
smtp_wire_put(struct smtp_client *client, const char *bytes, size_t len, unsigned int timeout_s)
{
	int64_t deadline_ms = deadline_in(client, timeout_s);

	while (len && client->usable) {
		ssize_t n = write(client->fd, bytes, len);
		bool room = client->in_len - client->in_at < sizeof client->in;

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			client->usable =
			    clock_wait(client->fd, room ? POLLOUT | POLLIN : POLLOUT, deadline_ms)
			    && (!room || fill(client, 0) || errno == ETIMEDOUT);
		} else {
			client->usable = errno == EINTR;
		}
	}
	return client->usable;
}

bool
smtp_wire_reply(struct smtp_client *client, const struct smtp_step *step)
{
	int64_t deadline_ms =
	    deadline_in(client, client->usable ? step->timeout_s : SMTP_LAST_WORDS_S);
	bool first = true;
	size_t used;

	reply_begin(&client->reply);
	for (;;) {
		enum reply_state state = reply_feed(&client->reply, client->in + client->in_at,
		                                    client->in_len - client->in_at, &used);

		client->in_at += used;
		switch (state) {
		case REPLY_MORE:
			if (fill(client, deadline_ms))
				break;
			if (errno == ETIMEDOUT)
				return smtp_wire_lost(client, "4.4.2", "no reply in time to ",
				                      step->name);
			return smtp_wire_lost(client, "4.4.2",
			                      "connection lost before the reply to ", step->name);
		case REPLY_LINE:
		case REPLY_WHOLE:
			if (step->take_line && !first)
				step->take_line(client, client->reply.line);
			first = false;
			if (state == REPLY_WHOLE)
				return true;
			break;
		case REPLY_BROKEN:
			return smtp_wire_lost(client, "4.5.0",
			                      "the server does not speak SMTP: its reply to ",
			                      step->name);
		}
	}
}

bool
smtp_wire_ask(struct smtp_client *client, const struct smtp_step *step, const char *const *parts)
{
	stralloc line = STRALLOC_ZERO;
	size_t len = 2;
	bool ready;

	if (smtp_wire_has_input(client))
		return smtp_wire_lost(client, "4.5.0", "the server spoke unasked before ",
		                      step->name);
	/* Room first: a stralloc that grows leaves its old bytes behind, and AUTH's are secret. */
	for (const char *const *part = parts; *part; part++)
		len += strlen(*part);
	ready = stralloc_ready(&line, len);
	for (; *parts; parts++)
		ready = ready && stralloc_cats(&line, *parts);
	ready = ready && stralloc_cats(&line, "\r\n");
	if (ready)
		smtp_wire_put(client, line.s, line.len, step->timeout_s);
	explicit_bzero(line.s, line.len);
	stralloc_free(&line);
	return ready ? smtp_wire_reply(client, step)
	             : smtp_wire_lost(client, "4.3.0", "no memory for ", step->name);
}
