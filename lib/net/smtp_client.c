#include "net/smtp_client.h"

#include "base/clock.h"
#include "mail/base64.h"
#include "mail/dot_stuff.h"
#include "net/read_until.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {                   /* seconds; RFC 5321 */
       GREETING_S = 300, /* 4.5.3.2.1 */
       MAIL_S = 300,     /* 4.5.3.2.2; EHLO, AUTH and the like, which it does not name, too */
       RCPT_S = 300,     /* 4.5.3.2.3 */
       DATA_S = 120,     /* 4.5.3.2.4 */
       BLOCK_S = 180,    /* 4.5.3.2.5 */
       DATA_END_S = 600, /* 4.5.3.2.6 */
       QUIT_S = 2,       /* ours: all that matters is done */
       LAST_WORDS_S = 5, /* ours: for a reply that explains why our writes fail */
};

enum { BLOCK_BYTES = 32 << 10 };

/* What a reply answers, and how long it may take. */
struct step {
	const char *name;
	unsigned int timeout_s;
};

static const struct step GREETING = { "the connection", GREETING_S };
static const struct step EHLO = { "EHLO", MAIL_S }, LHLO = { "LHLO", MAIL_S },
                         HELO = { "HELO", MAIL_S };
static const struct step STARTTLS = { "STARTTLS", MAIL_S }, AUTH = { "AUTH", MAIL_S };
static const struct step MAIL = { "MAIL", MAIL_S }, RCPT = { "RCPT", RCPT_S },
                         DATA = { "DATA", DATA_S }, EARLY = { "the message", LAST_WORDS_S },
                         DATA_END = { "the end of the message", DATA_END_S };
static const struct step RSET = { "RSET", MAIL_S }, QUIT = { "QUIT", QUIT_S };

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

/* The session is over, and by no decision of the server's. */
static bool
lost(struct smtp_client *client, const char *enhanced, const char *what, const char *step)
{
	char text[REPLY_TEXT_KEPT];

	strcpy(text, what); /* both are ours and short */
	strcat(text, step);
	trouble_set(&client->trouble, 451, enhanced, text);
	client->usable = false;
	client->refused = NULL;
	return false;
}

/* The server's own words are why. A reply of a wrong class is as bad as none. */
static bool
refused(struct smtp_client *client, const struct step *step)
{
	const struct reply *reply = &client->reply;

	if (reply_class(reply) < 4)
		return lost(client, "4.5.0", "the server is out of step: an unfit reply to ",
		            step->name);
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

static bool
has_input(const struct smtp_client *client)
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

/*
 * Writes all of it, and keeps reading meanwhile what the server says, so that it never waits for us
 * while we wait for it. After a failure the server may have said why: read on.
 */
static bool
put(struct smtp_client *client, const char *bytes, size_t len, unsigned int timeout_s)
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

static void offer_take(struct smtp_client *client, char *line);

/* The reply to a command. A false leaves the session unusable. */
static bool
reply_read(struct smtp_client *client, const struct step *step)
{
	int64_t deadline_ms = deadline_in(client, client->usable ? step->timeout_s : LAST_WORDS_S);
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
				return lost(client, "4.4.2", "no reply in time to ", step->name);
			return lost(client, "4.4.2", "connection lost before the reply to ",
			            step->name);
		case REPLY_LINE:
		case REPLY_WHOLE:
			if ((step == &EHLO || step == &LHLO) && !first)
				offer_take(client, client->reply.line);
			first = false;
			if (state == REPLY_WHOLE)
				return true;
			break;
		case REPLY_BROKEN:
			return lost(client, "4.5.0",
			            "the server does not speak SMTP: its reply to ", step->name);
		}
	}
}

/* One command, parts ended by NULL, and its reply. */
static bool
ask(struct smtp_client *client, const struct step *step, const char *const *parts)
{
	stralloc line = STRALLOC_ZERO;
	bool ready = true;

	if (has_input(client))
		return lost(client, "4.5.0", "the server spoke unasked before ", step->name);
	for (; *parts; parts++)
		ready = ready && stralloc_cats(&line, *parts);
	ready = ready && stralloc_cats(&line, "\r\n");
	if (ready)
		put(client, line.s, line.len, step->timeout_s);
	explicit_bzero(line.s, line.len); /* AUTH's */
	stralloc_free(&line);
	return ready ? reply_read(client, step)
	             : lost(client, "4.3.0", "no memory for ", step->name);
}

