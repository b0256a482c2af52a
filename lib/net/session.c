#include "net/session.h"

#include "base/die.h"

#include <stdio.h>
#include <unistd.h>

void
session_start(struct session *s, const struct speaker_settings *settings, int channel,
              struct dialogue *client)
{
	*s = (struct session){ .settings = settings,
		               .channel = { .fd = channel },
		               .client = client,
		               .tls = settings->tls,
		               .certificate = settings->certificate,
		               .policy = -1 };
}

void
session_end(struct session *s)
{
	session_clear(s);
	stralloc_free(&s->sender);
	stralloc_free(&s->facts);
	stralloc_free(&s->rcpts);
	if (s->policy >= 0)
		close(s->policy);
}

bool
session_say(struct session *s, const char *reply)
{
	char line[REPLY_MAX + 1];
	size_t len = 0;

	/* What is wrong counts, so that nobody can go on guessing for ever. */
	if (reply[0] == '5')
		s->bad_commands++;
	for (; len < REPLY_MAX && reply[len]; len++)
		line[len] = reply[len] < ' ' || reply[len] > '~' ? '?' : reply[len];
	line[len] = 0;
	return dialogue_put(s->client, line);
}

void
session_say_text(struct session *s, const char *code, const char *text, const char *more)
{
	char reply[REPLY_MAX + 1];

	snprintf(reply, sizeof reply, "%s %s%s", code, text, more);
	session_say(s, reply);
}

void
session_hang_up(struct session *s, const char *reply)
{
	session_say(s, reply);
	log_event("hung-up", "reply", reply, NULL);
	s->ended = true;
}

void
session_no_memory(struct session *s)
{
	session_clear(s);
	session_hang_up(s, "421 4.3.0 out of memory, try again later");
}

void
session_clear(struct session *s)
{
	if (s->intake.is_open)
		chain_close(&s->intake.chain); /* never sealed: it is dropped */
	s->intake.is_open = false;
	s->mail = s->utf8 = s->binary = s->spoilt = false;
	s->has_deadline = s->priority_lowered = false;
	s->hold_until_s = 0;
	s->recipients = 0;
	s->sender.len = s->facts.len = s->rcpts.len = 0;
}

void
session_forget(struct session *s)
{
	session_clear(s);
	s->greeted = s->extended = false;
	s->helo[0] = 0;
}
