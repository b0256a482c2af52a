#include "net/smtp_client.h"

#include "mail/dot_stuff.h"
#include "mail/utf8.h"

#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <string.h>
#include <strings.h>
#include <time.h>

enum {                   /* seconds; RFC 5321 */
       MAIL_S = 300,     /* 4.5.3.2.2 */
       RCPT_S = 300,     /* 4.5.3.2.3 */
       DATA_S = 120,     /* 4.5.3.2.4 */
       BLOCK_S = 180,    /* 4.5.3.2.5 */
       DATA_END_S = 600, /* 4.5.3.2.6 */
};

enum { BLOCK_BYTES = 32 << 10 };

static const struct smtp_step MAIL = { .name = "MAIL", .timeout_s = MAIL_S };
static const struct smtp_step RCPT = { .name = "RCPT", .timeout_s = RCPT_S };
static const struct smtp_step DATA = { .name = "DATA", .timeout_s = DATA_S };
static const struct smtp_step BDAT = { .name = "BDAT", .timeout_s = DATA_S };
static const struct smtp_step EARLY = { .name = "the message", .timeout_s = SMTP_LAST_WORDS_S };
static const struct smtp_step DATA_END = { .name = "the end of the message",
	                                   .timeout_s = DATA_END_S };
static const struct smtp_step RSET = { .name = "RSET", .timeout_s = MAIL_S };

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

/*
 * The server has taken it, and its sender will hear no more though it wants to: RFC 3461 5.2.2,
 * RFC 2852 4.1.4.
 */
static bool
is_last_word(const struct smtp_client *client, const struct smtp_mail *mail,
             const struct smtp_recipient *recipient)
{
	const char *notify = recipient->notify ? recipient->notify : "";

	if (strcasestr(notify, "SUCCESS") && !(client->offers & OFFER_DSN))
		return true;
	if (!mail->has_deadline || client->lmtp || strcasecmp(notify, "NEVER") == 0)
		return false;
	return mail->by_mode[1] || !(client->offers & OFFER_DELIVERBY);
}

/* The last reply is this recipient's fate. */
static void
decide_by_reply(struct smtp_client *client, const struct smtp_mail *mail,
                struct smtp_recipient *recipient, const struct smtp_step *step)
{
	const struct reply *reply = &client->wire.reply;
	struct trouble why;

	if (reply_class(reply) == 3) {
		smtp_wire_refused(&client->wire, step);
		why = client->wire.trouble;
	} else {
		trouble_set(&why, reply->code, reply->enhanced, reply->text);
		if (why.fate == FATE_DONE && is_last_word(client, mail, recipient))
			strcpy(why.enhanced, "2.1.9");
	}
	decide(client, mail, recipient, &why);
}

_Static_assert(SMTP_RECIPIENTS_MAX + 2 <= SMTP_GROUP_MAX, "all of a transaction goes in one write");

/* One transaction under way. */
struct batch {
	struct smtp_recipient *recipients[SMTP_RECIPIENTS_MAX];
	size_t count, accepted;
	bool mail_refused;
};

static void
decide_accepted(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch,
                const struct trouble *why, const struct smtp_step *step)
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

/* The time that is left; in mode N it may be over. RFC 2852 4.1.4 */
static bool
by_add(stralloc *out, const struct smtp_mail *mail)
{
	enum { MOST_S = 999999999 };
	int64_t left_s = mail->deadline_s - time(NULL);
	char number[UINT64_FMT + 1];

	if (left_s > MOST_S)
		left_s = MOST_S;
	if (left_s < -MOST_S)
		left_s = -MOST_S;
	number[int64_fmt(number, left_s)] = 0;
	return add(out, " BY=", number) && add(out, ";", mail->by_mode);
}

/*
 * Does this message go to this server as it is, whatever bytes it holds? Only what no lines can carry
 * goes by BDAT: RFC 3030 3.
 */
static bool
is_binary(const struct smtp_client *client, const struct smtp_mail *mail)
{
	const unsigned int both = OFFER_CHUNKING | OFFER_BINARYMIME;

	return mail->declared_binary && (client->offers & both) == both;
}