#define ASK(client, step, ...) ask(client, step, (const char *const[]){ __VA_ARGS__, NULL })

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
	if (!reply_read(client, &GREETING))
		return false;
	return reply_class(&client->reply) == 2 || refused(client, &GREETING);
}

/* A parameter of SIZE; one that cannot be read, or is too large to matter, is no limit. */
static uint64_t
size_read(const char *text)
{
	uint64_t size;

	return uint640_scan(text, &size) ? size : 0;
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
	};
	char *rest, *word = strtok_r(line, " ", &rest);
	unsigned int offer = 0;

	for (size_t i = 0; word && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(word, known[i].keyword) == 0)
			offer = known[i].offer;
	client->offers |= offer;
	while (offer && (word = strtok_r(NULL, " ", &rest)) != NULL)
		if (offer == OFFER_SIZE)
			client->size_max = size_read(word);
		else if (offer == OFFER_AUTH && strcasecmp(word, "PLAIN") == 0)
			client->offers |= OFFER_AUTH_PLAIN;
}

bool
smtp_client_hello(struct smtp_client *client, const char *name)
{
	const struct step *step = client->lmtp ? &LHLO : &EHLO;

	client->offers = 0;
	client->size_max = 0;
	if (!ASK(client, step, step->name, " ", name))
		return false;
	if (reply_class(&client->reply) == 5 && !client->lmtp) {
		client->offers = 0; /* to HELO nothing is offered */
		client->size_max = 0;
		step = &HELO;
		if (!ASK(client, step, step->name, " ", name))
			return false;
	}
	return reply_class(&client->reply) == 2 || refused(client, step);
}

bool
smtp_client_starttls(struct smtp_client *client)
{
	if (!ASK(client, &STARTTLS, "STARTTLS"))
		return false;
	if (reply_class(&client->reply) != 2)
		return refused(client, &STARTTLS);
	if (has_input(client))
		return lost(client, "4.7.0", "the server spoke in the clear behind ",
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
smtp_client_auth(struct smtp_client *client, const char *login, const char *password)
{
	size_t login_len = strlen(login), password_len = strlen(password);
	stralloc plain = STRALLOC_ZERO, text = STRALLOC_ZERO;
	bool answered;

	if (!(client->offers & OFFER_AUTH_PLAIN)) {
		trouble_set(&client->trouble, 454, "4.7.0", "the server does not offer AUTH PLAIN");
		return false;
	}
	/* Room first: a stralloc that grows leaves its old bytes behind. RFC 4616 2 */
	answered = stralloc_ready(&plain, login_len + password_len + 2) && stralloc_0(&plain)
	           && stralloc_catb(&plain, login, login_len + 1)
	           && stralloc_catb(&plain, password, password_len)
	           && base64_encode(&text, plain.s, plain.len) && stralloc_0(&text)
	           && ASK(client, &AUTH, "AUTH PLAIN ", text.s);
	explicit_bzero(plain.s, plain.len);
	explicit_bzero(text.s, text.len);
	stralloc_free(&plain);
	stralloc_free(&text);
	if (!answered)
		return false;
	if (reply_class(&client->reply) == 2)
		return true;
	refused(client, &AUTH);
	if (client->trouble.fate == FATE_NEVER) {
		client->trouble.fate = FATE_LATER;
		client->trouble.code = 454;
		client->trouble.enhanced[0] = '4';
	}
	return false;
}

static void
decide(struct smtp_client *client, const struct smtp_mail *mail, struct smtp_recipient *recipient,
       const struct trouble *why)
{
	struct outcome outcome = { .fate = why->fate,
		                   .recipient = recipient->number,
		                   .code = why->code,
		                   .enhanced = why->enhanced,
		                   .host = client->host,
		                   .tls = client->tls,
		                   .text = why->text };

	recipient->fate = why->fate;
	recipient->accepted = false;
	mail->report(recipient, &outcome);
}

/* The last reply is this recipient's fate. */
static void
decide_by_reply(struct smtp_client *client, const struct smtp_mail *mail,
                struct smtp_recipient *recipient, const struct step *step)
{
	const struct reply *reply = &client->reply;
	struct trouble why;

	if (reply_class(reply) == 3) {
		refused(client, step);
		why = client->trouble;
	} else {
		trouble_set(&why, reply->code, reply->enhanced, reply->text);
	}
	decide(client, mail, recipient, &why);
}

/* One transaction under way. */
struct batch {
	struct smtp_recipient *recipients[SMTP_RECIPIENTS_MAX];
	size_t count, accepted;
	bool mail_refused;
};

static void
decide_accepted(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch,
                const struct trouble *why, const struct step *step)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->recipients[i]->accepted && why)
			decide(client, mail, batch->recipients[i], why);
		else if (batch->recipients[i]->accepted)
			decide_by_reply(client, mail, batch->recipients[i], step);
}

