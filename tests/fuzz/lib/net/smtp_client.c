/*
 * Sending to a server that says anything at all. What we send is commands of ours and the message as it
 * is, each recipient's fate is told once, and nobody is "done" who was not sent a whole message. With SCRAM
 * only a server that knows the password has let us in, or been believed.
 *
 * The server's bytes come out of read_until() below, and time stands still.
 */
#include "net/smtp_client.h"

#include "mail/base64.h"
#include "mail/scram.h"
#include "net/read_until.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/still.h"

#include <skalibs/random.h>

#include <stdio.h>
#include <sys/mman.h>

enum { FUZZ_MAX = 1500, RECIPIENTS = 5 };

char const *PROG = "smtp_client";

static const char message[] = "Subject: x\r\n\r\n.\r\n.a\r\nQUIT\r\n.\r\n\r\nRSET\r\nb",
                  stuffed[] = "Subject: x\r\n\r\n..\r\n..a\r\nQUIT\r\n..\r\n\r\nRSET\r\nb\r\n.\r\n";

static struct {
	unsigned int chance; /* made of the input */
	const char *bytes;   /* what the server will say */
	size_t len;
	const stralloc *sent; /* what it has heard */
	bool knows;           /* the password, and speaks SCRAM as it should; */
	bool has_proved;      /* which it has shown */
	struct scram scram;
	unsigned int told[RECIPIENTS];
	size_t done;
} world;

static bool
chance(unsigned int one_in)
{
	world.chance = world.chance * 1103515245 + 12345;
	return (world.chance >> 16) % one_in == 0;
}

void
random_buf(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(world.chance >> i % 25);
}

/* The last line that was sent, behind this; NULL: it begins otherwise. */
static const char *
heard(const char *start, size_t *len)
{
	const char *text = world.sent->s, *line;
	size_t end = world.sent->len, start_len = strlen(start);

	if (end < 2)
		return NULL;
	line = memrchr(text, '\n', end - 2);
	line = line ? line + 1 : text;
	*len = end - 2 - (size_t)(line - text);
	if (*len < start_len || memcmp(line, start, start_len) != 0)
		return NULL;
	*len -= start_len;
	return line + start_len;
}

/* What a sound server says to SCRAM's lines; 0: this is none, or it has no proof for once. */
static size_t
scram_says(char *reply, size_t size)
{
	static struct scram_keys keys;
	stralloc theirs = STRALLOC_ZERO, coded = STRALLOC_ZERO;
	const char *said, *code = "334";
	char proof[64];
	size_t len;

	if (!keys.iterations)
		scram_keys_make(&keys, "secret", "0123456789abcdef", 16, SCRAM_ITERATIONS_MIN);
	if ((said = heard("AUTH SCRAM-SHA-256 ", &len)) != NULL) {
		assert(base64_decode(&theirs, said, len)
		       && scram_first(&world.scram, theirs.s, theirs.len)
		       && scram_answer(&world.scram, &keys, "012345678901234567")
		       && base64_encode(&coded, world.scram.keyed, world.scram.keyed_len));
	} else if ((said = heard("Yz1iaXdzLHI9", &len)) != NULL && chance(2)) {
		assert(base64_decode(&theirs, said - 12, len + 12)
		       && scram_final(&world.scram, theirs.s, theirs.len, proof)
		       && base64_encode(&coded, proof, strlen(proof)));
		world.has_proved = true;
		code = chance(2) ? "235" : "334";
	} else {
		return 0;
	}
	assert(stralloc_0(&coded));
	len = (size_t)snprintf(reply, size, "%s %s\r\n", code, coded.s);
	assert(len < size);
	stralloc_free(&theirs);
	stralloc_free(&coded);
	return len;
}

ssize_t
read_until(int fd, char *bytes, size_t size, int64_t deadline_ms)
{
	const char *feed = memchr(world.bytes, '\n', world.len);
	size_t part;

	(void)fd;
	assert(size);
	if (deadline_ms && world.knows && (part = scram_says(bytes, size)) > 0)
		return (ssize_t)part;
	/* Mostly a line: what comes unasked ends the session at once. */
	part = feed && !chance(16) ? (size_t)(feed - world.bytes) + 1 : world.len / 3 + 1;
	if ((!deadline_ms && !chance(16)) || (!world.len && chance(2))) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (part > world.len)
		part = world.len;
	if (part > size)
		part = size;
	memcpy(bytes, world.bytes, part);
	world.bytes += part;
	world.len -= part;
	return (ssize_t)part;
}

static void
report(const struct smtp_recipient *recipient, const struct outcome *outcome)
{
	assert(recipient->number >= 0 && recipient->number < RECIPIENTS);
	assert(world.told[recipient->number]++ == 0);
	assert(outcome->recipient == recipient->number && outcome->fate == recipient->fate);
	assert(outcome->fate != FATE_NONE && outcome->fate == fate_of_code(outcome->code));
	assert(fuzz_printable(outcome->text, strlen(outcome->text)) && *outcome->enhanced);
	world.done += outcome->fate == FATE_DONE;
}

static bool
begins(const char *line, size_t len, const char *start)
{
	return len >= strlen(start) && memcmp(line, start, strlen(start)) == 0;
}