static bool
mail_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail)
{
	const struct content *content = &mail->message->content;
	bool binary = is_binary(client, mail);
	char size[UINT64_FMT];

	/* With the CRLF that is added where it lacks, without the dots: RFC 1870 5. */
	size[uint64_fmt(size, content->bytes + (content->lacks_last_crlf && !binary ? 2 : 0))] = 0;
	if (!add(out, "MAIL FROM:<", mail->sender) || !stralloc_cats(out, ">"))
		return false;
	if (client->offers & OFFER_SIZE && !add(out, " SIZE=", size))
		return false;
	if (binary && !stralloc_cats(out, " BODY=BINARYMIME"))
		return false;
	if (!binary && client->offers & OFFER_8BITMIME && (mail->declared_8bit || content->has_8bit)
	    && !stralloc_cats(out, " BODY=8BITMIME"))
		return false;
	if (mail->needs_utf8 && !stralloc_cats(out, " SMTPUTF8"))
		return false;
	if (mail->needs_tls && client->offers & OFFER_REQUIRETLS
	    && !stralloc_cats(out, " REQUIRETLS"))
		return false;
	if (mail->priority && client->offers & OFFER_MT_PRIORITY
	    && !add(out, " MT-PRIORITY=", mail->priority))
		return false;
	if (mail->solicit && client->offers & OFFER_NO_SOLICITING
	    && !add(out, " SOLICIT=", mail->solicit))
		return false;
	if (mail->has_deadline && client->offers & OFFER_DELIVERBY && !by_add(out, mail))
		return false;
	/* RFC 4954 5: what a client of ours said of this is not ours to vouch for. */
	if (client->has_login && !stralloc_cats(out, " AUTH=<>"))
		return false;
	if (client->offers & OFFER_DSN
	    && ((mail->ret && !add(out, " RET=", mail->ret))
	        || (mail->envid && !add(out, " ENVID=", mail->envid))))
		return false;
	return stralloc_cats(out, "\r\n");
}

static bool
rcpt_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail,
         const struct smtp_recipient *recipient)
{
	/* Raw UTF-8 in ORCPT is for SMTPUTF8 only: RFC 6533 3. */
	bool has_orcpt = recipient->orcpt && (mail->needs_utf8 || utf8_is_ascii(recipient->orcpt));

	if (!add(out, "RCPT TO:<", recipient->address) || !stralloc_cats(out, ">"))
		return false;
	if (client->offers & OFFER_DSN
	    && ((recipient->notify && !add(out, " NOTIFY=", recipient->notify))
	        || (has_orcpt && !add(out, " ORCPT=", recipient->orcpt))))
		return false;
	return stralloc_cats(out, "\r\n");
}

/* RFC 3030 2: all of it in one chunk. */
static bool
chunk_add(stralloc *out, const struct smtp_mail *mail)
{
	char size[UINT64_FMT];

	size[uint64_fmt(size, mail->message->content.bytes)] = 0;
	return add(out, "BDAT ", size) && stralloc_cats(out, " LAST\r\n");
}

/* The command of this place in the transaction: MAIL, the RCPTs, DATA or BDAT. */
static bool
command_add(stralloc *out, const struct smtp_client *client, const struct smtp_mail *mail,
            const struct batch *batch, size_t place)
{
	if (place == 0)
		return mail_add(out, client, mail);
	if (place <= batch->count)
		return rcpt_add(out, client, mail, batch->recipients[place - 1]);
	return is_binary(client, mail) ? chunk_add(out, mail) : stralloc_cats(out, "DATA\r\n");
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
	if (reply_class(&client->wire.reply) == 2) {
		recipient->accepted = true;
		batch->accepted++;
		return;
	}
	if (!is_too_many(&client->wire.reply)) {
		decide_by_reply(client, mail, recipient, &RCPT);
		return;
	}
	if (batch->accepted)
		return; /* it stays undecided: the next transaction is for it */
	trouble_set(&why, 452, "4.5.3", client->wire.reply.text);
	decide(client, mail, recipient, &why);
}

static void
mail_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	batch->mail_refused = reply_class(&client->wire.reply) != 2;
	for (size_t i = 0; batch->mail_refused && i < batch->count; i++)
		decide_by_reply(client, mail, batch->recipients[i], &MAIL);
}

enum put_result {
	PUT_WHOLE,
	PUT_CUT,  /* the server does not want the rest; its words may be there */
	PUT_LOST, /* we cannot go on; trouble is set */
};

static enum put_result
message_put(struct smtp_client *client, const struct smtp_mail *mail)
{
	bool binary = is_binary(client, mail);
	static char block[BLOCK_BYTES], stuffed[2 * BLOCK_BYTES + DOT_STUFF_END_MAX];
	struct dot_stuff state = { 0 };
	uint64_t at = 0;

	do {
		ssize_t n = outgoing_read(mail->message, at, block, sizeof block);
		const char *bytes = binary ? block : stuffed;
		size_t len = (size_t)n;

		if (n < 0) {
			smtp_wire_lost(&client->wire, "4.3.0",
			               "our copy of the message cannot be read", "");
			return PUT_LOST;
		}
		at += (uint64_t)n;
		if (!binary && !dot_stuff(&state, block, (size_t)n, stuffed, &len)) {
			smtp_wire_lost(&client->wire, "4.6.0",
			               "our copy of the message has a bare CR or LF", "");
			return PUT_LOST;
		}
		if (!binary && at == mail->message->content.bytes)
			len += dot_stuff_end(&state, stuffed + len);
		/* A "250" from before the end is no promise for what it has not seen. */
		if (smtp_wire_look(&client->wire)
		    || !smtp_wire_put(&client->wire, bytes, len, BLOCK_S))
			return PUT_CUT;
	} while (at < mail->message->content.bytes);
	return PUT_WHOLE;
}

