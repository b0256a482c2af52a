/*
 * fill - put many messages into a queue, faster than mail could come
 *
 *     fill [-q queue] [-n messages] [-s bytes] [-r recipient] [-d domains] [-w seconds]
 *
 * -r: all go to this recipient; without it, message I goes to user@N.example, N being I modulo the
 * domains of -d (1). -w: each was tried once, and is to be tried again only so many seconds from now.
 * Nothing is flushed before the end.
 */
#include "base/record.h"
#include "mail/envelope.h"
#include "store/journal.h"
#include "store/queue.h"

#include <skalibs/stralloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char const *PROG = "fill";

/* Ours goes before libc's: a million flushes would take the day. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

static struct {
	const char *queue, *recipient;
	unsigned long messages, bytes, domains;
	long wait_s;
} opt = { .queue = "queue", .messages = 1000, .bytes = 1024, .domains = 1, .wait_s = -1 };

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(111);
}

static void
envelope_make(stralloc *list, const char *id, unsigned long number)
{
	char recipient[64];

	snprintf(recipient, sizeof recipient, "user@%lu.example", number % opt.domains);
	list->len = 0;
	if (!record_add(list, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(list, ENVELOPE_MESSAGE, id)
	    || !record_add(list, ENVELOPE_SERVER, "mail.example.test")
	    || !record_add(list, ENVELOPE_SENDER, "alice@example.test")
	    || !record_add(list, ENVELOPE_RECIPIENT, opt.recipient ? opt.recipient : recipient)
	    || !record_end(list))
		die("no memory");
}

static char *
message_make(void)
{
	static const char head[] = "From: alice@example.test\r\nSubject: one of many\r\n\r\n";
	char *message = malloc(opt.bytes + sizeof head);
	size_t len = sizeof head - 1;

	if (!message)
		die("no memory");
	memcpy(message, head, len);
	for (size_t i = len; i < opt.bytes; i++)
		message[i] = (i - len) % 72 == 70 ? '\r' : (i - len) % 72 == 71 ? '\n' : 'x';
	if (opt.bytes < len)
		opt.bytes = len;
	memcpy(message + opt.bytes - 2, "\r\n", 2);
	return message;
}

static void
journal_make(const struct queue *queue, const char *id)
{
	struct outcome outcome = { .fate = FATE_LATER, .code = 451, .enhanced = "4.2.1" };
	int64_t now_s = time(NULL);
	stralloc lines = STRALLOC_ZERO;
	bool is_named = true;

	if (!journal_outcome(&lines, now_s, "fill", &outcome)
	    || !journal_tried(&lines, now_s, 1, now_s + opt.wait_s)
	    || !journal_append(queue, id, &lines, false, &is_named))
		die("cannot write a journal");
	stralloc_free(&lines);
}

int
main(int argc, char **argv)
{
	stralloc envelope = STRALLOC_ZERO;
	struct queue queue;
	char *message;
	int c;

	while ((c = getopt(argc, argv, "q:n:s:r:d:w:")) != -1)
		switch (c) {
		case 'q': opt.queue = optarg; break;
		case 'n': opt.messages = strtoul(optarg, NULL, 10); break;
		case 's': opt.bytes = strtoul(optarg, NULL, 10); break;
		case 'r': opt.recipient = optarg; break;
		case 'd': opt.domains = strtoul(optarg, NULL, 10); break;
		case 'w': opt.wait_s = strtol(optarg, NULL, 10); break;
		default: exit(111);
		}
	if (!opt.domains || !queue_make(opt.queue) || !queue_open(&queue, opt.queue))
		die(opt.queue);
	message = message_make();
	for (unsigned long i = 0; i < opt.messages; i++) {
		struct queue_new new;
		char id[ID_LEN + 1];

		id_make(id);
		envelope_make(&envelope, id, i);
		if (!queue_create(&new, &queue, id, envelope.s, envelope.len)
		    || !queue_append(&new, message, opt.bytes) || queue_commit(&new) != QUEUE_ADDED)
			die("cannot add a message");
		if (opt.wait_s >= 0)
			journal_make(&queue, id);
	}
	sync();
	return 0;
}