/* May this line be sent? In a login there are some of no form of their own. */
static bool
is_ours(const char *line, size_t len, bool in_login)
{
	static const char *const commands[] = { "EHLO me.example.test",
		                                "HELO me.example.test",
		                                "LHLO me.example.test",
		                                "MAIL FROM:<ann@example.org>",
		                                "RCPT TO:<bob@example.test>",
		                                "DATA",
		                                "RSET",
		                                "QUIT",
		                                "STARTTLS",
		                                "AUTH PLAIN AGFubgBzZWNyZXQ=",
		                                "AUTH LOGIN",
		                                "AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXI",
		                                "AUTH SCRAM-SHA-256 biwsbj1hbm4scj" };

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (begins(line, len, commands[i]))
			return true;
	return in_login
	       && (!len || (len == 4 && begins(line, len, "YW5u"))
	           || (len == 8 && begins(line, len, "c2VjcmV0"))
	           || begins(line, len, "Yz1iaXdzLHI9"));
}

/* Returns how many whole messages are among what we have sent. */
static size_t
check_sent(const char *sent, size_t len)
{
	bool in_login = false;
	size_t whole = 0;

	while (len) {
		const char *end = memmem(sent, len, "\r\n", 2);
		size_t line = end ? (size_t)(end - sent) : 0;
		bool data = line == 4 && memcmp(sent, "DATA", 4) == 0;

		assert(end && fuzz_printable(sent, line) && is_ours(sent, line, in_login));
		in_login = begins(sent, line, "AUTH ") || (in_login && !memchr(sent, ' ', line));
		sent += line + 2;
		len -= line + 2;
		if (!data)
			continue;
		if (begins(sent, len, stuffed)) {
			sent += sizeof stuffed - 1;
			len -= sizeof stuffed - 1;
			whole++;
		} else if (begins(sent, len, ".\r\n")) {
			sent += 3;
			len -= 3;
		}
	}
	return whole;
}

/* Once a server was asked for SCRAM, and did not refuse, it gets the password in no other way. */
static bool
log_in(struct smtp_client *client)
{
	const struct smtp_credentials who = {
		.login = "ann",
		.password = "secret",
		.is_token = chance(4),
	};
	unsigned int offers = client->offers;
	size_t before = world.sent->len, len;
	const char *text;
	bool by_scram;

	if (!smtp_client_auth(client, &who)) {
		assert(!client->has_login);
		return false;
	}
	text = world.sent->s + before;
	len = world.sent->len - before;
	by_scram = offers & OFFER_AUTH_SCRAM && !who.is_token
	           && !memmem(text, len, "AUTH PLAIN", 10) && !memmem(text, len, "AUTH LOGIN", 10);
	assert(client->has_login && (!by_scram || world.has_proved));
	return true;
}

static void
talk(struct smtp_client *client, const struct smtp_mail *mail)
{
	if (!smtp_client_greeting(client) || !smtp_client_hello(client, "me.example.test"))
		return;
	if (client->offers & OFFER_STARTTLS && chance(2)) {
		if (!smtp_client_starttls(client))
			return;
		smtp_client_secured(client, dup(client->wire.fd), "TLSv1.3", chance(2));
		if (!smtp_client_hello(client, "me.example.test"))
			return;
	}
	if (chance(3) && !log_in(client))
		return;
	if (smtp_client_send(client, mail))
		for (size_t i = 0; i < mail->count; i++)
			assert(world.told[i] == 1);
}

static void
check_session(struct outgoing *outgoing)
{
	static struct smtp_client client;
	static struct smtp_recipient recipients[RECIPIENTS];
	struct smtp_mail mail = { .sender = "ann@example.org",
		                  .ret = chance(2) ? "HDRS" : NULL,
		                  .envid = chance(2) ? "Q+2B1" : NULL,
		                  .needs_utf8 = chance(8),
		                  .needs_tls = chance(8),
		                  .message = outgoing,
		                  .recipients = recipients,
		                  .count = RECIPIENTS,
		                  .report = report };
	int fd = file_new("", 0);

	world.sent = &file_of(fd)->out;
	for (int i = 0; i < RECIPIENTS; i++)
		recipients[i] = (struct smtp_recipient){ .address = "bob@example.test",
			                                 .notify = chance(2) ? "NEVER" : NULL,
			                                 .number = i,
			                                 .chosen = true };
	smtp_client_begin(&client, fd, "mx[192.0.2.1]", chance(3), 0);
	talk(&client, &mail);
	smtp_client_quit(&client);
	assert(client.wire.trouble.fate != FATE_DONE);
	assert(fuzz_printable(client.wire.trouble.text, strlen(client.wire.trouble.text)));
	assert(check_sent(world.sent->s, world.sent->len) || !world.done);
	assert(files_left() == 0);
}

static void
fuzz(char *bytes, size_t len)
{
	static struct outgoing outgoing;

	if (!outgoing.fd) {
		outgoing.fd = memfd_create("message", MFD_CLOEXEC);
		assert(write(outgoing.fd, message, sizeof message - 1) > 0);
		content_scan(&outgoing.content, message, sizeof message - 1);
		content_end(&outgoing.content);
	}
	memset(&world, 0, sizeof world);
	world.bytes = bytes;
	world.len = len;
	for (size_t i = 0; i < len; i++)
		world.chance = world.chance * 31 + (unsigned char)bytes[i];
	world.knows = chance(64); /* SCRAM is made to be slow */
	check_session(&outgoing);
}