static bool
add(stralloc *out, const char *text, const char *value)
{
	return stralloc_cats(out, text) && stralloc_cats(out, value);
}

static bool
mail_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail)
{
	const struct content *content = &mail->message->content;
	char size[UINT64_FMT];

	/* With the CRLF that is added where it lacks, without the dots: RFC 1870 5. */
	size[uint64_fmt(size, content->bytes + (content->lacks_last_crlf ? 2 : 0))] = 0;
	if (!add(out, "MAIL FROM:<", mail->sender) || !stralloc_cats(out, ">"))
		return false;
	if (client->offers & OFFER_SIZE && !add(out, " SIZE=", size))
		return false;
	if (client->offers & OFFER_8BITMIME && (mail->declared_8bit || content->has_8bit)
	    && !stralloc_cats(out, " BODY=8BITMIME"))
		return false;
	if (mail->needs_utf8 && !stralloc_cats(out, " SMTPUTF8"))
		return false;
	if (mail->needs_tls && !stralloc_cats(out, " REQUIRETLS"))
		return false;
	if (client->offers & OFFER_DSN
	    && ((mail->ret && !add(out, " RET=", mail->ret))
	        || (mail->envid && !add(out, " ENVID=", mail->envid))))
		return false;
	return stralloc_cats(out, "\r\n");
}

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return false;
	return true;
}

static bool
rcpt_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail,
         const struct smtp_recipient *recipient)
{
	/* Raw UTF-8 in ORCPT is for SMTPUTF8 only: RFC 6533 3. */
	bool has_orcpt = recipient->orcpt && (mail->needs_utf8 || is_ascii(recipient->orcpt));

	if (!add(out, "RCPT TO:<", recipient->address) || !stralloc_cats(out, ">"))
		return false;
	if (client->offers & OFFER_DSN
	    && ((recipient->notify && !add(out, " NOTIFY=", recipient->notify))
	        || (has_orcpt && !add(out, " ORCPT=", recipient->orcpt))))
		return false;
	return stralloc_cats(out, "\r\n");
}

/* The command of this place in the transaction: MAIL, the RCPTs, DATA. */
static bool
command_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail,
            const struct batch *batch, size_t place)
{
	if (place == 0)
		return mail_add(out, client, mail);
	if (place <= batch->count)
		return rcpt_add(out, client, mail, batch->recipients[place - 1]);
	return stralloc_cats(out, "DATA\r\n");
}

/*
 * "Too many recipients", and not "this mailbox is full", which shares the code. Old servers say 552
 * and mean 452: RFC 5321 4.5.3.1.10.
 */
static bool
is_too_many(const struct reply *reply)
{
	return (reply->code == 452 || reply->code == 552)
	       && (!reply->has_enhanced || strcmp(reply->enhanced + 1, ".5.3") == 0);
}

static void
rcpt_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch,
              struct smtp_recipient *recipient)
{
	struct trouble why;