/* The server spoke, or went, before the message had ended. Nothing has been delivered. */
static bool
message_cut(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	client->wire.usable = false; /* and the missing end tells it so */
	if (!smtp_wire_reply(&client->wire, &EARLY))
		return false;
	if (reply_class(&client->wire.reply) < 4 || client->wire.reply.code == 421)
		return smtp_wire_refused(&client->wire, &EARLY);
	decide_accepted(client, mail, batch, NULL, &EARLY);
	smtp_wire_refused(&client->wire, &EARLY);
	client->wire.usable = false;
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
		if ((!read || client->lmtp) && !smtp_wire_reply(&client->wire, &DATA_END)) {
			/* It may have been delivered: another host would deliver it again. */
			decide_accepted(client, mail, batch, &client->wire.trouble, NULL);
			return false;
		}
		read = true;
		decide_by_reply(client, mail, recipient, &DATA_END);
	}
	client->needs_reset = false;
	return client->wire.usable
	       && (client->wire.reply.code != 421 || smtp_wire_refused(&client->wire, &DATA_END));
}

static bool
message_send(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	switch (message_put(client, mail)) {
	case PUT_WHOLE: return message_answered(client, mail, batch);
	case PUT_CUT: return message_cut(client, mail, batch);
	default: return false;
	}
}

static bool
data_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	client->needs_reset = true;
	switch (reply_class(&client->wire.reply)) {
	case 2: return smtp_wire_refused(&client->wire, &DATA);
	case 3: break;
	default: decide_accepted(client, mail, batch, NULL, &DATA); return true;
	}
	if (!batch->accepted) { /* RFC 2920 3.1: an empty message, which goes to nobody */
		smtp_wire_put(&client->wire, ".\r\n", 3, BLOCK_S);
		client->needs_reset = false;
		return smtp_wire_reply(&client->wire, &DATA_END);
	}
	return message_send(client, mail, batch);
}

/* The commands from this place on, in one write: all of them, or one. */
static bool
commands_put(struct smtp_client *client, const struct smtp_mail *mail, const struct batch *batch,
             size_t place, size_t count, const struct smtp_step *step)
{
	stralloc out = STRALLOC_ZERO;
	bool ready = true;

	if (smtp_wire_has_input(&client->wire))
		return smtp_wire_lost(&client->wire, "4.5.0", "the server spoke unasked before ",
		                      step->name);
	while (ready && count--)
		ready = command_add(&out, client, mail, batch, place++);
	if (ready)
		smtp_wire_put(&client->wire, out.s, out.len, step->timeout_s);
	stralloc_free(&out);
	return ready || smtp_wire_lost(&client->wire, "4.3.0", "no memory for ", step->name);
}

/* The reply to the command of this place; false: the session is over. */
static bool
command_answered(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch,
                 size_t place, const struct smtp_step *step)
{
	if (!smtp_wire_reply(&client->wire, step))
		return false;
	if (client->wire.reply.code == 421)
		return smtp_wire_refused(&client->wire, step);
	if (step == &DATA)
		return data_answered(client, mail, batch);
	if (step == &MAIL)
		mail_answered(client, mail, batch);
	else
		rcpt_answered(client, mail, batch, batch->recipients[place - 1]);
	return true;
}

/* BDAT and what belongs to it, for whom the server has accepted; no reply stands between. */
static bool
chunk_send(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	client->needs_reset = true;
	if (!batch->accepted)
		return client->wire.usable;
	return commands_put(client, mail, batch, batch->count + 1, 1, &BDAT)
	       && message_send(client, mail, batch);
}

