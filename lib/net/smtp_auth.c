#include "net/smtp_client.h"

#include "mail/base64.h"
#include "mail/scram_client.h"

#include <skalibs/random.h>
#include <skalibs/stralloc.h>

#include <stddef.h>
#include <string.h>

enum { AUTH_S = 300 }; /* RFC 5321 4.5.3.2 does not name it: as MAIL, 4.5.3.2.2 */

static const struct smtp_step AUTH = { .name = "AUTH", .timeout_s = AUTH_S };

static void
wipe(stralloc *secret)
{
	if (secret->s)
		explicit_bzero(secret->s, secret->a);
	stralloc_free(secret);
}

/* One line of the exchange: what precedes it, and the message in base64. false: the session is over. */
static bool
say(struct smtp_client *client, const char *verb, const char *message, size_t len)
{
	stralloc text = STRALLOC_ZERO;
	/* Room first: a stralloc that grows leaves its old bytes behind. */
	bool ready = stralloc_ready(&text, len / 3 * 4 + 8) && base64_encode(&text, message, len)
	             && stralloc_0(&text);

	ready = ready ? SMTP_WIRE_ASK(&client->wire, &AUTH, verb, text.s)
	              : smtp_wire_lost(&client->wire, "4.3.0", "no memory for ", AUTH.name);
	wipe(&text);
	return ready;
}

/* The server's message in a 334 reply, appended to out. */
static bool
hear(struct smtp_client *client, stralloc *out)
{
	const char *line = client->wire.reply.line;

	return client->wire.reply.code == 334 && base64_decode(out, line, strlen(line));
}

/* RFC 4616 */
static bool
plain(struct smtp_client *client, const struct smtp_credentials *who)
{
	size_t login_len = strlen(who->login), password_len = strlen(who->password);
	stralloc message = STRALLOC_ZERO;
	bool said = stralloc_ready(&message, login_len + password_len + 2) && stralloc_0(&message)
	            && stralloc_catb(&message, who->login, login_len + 1)
	            && stralloc_catb(&message, who->password, password_len)
	            && say(client, "AUTH PLAIN ", message.s, message.len);

	wipe(&message);
	return said;
}

/* What no RFC has, and all do: draft-murchison-sasl-login. */
static bool
login(struct smtp_client *client, const struct smtp_credentials *who)
{
	return SMTP_WIRE_ASK(&client->wire, &AUTH, "AUTH LOGIN")
	       && (client->wire.reply.code != 334
	           || (say(client, "", who->login, strlen(who->login))
	               && (client->wire.reply.code != 334
	                   || say(client, "", who->password, strlen(who->password)))));
}

/* As Google and Microsoft document it. A refusal is a 334 with reasons, and wants an empty line. */
static bool
xoauth2(struct smtp_client *client, const struct smtp_credentials *who)
{
	stralloc message = STRALLOC_ZERO;
	bool said = stralloc_ready(&message, strlen(who->login) + strlen(who->password) + 32)
	            && stralloc_cats(&message, "user=") && stralloc_cats(&message, who->login)
	            && stralloc_cats(&message, "\1auth=Bearer ")
	            && stralloc_cats(&message, who->password) && stralloc_cats(&message, "\1\1")
	            && say(client, "AUTH XOAUTH2 ", message.s, message.len)
	            && (client->wire.reply.code != 334 || SMTP_WIRE_ASK(&client->wire, &AUTH, ""));

	wipe(&message);
	return said;
}

/* Whoever breaks this exchange gets the password in no other one. */
static bool
nonsense(struct smtp_client *client)
{
	return smtp_wire_lost(&client->wire, "4.7.0",
	                      "the server does not prove that it knows our password in ",
	                      AUTH.name);
}

/* RFC 5802, RFC 7677; false: the session is over. The server's proof may come with 235, or before. */
static bool
scram_talk(struct smtp_client *client, const struct smtp_credentials *who,
           struct scram_client *scram, stralloc *ours, stralloc *theirs)
{
	char nonce[SCRAM_CLIENT_NONCE_BYTES];

	random_buf(nonce, sizeof nonce);
	if (!scram_client_first(scram, who->login, nonce, ours))
		return smtp_wire_lost(&client->wire, "4.3.0", "no memory for ", AUTH.name);
	if (!say(client, "AUTH SCRAM-SHA-256 ", ours->s, ours->len))
		return false;
	if (reply_class(&client->wire.reply) > 3)
		return true;
	ours->len = 0;
	if (!hear(client, theirs)
	    || !scram_client_final(scram, who->password, theirs->s, theirs->len, ours))
		return nonsense(client);
	if (!say(client, "", ours->s, ours->len))
		return false;
	theirs->len = 0;
	if (reply_class(&client->wire.reply) == 3)
		return hear(client, theirs) && scram_client_check(scram, theirs->s, theirs->len)
		           ? SMTP_WIRE_ASK(&client->wire, &AUTH, "")
		           : nonsense(client);
	if (reply_class(&client->wire.reply) == 2
	    && (!base64_decode(theirs, client->wire.reply.line, strlen(client->wire.reply.line))
	        || !scram_client_check(scram, theirs->s, theirs->len)))
		return nonsense(client);
	return true;
}

static bool
scram_sha_256(struct smtp_client *client, const struct smtp_credentials *who)
{
	struct scram_client scram = { .first = STRALLOC_ZERO };
	stralloc ours = STRALLOC_ZERO, theirs = STRALLOC_ZERO;
	bool said = scram_talk(client, who, &scram, &ours, &theirs);

	scram_client_free(&scram);
	wipe(&ours);
	wipe(&theirs);
	return said;
}

/* The best first. false: the session is over. */
static const struct mechanism {
	enum smtp_offer offer;
	bool takes_token;
	bool (*run)(struct smtp_client *client, const struct smtp_credentials *who);
} mechanisms[] = {
	{ OFFER_AUTH_XOAUTH2, true, xoauth2 },
	{ OFFER_AUTH_SCRAM, false, scram_sha_256 },
	{ OFFER_AUTH_PLAIN, false, plain },
	{ OFFER_AUTH_LOGIN, false, login },
};

static void
refused(struct smtp_client *client)
{
	smtp_wire_refused(&client->wire, &AUTH);
	if (client->wire.trouble.fate == FATE_NEVER) {
		client->wire.trouble.fate = FATE_LATER;
		client->wire.trouble.code = 454;
		client->wire.trouble.enhanced[0] = '4';
	}
}

bool
smtp_client_auth(struct smtp_client *client, const struct smtp_credentials *who)
{
	trouble_set(&client->wire.trouble, 454, "4.7.0", "the server offers no AUTH that we know");
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		const struct mechanism *mechanism = &mechanisms[i];

		if (!(client->offers & mechanism->offer) || mechanism->takes_token != who->is_token)
			continue;
		if (!mechanism->run(client, who))
			return false;
		client->has_login = reply_class(&client->wire.reply) == 2;
		if (client->has_login)
			return true;
		/* What it keeps may not do for SCRAM; after the others nothing else helps. */
		refused(client);
		if (!client->wire.usable || mechanism->run != scram_sha_256)
			return false;
	}
	return false;
}
