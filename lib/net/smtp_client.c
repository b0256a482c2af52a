#include "net/smtp_client.h"

#include "net/smtp_wire.h"

#include <skalibs/types.h>

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {                   /* seconds */
       GREETING_S = 300, /* RFC 5321 4.5.3.2.1 */
       COMMAND_S = 300,  /* 4.5.3.2 does not name EHLO and the like: as MAIL, 4.5.3.2.2 */
       QUIT_S = 2,       /* ours: all that matters is done */
};

void
trouble_set(struct trouble *trouble, int code, const char *enhanced, const char *text)
{
	trouble->fate = fate_of_code(code);
	trouble->code = code;
	strncpy(trouble->enhanced, enhanced, sizeof trouble->enhanced - 1);
	trouble->enhanced[sizeof trouble->enhanced - 1] = 0;
	strncpy(trouble->text, text, sizeof trouble->text - 1);
	trouble->text[sizeof trouble->text - 1] = 0;
}

/* A parameter that is a number; one that cannot be read, or is too large to matter, is no limit. */
static uint64_t
limit_read(const char *text)
{
	uint64_t limit;

	return uint640_scan(text, &limit) ? limit : 0;
}

/* A parameter of LIMITS, as "MAILMAX=100". RFC 9422 3, 4 */
static void
limit_take(struct smtp_client *client, const char *word)
{
	if (strncasecmp(word, "MAILMAX=", strlen("MAILMAX=")) == 0)
		client->mail_max = limit_read(word + strlen("MAILMAX="));
	else if (strncasecmp(word, "RCPTMAX=", strlen("RCPTMAX=")) == 0)
		client->rcpt_max = limit_read(word + strlen("RCPTMAX="));
}

static void
mechanism_take(struct smtp_client *client, const char *word)
{
	static const struct {
		const char *name;
		unsigned int offer;
	} known[] = {
		{ "PLAIN", OFFER_AUTH_PLAIN },
		{ "LOGIN", OFFER_AUTH_LOGIN },
		{ "SCRAM-SHA-256", OFFER_AUTH_SCRAM },
		{ "XOAUTH2", OFFER_AUTH_XOAUTH2 },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(word, known[i].name) == 0)
			client->offers |= known[i].offer;
}

/* One line of the answer to EHLO: a keyword and its parameters. RFC 5321 4.1.1.1 */
static void
offer_take(struct smtp_client *client, char *line)
{
	static const struct {
		const char *keyword;
		unsigned int offer;
	} known[] = {
		{ "PIPELINING", OFFER_PIPELINING },
		{ "8BITMIME", OFFER_8BITMIME },
		{ "SIZE", OFFER_SIZE },
		{ "SMTPUTF8", OFFER_SMTPUTF8 },
		{ "DSN", OFFER_DSN },
		{ "STARTTLS", OFFER_STARTTLS },
		{ "AUTH", OFFER_AUTH },
		{ "REQUIRETLS", OFFER_REQUIRETLS },
		{ "DELIVERBY", OFFER_DELIVERBY },
		{ "MT-PRIORITY", OFFER_MT_PRIORITY },
		{ "LIMITS", OFFER_LIMITS },
		{ "CHUNKING", OFFER_CHUNKING },
		{ "BINARYMIME", OFFER_BINARYMIME },
		{ "NO-SOLICITING", OFFER_NO_SOLICITING },
	};
	char *rest, *word = strtok_r(line, " ", &rest);
	unsigned int offer = 0;

	for (size_t i = 0; word && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(word, known[i].keyword) == 0)
			offer = known[i].offer;
	client->offers |= offer;
	while (offer && (word = strtok_r(NULL, " ", &rest)) != NULL)
		if (offer == OFFER_SIZE)
			client->size_max = limit_read(word);
		else if (offer == OFFER_DELIVERBY)
			client->by_min_s = limit_read(word);
		else if (offer == OFFER_LIMITS)
			limit_take(client, word);
		else if (offer == OFFER_AUTH)
			mechanism_take(client, word);
}

static const struct smtp_step GREETING = { "the connection", GREETING_S, NULL };
static const struct smtp_step EHLO = { "EHLO", COMMAND_S, offer_take };
static const struct smtp_step LHLO = { "LHLO", COMMAND_S, offer_take };
static const struct smtp_step HELO = { "HELO", COMMAND_S, NULL }; /* offers nothing */
static const struct smtp_step STARTTLS = { "STARTTLS", COMMAND_S, NULL };
static const struct smtp_step QUIT = { "QUIT", QUIT_S, NULL };

void
smtp_client_begin(struct smtp_client *client, int fd, const char *host, bool lmtp,
                  unsigned int wait_max_s)
{
	memset(client, 0, offsetof(struct smtp_client, in));
	client->fd = fd;
	client->host = host;
	client->tls = "-";
	client->lmtp = lmtp;
	client->wait_max_s = wait_max_s;
	client->usable = true;
}

bool
smtp_client_greeting(struct smtp_client *client)
{
	if (!smtp_wire_reply(client, &GREETING))
		return false;
	return reply_class(&client->reply) == 2 || smtp_wire_refused(client, &GREETING);
}

bool
smtp_client_hello(struct smtp_client *client, const char *name)
{
	const struct smtp_step *step = client->lmtp ? &LHLO : &EHLO;

	client->offers = 0;
	client->size_max = client->by_min_s = client->mail_max = client->rcpt_max = 0;
	if (!SMTP_WIRE_ASK(client, step, step->name, " ", name))
		return false;
	if (reply_class(&client->reply) == 5 && !client->lmtp) {
		client->offers = 0; /* to HELO nothing is offered */
		client->size_max = client->by_min_s = 0;
		step = &HELO;
		if (!SMTP_WIRE_ASK(client, step, step->name, " ", name))
			return false;
	}
	return reply_class(&client->reply) == 2 || smtp_wire_refused(client, step);
}

bool
smtp_client_starttls(struct smtp_client *client)
{
	if (!SMTP_WIRE_ASK(client, &STARTTLS, "STARTTLS"))
		return false;
	if (reply_class(&client->reply) != 2)
		return smtp_wire_refused(client, &STARTTLS);
	if (smtp_wire_has_input(client))
		return smtp_wire_lost(client, "4.7.0", "the server spoke in the clear behind ",
		                      STARTTLS.name);
	return true;
}

void
smtp_client_secured(struct smtp_client *client, int fd, const char *tls, bool verified)
{
	close(client->fd);
	client->fd = fd;
	client->tls = tls;
	client->tls_verified = verified;
	client->in_at = client->in_len = 0;
	client->offers = 0;
}

bool
smtp_client_takes_more(const struct smtp_client *client)
{
	return client->fd >= 0 && client->usable
	       && (!client->mail_max || client->mails < client->mail_max);
}

void
smtp_client_quit(struct smtp_client *client)
{
	if (client->fd < 0)
		return;
	if (client->usable)
		SMTP_WIRE_ASK(client, &QUIT, "QUIT");
	close(client->fd);
	client->fd = -1;
}