	if (batch->mail_refused)
		return;
	if (reply_class(&client->reply) == 2) {
		recipient->accepted = true;
		batch->accepted++;
		return;
	}
	if (!is_too_many(&client->reply)) {
		decide_by_reply(client, mail, recipient, &RCPT);
		return;
	}
	if (batch->accepted)
		return; /* it stays undecided: the next transaction is for it */
	trouble_set(&why, 452, "4.5.3", client->reply.text);
	decide(client, mail, recipient, &why);
}

static void
mail_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	batch->mail_refused = reply_class(&client->reply) != 2;
	for (size_t i = 0; batch->mail_refused && i < batch->count; i++)
		decide_by_reply(client, mail, batch->recipients[i], &MAIL);
}

enum put_result {
	PUT_WHOLE,
	PUT_CUT,  /* the server does not want the rest; its words may be there */
	PUT_LOST, /* we cannot go on; trouble is set */
};

/* A reply that is there while the message is still being sent. */
static bool
spoke_early(struct smtp_client *client)
{
	if (!has_input(client))
		fill(client, 0);
	return has_input(client);
}

static enum put_result
message_put(struct smtp_client *client, const struct smtp_mail *mail)
{
	static char block[BLOCK_BYTES], stuffed[2 * BLOCK_BYTES + DOT_STUFF_END_MAX];
	struct dot_stuff state = { 0 };
	uint64_t at = 0;

	do {
		ssize_t n = outgoing_read(mail->message, at, block, sizeof block);
		size_t len;

		if (n < 0) {
			lost(client, "4.3.0", "our copy of the message cannot be read", "");
			return PUT_LOST;
		}
		at += (uint64_t)n;
		if (!dot_stuff(&state, block, (size_t)n, stuffed, &len)) {
			lost(client, "4.6.0", "our copy of the message has a bare CR or LF", "");
			return PUT_LOST;
		}
		if (at == mail->message->content.bytes)
			len += dot_stuff_end(&state, stuffed + len);
		/* A "250" from before the end is no promise for what it has not seen. */
		if (spoke_early(client) || !put(client, stuffed, len, BLOCK_S))
			return PUT_CUT;
	} while (at < mail->message->content.bytes);
	return PUT_WHOLE;
}

/* The server spoke, or went, before the message had ended. Nothing has been delivered. */
static bool
message_cut(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	client->usable = false; /* and the missing end tells it so */
	if (!reply_read(client, &EARLY))
		return false;
	if (reply_class(&client->reply) < 4 || client->reply.code == 421)
		return refused(client, &EARLY);
	decide_accepted(client, mail, batch, NULL, &EARLY);
	refused(client, &EARLY);
	client->usable = false;
	return false;
}

/* The replies to the end of the message: one, or by LMTP one for each recipient. RFC 2033 4.2 */
static bool
message_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	bool read = false;

	for (size_t i = 0; i < batch->count; i++) {
		struct smtp_recipient *recipient = batch->recipients[i];

		if (!recipient->accepted)
			continue;
		if ((!read || client->lmtp) && !reply_read(client, &DATA_END)) {
			/* It may have been delivered: another host would deliver it again. */
			decide_accepted(client, mail, batch, &client->trouble, NULL);
			return false;
		}
		read = true;
		decide_by_reply(client, mail, recipient, &DATA_END);
	}
	client->needs_reset = false;
	return client->usable && (client->reply.code != 421 || refused(client, &DATA_END));
}

static bool
data_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	client->needs_reset = true;
	switch (reply_class(&client->reply)) {
	case 2: return refused(client, &DATA);
	case 3: break;
	default: decide_accepted(client, mail, batch, NULL, &DATA); return true;
	}
	if (!batch->accepted) { /* RFC 2920 3.1: an empty message, which goes to nobody */
		put(client, ".\r\n", 3, BLOCK_S);
		client->needs_reset = false;
		return reply_read(client, &DATA_END);
	}
	switch (message_put(client, mail)) {
	case PUT_WHOLE: return message_answered(client, mail, batch);
	case PUT_CUT: return message_cut(client, mail, batch);
	default: return false;
	}
}

