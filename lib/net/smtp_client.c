#include "net/smtp_client.h"

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
offer_take(void *session, char *line)
{
	struct smtp_client *client = session;
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

static const struct smtp_step GREETING = { .name = "the connection", .timeout_s = GREETING_S };
static const struct smtp_step HELO = { .name = "HELO",
	                               .timeout_s = COMMAND_S }; /* offers nothing */
static const struct smtp_step STARTTLS = { .name = "STARTTLS", .timeout_s = COMMAND_S };
static const struct smtp_step QUIT = { .name = "QUIT", .timeout_s = QUIT_S };

void
smtp_client_begin(struct smtp_client *client, int fd, const char *host, bool lmtp,
                  unsigned int wait_max_s)
{
	memset(client, 0, offsetof(struct smtp_client, wire));
	smtp_wire_begin(&client->wire, fd, wait_max_s);
	client->host = host;
	client->tls = "-";
	client->lmtp = lmtp;
}

bool
smtp_client_greeting(struct smtp_client *client)
{
	if (!smtp_wire_reply(&client->wire, &GREETING))
		return false;
	return reply_class(&client->wire.reply) == 2 || smtp_wire_refused(&client->wire, &GREETING);
}

bool
smtp_client_hello(struct smtp_client *client, const char *name)
{
	const struct smtp_step hello = { .name = client->lmtp ? "LHLO" : "EHLO",
		                         .timeout_s = COMMAND_S,
		                         .take_line = offer_take,
		                         .taker = client };
	const struct smtp_step *step = &hello;

	client->offers = 0;
	client->size_max = client->by_min_s = client->mail_max = client->rcpt_max = 0;
	if (!SMTP_WIRE_ASK(&client->wire, step, step->name, " ", name))
		return false;
	if (reply_class(&client->wire.reply) == 5 && !client->lmtp) {
		client->offers = 0; /* to HELO nothing is offered */
		client->size_max = client->by_min_s = 0;
		step = &HELO;
		if (!SMTP_WIRE_ASK(&client->wire, step, step->name, " ", name))
			return false;
	}
	return reply_class(&client->wire.reply) == 2 || smtp_wire_refused(&client->wire, step);
}

bool
smtp_client_starttls(struct smtp_client *client)
{
	if (!SMTP_WIRE_ASK(&client->wire, &STARTTLS, "STARTTLS"))
		return false;
	if (reply_class(&client->wire.reply) != 2)
		return smtp_wire_refused(&client->wire, &STARTTLS);
	if (smtp_wire_has_input(&client->wire))
		return smtp_wire_lost(&client->wire, "4.7.0",
		                      "the server spoke in the clear behind ", STARTTLS.name);
	return true;
}

void
smtp_client_secured(struct smtp_client *client, int fd, const char *tls, bool verified)
{
	smtp_wire_move(&client->wire, fd);
	client->tls = tls;
	client->tls_verified = verified;
	client->offers = 0;
}

bool
smtp_client_takes_more(const struct smtp_client *client)
{
	return client->wire.fd >= 0 && client->wire.usable
	       && (!client->mail_max || client->mails < client->mail_max);
}

void
smtp_client_quit(struct smtp_client *client)
{
	if (client->wire.fd < 0)
		return;
	if (client->wire.usable)
		SMTP_WIRE_ASK(&client->wire, &QUIT, "QUIT");
	close(client->wire.fd);
	client->wire.fd = -1;
}
