/*
 * Sending to a server that says anything at all. What we send is commands of ours and the message as it
 * is, each recipient's fate is told once, and nobody is "done" who was not sent a whole message.
 *
 * The server's bytes come out of read_until() below, and time stands still.
 */
#include "net/smtp_client.h"

#include "net/read_until.h"

#include "fuzz/fuzz.h"
#include "fuzz/still.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RECIPIENTS = 5 };

char const *PROG = "smtp_client";

static const char message[] = "Subject: x\r\n\r\n.\r\n.a\r\nQUIT\r\n.\r\n\r\nRSET\r\nb",
                  stuffed[] = "Subject: x\r\n\r\n..\r\n..a\r\nQUIT\r\n..\r\n\r\nRSET\r\nb\r\n.\r\n";

static struct {
	unsigned int chance; /* made of the input */
	const char *bytes;   /* what the server will say */
	size_t len;
	unsigned int told[RECIPIENTS];
	size_t done;
} world;

static bool
chance(unsigned int one_in)
{
	world.chance = world.chance * 1103515245 + 12345;
	return (world.chance >> 16) % one_in == 0;
}

ssize_t
read_until(int fd, char *bytes, size_t size, int64_t deadline_ms)
{
	const char *feed = memchr(world.bytes, '\n', world.len);
	/* Mostly a line: what comes unasked ends the session at once. */
	size_t part = feed && !chance(16) ? (size_t)(feed - world.bytes) + 1 : world.len / 3 + 1;

	(void)fd;
	assert(size);
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

/* Returns how many whole messages are among what we have sent. */
static size_t
check_sent(const char *sent, size_t len)
{
	static const char *const commands[] = { "EHLO me.example.test",
		                                "HELO me.example.test",
		                                "LHLO me.example.test",
		                                "MAIL FROM:<ann@example.org>",
		                                "RCPT TO:<",
		                                "DATA",
		                                "RSET",
		                                "QUIT",
		                                "STARTTLS",
		                                "AUTH PLAIN " };
	size_t whole = 0;

	while (len) {
		const char *end = memmem(sent, len, "\r\n", 2);
		size_t line = end ? (size_t)(end - sent) : 0, i = 0;
		bool data = line == 4 && memcmp(sent, "DATA", 4) == 0;

		assert(end && fuzz_printable(sent, line));
		while (i < 10 && strncmp(sent, commands[i], strlen(commands[i])) != 0)
			i++;
		assert(i < 10);
		sent += line + 2;
		len -= line + 2;
		if (!data)
			continue;
		if (len >= sizeof stuffed - 1 && memcmp(sent, stuffed, sizeof stuffed - 1) == 0) {
			sent += sizeof stuffed - 1;
			len -= sizeof stuffed - 1;
			whole++;
		} else if (len >= 3 && memcmp(sent, ".\r\n", 3) == 0) {
			sent += 3;
			len -= 3;
		}
	}
	return whole;
}

static void
talk(struct smtp_client *client, const struct smtp_mail *mail)
{
	static const struct smtp_credentials who = { .login = "ann", .password = "secret" };

	if (!smtp_client_greeting(client) || !smtp_client_hello(client, "me.example.test"))
		return;
	if (client->offers & OFFER_STARTTLS && chance(2)) {
		if (!smtp_client_starttls(client))
			return;
		smtp_client_secured(client, dup(client->fd), "TLSv1.3", chance(2));
		if (!smtp_client_hello(client, "me.example.test"))
			return;
	}
	/* The others go on in lines that are no commands. */
	client->offers &= ~(unsigned int)(OFFER_AUTH_LOGIN | OFFER_AUTH_SCRAM | OFFER_AUTH_XOAUTH2);
	if (chance(4) && !smtp_client_auth(client, &who))
		return;
	if (smtp_client_send(client, mail))
		for (size_t i = 0; i < mail->count; i++)
			assert(world.told[i] == 1);
}

static void
check_session(struct outgoing *outgoing, int sent)
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
	char *text;
	off_t size;

	for (int i = 0; i < RECIPIENTS; i++)
		recipients[i] = (struct smtp_recipient){ .address = "bob@example.test",
			                                 .notify = chance(2) ? "NEVER" : NULL,
			                                 .number = i,
			                                 .chosen = true };
	smtp_client_begin(&client, dup(sent), "mx[192.0.2.1]", chance(3), 0);
	talk(&client, &mail);
	smtp_client_quit(&client);
	assert(client.trouble.fate != FATE_DONE);
	assert(fuzz_printable(client.trouble.text, strlen(client.trouble.text)));
	size = lseek(sent, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	assert(pread(sent, text, (size_t)size, 0) == size);
	assert(check_sent(text, (size_t)size) || !world.done);
	free(text);
}

static void
fuzz(char *bytes, size_t len)
{
	static struct outgoing outgoing;
	static int sent;

	if (!sent) {
		sent = memfd_create("sent", MFD_CLOEXEC);
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
	assert(ftruncate(sent, 0) == 0 && lseek(sent, 0, SEEK_SET) == 0);
	check_session(&outgoing, sent);
}