/* MAIL, RCPT and DATA in one go where the server takes it so (RFC 2920), else one by one. */
static bool
transaction(struct smtp_client *client, const struct smtp_mail *mail, struct batch *batch)
{
	bool pipelining = client->offers & OFFER_PIPELINING, binary = is_binary(client, mail);
	size_t places = batch->count + (binary ? 1 : 2);

	if (pipelining && !commands_put(client, mail, batch, 0, places, &MAIL))
		return false;
	for (size_t place = 0; place < places; place++) {
		const struct smtp_step *step = place == 0              ? &MAIL
		                               : place <= batch->count ? &RCPT
		                                                       : &DATA;

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
	return binary ? chunk_send(client, mail, batch) : client->wire.usable;
}

/* Is it to come back if it cannot be delivered in time? */
static bool
has_to_return(const struct smtp_mail *mail)
{
	return mail->has_deadline && mail->by_mode[0] == 'R';
}

/* What this server would have to offer for this message to be sent at all. */
static bool
can_take(struct smtp_client *client, const struct smtp_mail *mail)
{
	const struct content *content = &mail->message->content;
	struct trouble *trouble = &client->wire.trouble;
	bool binary = is_binary(client, mail);
	bool takes_8bit = client->offers & OFFER_8BITMIME || binary;
	int64_t left_s = mail->deadline_s - time(NULL);

	client->wire.refused = NULL;
	if ((content->has_8bit && !takes_8bit)
	    || (!binary && (mail->declared_binary || (content->has_long_line && !client->lmtp))))
		outgoing_seven_bit(mail->message);
	if (client->size_max && content->bytes > client->size_max)
		trouble_set(trouble, 552, "5.3.4", "the message is larger than the server takes");
	else if (mail->declared_binary && !binary
	         && (content->has_bare_cr_or_lf || content->has_nul))
		trouble_set(trouble, 554, "5.6.1",
		            "the message is binary, which the server does not take, and cannot be "
		            "changed");
	else if (content->has_8bit && !takes_8bit)
		trouble_set(trouble, 554, "5.6.3",
		            "the message has 8-bit bytes, which the server does not take, and "
		            "cannot be changed");
	else if (mail->needs_utf8 && !(client->offers & OFFER_SMTPUTF8))
		trouble_set(
		    trouble, 553, "5.6.7",
		    "an address or the header is not ASCII, which the server does not take");
	/* A report goes on all the same: RFC 8689 4.2.1, 5. */
	else if (mail->needs_tls && *mail->sender && !client->tls_verified)
		trouble_set(trouble, 550, "5.7.10",
		            "REQUIRETLS asks for TLS with a server that proves its name");
	else if (mail->needs_tls && *mail->sender && !(client->offers & OFFER_REQUIRETLS))
		trouble_set(trouble, 550, "5.7.30",
		            "the server does not promise what REQUIRETLS asks for");
	else if (has_to_return(mail) && left_s <= 0)
		trouble_set(trouble, 554, "5.4.7", "it could not be delivered in the time given");
	/* RFC 2852 4.1.4.1 */
	else if (has_to_return(mail) && !client->lmtp
	         && (!(client->offers & OFFER_DELIVERBY) || client->by_min_s > (uint64_t)left_s))
		trouble_set(trouble, 554, "5.3.3",
		            "the server does not promise to deliver in the time given");
	else
		return true;
	return false;
}

static size_t
batch_fill(struct batch *batch, const struct smtp_client *client, const struct smtp_mail *mail)
{
	size_t most = SMTP_RECIPIENTS_MAX;

	if (client->rcpt_max && client->rcpt_max < most)
		most = (size_t)client->rcpt_max;
	*batch = (struct batch){ .count = 0 };
	for (size_t i = 0; i < mail->count && batch->count < most; i++)
		if (mail->recipients[i].chosen && mail->recipients[i].fate == FATE_NONE) {
			mail->recipients[i].accepted = false;
			batch->recipients[batch->count++] = &mail->recipients[i];
		}
	return batch->count;
}

/* Whatever it answers but "250", its transaction may still be open: no word about the next one's mail. */
static bool
reset(struct smtp_client *client)
{
	if (!SMTP_WIRE_ASK(&client->wire, &RSET, "RSET"))
		return false;
	if (reply_class(&client->wire.reply) == 2)
		return true;
	if (client->wire.reply.code == 421)
		return smtp_wire_refused(&client->wire, &RSET);
	return smtp_wire_lost(&client->wire, "4.5.0",
	                      "the server is out of step: an unfit reply to ", RSET.name);
}

bool
smtp_client_send(struct smtp_client *client, const struct smtp_mail *mail)
{
	struct batch batch;

	if (!can_take(client, mail))
		return false;
	while (batch_fill(&batch, client, mail)) {
		if (client->mail_max && client->mails >= client->mail_max) {
			trouble_set(&client->wire.trouble, 451, "4.5.3",
			            "the server takes no more messages in this session");
			return false;
		}
		client->mails++;
		if (client->needs_reset && !reset(client))
			return false;
		if (!transaction(client, mail, &batch))
			return false;
	}
	return true;
}
