#include "net/extension.h"

#include "mail/timing.h"
#include "net/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

unsigned int
extension_offered(const struct session *s)
{
	const struct speaker_settings *settings = s->settings;
	unsigned int offered = EXTENSION_PIPELINING | EXTENSION_SIZE | EXTENSION_8BITMIME
	                       | EXTENSION_CHUNKING | EXTENSION_SMTPUTF8 | EXTENSION_DSN
	                       | EXTENSION_DELIVERBY | EXTENSION_MT_PRIORITY | EXTENSION_LIMITS
	                       | EXTENSION_ENHANCED;

	if (settings->binary)
		offered |= EXTENSION_BINARYMIME;
	if (settings->starttls && !s->tls)
		offered |= EXTENSION_STARTTLS;
	if (settings->mechanisms && s->tls)
		offered |= EXTENSION_AUTH;
	if (s->tls)
		offered |= EXTENSION_REQUIRETLS;
	if (settings->mechanisms && settings->hold_max_s)
		offered |= EXTENSION_FUTURERELEASE;
	if (settings->unwelcome)
		offered |= EXTENSION_NO_SOLICITING;
	return offered;
}

/* What stands behind a keyword. */

static void
tell_size(const struct session *s, char *text, size_t size)
{
	snprintf(text, size, " %llu", (unsigned long long)s->settings->size_max);
}

static void
tell_mechanisms(const struct session *s, char *text, size_t size)
{
	const char *word = s->settings->mechanisms;
	size_t at = 0;

	text[0] = 0;
	for (word += strspn(word, " "); *word; word += strspn(word, " ")) {
		int len = (int)strcspn(word, " ");

		/* EXTERNAL is for who has shown a certificate: RFC 4422 appendix A. */
		if (s->certificate || len != 8 || memcmp(word, "EXTERNAL", 8) != 0)
			at += (size_t)snprintf(text + at, size - at, " %.*s", len, word);
		if (at >= size)
			return;
		word += len;
	}
}

static void
tell_hold(const struct session *s, char *text, size_t size)
{
	char stamp[TIMING_STAMP_LEN + 1];

	timing_stamp(stamp, time(NULL) + s->settings->hold_max_s);
	snprintf(text, size, " %u %s", s->settings->hold_max_s, stamp);
}

static void
tell_limits(const struct session *s, char *text, size_t size)
{
	snprintf(text, size, " RCPTMAX=%u", s->settings->recipients_max);
}

static void
tell_unwelcome(const struct session *s, char *text, size_t size)
{
	const char *unwelcome = s->settings->unwelcome;

	snprintf(text, size, *unwelcome ? " %s" : "%s", unwelcome);
}

static const struct {
	unsigned int extension;
	const char *keyword;
	void (*tell)(const struct session *, char *text, size_t size);
} keywords[] = {
	{ EXTENSION_PIPELINING, "PIPELINING", NULL },
	{ EXTENSION_SIZE, "SIZE", tell_size },
	{ EXTENSION_STARTTLS, "STARTTLS", NULL },
	{ EXTENSION_AUTH, "AUTH", tell_mechanisms },
	{ EXTENSION_8BITMIME, "8BITMIME", NULL },
	{ EXTENSION_CHUNKING, "CHUNKING", NULL },
	{ EXTENSION_BINARYMIME, "BINARYMIME", NULL },
	{ EXTENSION_SMTPUTF8, "SMTPUTF8", NULL },
	{ EXTENSION_DSN, "DSN", NULL },
	{ EXTENSION_REQUIRETLS, "REQUIRETLS", NULL },
	{ EXTENSION_FUTURERELEASE, "FUTURERELEASE", tell_hold },
	{ EXTENSION_DELIVERBY, "DELIVERBY", NULL },
	{ EXTENSION_MT_PRIORITY, "MT-PRIORITY", NULL },
	{ EXTENSION_LIMITS, "LIMITS", tell_limits },
	{ EXTENSION_NO_SOLICITING, "NO-SOLICITING", tell_unwelcome },
	{ EXTENSION_ENHANCED, "ENHANCEDSTATUSCODES", NULL }, /* always there: it ends the list */
};

void
extension_list(struct session *s)
{
	enum { COUNT = sizeof keywords / sizeof *keywords };
	unsigned int offered = extension_offered(s);
	char line[REPLY_MAX + 1], text[REPLY_MAX / 2];

	snprintf(line, sizeof line, "250-%s", s->settings->server);
	session_say(s, line);
	for (size_t i = 0; i < COUNT; i++) {
		text[0] = 0;
		if (!(offered & keywords[i].extension))
			continue;
		if (keywords[i].tell)
			keywords[i].tell(s, text, sizeof text);
		snprintf(line, sizeof line, "250%c%s%s", i == COUNT - 1 ? ' ' : '-',
		         keywords[i].keyword, text);
		session_say(s, line);
	}
}