/* The commands from this place on, in one write: all of them, or one. */
static bool
commands_put(struct smtp_client *client, const struct smtp_mail *mail, const struct batch *batch,
             size_t place, size_t count, const struct step *step)
{
	stralloc out = STRALLOC_ZERO;
	bool ready = true;

	if (has_input(client))
		return lost(client, "4.5.0", "the server spoke unasked before ", step->name);
	while (ready && count--)
		ready = command_add(&out, client, mail, batch, place++);
	if (ready)
		put(client, out.s, out.len, step->timeout_s);
	stralloc_free(&out);
	return ready || lost(client, "4.3.0", "no memory for ", step->name);
}

/* The reply to the command of this place; false: the session is over. */
static bool
command_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch,
                 size_t place, const struct step *step)
{
	if (!reply_read(client, step))
		return false;
	if (client->reply.code == 421)
		return refused(client, step);
	if (step == &DATA)
		return data_answered(client, mail, batch);
	if (step == &MAIL)
		mail_answered(client, mail, batch);
	else
		rcpt_answered(client, mail, batch, batch->recipients[place - 1]);
	return true;
}

/* MAIL, RCPT and DATA in one go where the server takes it so (RFC 2920), else one by one. */
static bool
transaction(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	bool pipelining = client->offers & OFFER_PIPELINING;
	size_t places = batch->count + 2;

	if (pipelining && !commands_put(client, mail, batch, 0, places, &MAIL))
		return false;
	for (size_t place = 0; place < places; place++) {
		const struct step *step = place == 0 ? &MAIL : place < places - 1 ? &RCPT : &DATA;

		if (!pipelining) {
			if (batch->mail_refused || (step == &DATA && !batch->accepted)) {
				client->needs_reset = true;
				break;
			}
			if (!commands_put(client, mail, batch, place, 1, step))
				return false;
		}
		if (!command_answered(client, mail, batch, place, step))
			return false;
	}
	return client->usable;
}

/* What this server would have to offer for this message to be sent at all. */
static bool
can_take(struct smtp_client *client, const struct smtp_mail *mail)
{
	const struct content *content = &mail->message->content;
	struct trouble *trouble = &client->trouble;

	client->refused = NULL;
	if (client->size_max && content->bytes > client->size_max)
		trouble_set(trouble, 552, "5.3.4", "the message is larger than the server takes");
	else if (content->has_8bit && !(client->offers & OFFER_8BITMIME))
		trouble_set(trouble, 554, "5.6.3",
		            "the message has 8-bit bytes, which the server does not take");
	else if (mail->needs_utf8 && !(client->offers & OFFER_SMTPUTF8))
		trouble_set(
		    trouble, 553, "5.6.7",
		    "an address or the header is not ASCII, which the server does not take");
	else if (mail->needs_tls && (!(client->offers & OFFER_REQUIRETLS) || !client->tls_verified))
		trouble_set(trouble, 550, "5.7.30",
		            "the server cannot promise the TLS that REQUIRETLS asks for");
	else
		return true;
	return false;
}

static size_t
batch_fill(struct batch *batch, const struct smtp_mail *mail)
{
	*batch = (struct batch){ .count = 0 };
	for (size_t i = 0; i < mail->count && batch->count < SMTP_RECIPIENTS_MAX; i++)
		if (mail->recipients[i].chosen && mail->recipients[i].fate == FATE_NONE) {
			mail->recipients[i].accepted = false;
			batch->recipients[batch->count++] = &mail->recipients[i];
		}
	return batch->count;
}

bool
smtp_client_send(struct smtp_client *client, const struct smtp_mail *mail)
{
	struct batch batch;

	if (!can_take(client, mail))
		return false;
	while (batch_fill(&batch, mail)) {
		if (client->needs_reset && !ASK(client, &RSET, "RSET"))
			return false;
		if (!transaction(client, mail, &batch))
			return false;
	}
	return true;
}

void
smtp_client_quit(struct smtp_client *client)
{
	if (client->fd < 0)
		return;
	if (client->usable)
		ASK(client, &QUIT, "QUIT");
	close(client->fd);
	client->fd = -1;
}
