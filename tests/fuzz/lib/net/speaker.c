/*
 * Whole sessions: a client says anything at all. What gets past is a sound envelope and a clean message
 * with its seal; a promise is made only for those; every reply is one.
 *
 * The client's packets wait in a socket, the steward is the ask() below, its stages are files, and time
 * stands still.
 */
#include "net/speaker.h"

#include "base/record.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/envelope.h"
#include "net/ask.h"

#include "fuzz/fuzz.h"
#include "fuzz/still.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STAGES_MAX = 16, SIZE_MAX_BYTES = 2000, RECIPIENTS_MAX = 3, PACKETS_MAX = 100 };

char const *PROG = "speaker";

static const char facts[] = "V1\0Ltestconn00000000\0Q0testmessage0001\0Jmail.example.test\0rmx\0"
                            "I192.0.2.7\0A\0t";
static const char taken[] = "K* 250 2.0.0 - - taken";

static struct {
	unsigned int chance; /* made of the input: what the rest of the world does */
	int client, replies; /* the speaker's ends */
	size_t stages;
	struct {
		int message, envelope;
		bool takes;
	} stage[STAGES_MAX];
} world;

static bool
chance(unsigned int one_in)
{
	world.chance = world.chance * 1103515245 + 12345;
	return (world.chance >> 16) % one_in == 0;
}

/* One end of a dialogue in which the other has said all it will say. */
static int
said(const char *text, size_t len)
{
	int ends[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	assert(send(ends[1], text, len, 0) == (ssize_t)len);
	shutdown(ends[1], SHUT_WR);
	/* The other end stays open, to be written to, as long as there are few. */
	if (ends[1] > 200)
		close(ends[1]);
	else
		dup3(ends[1], 201, O_CLOEXEC), close(ends[1]);
	return ends[0];
}

static void
rewind_file(int fd)
{
	assert(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
}

static enum answer
ask_message(int *fds)
{
	static const char *const verdicts[] = { "Z* 451 4.3.0 - - later", "D* 550 5.7.1 - - never",
		                                "K* 550", "", "K0 250 2.0.0 - - x" };
	const char *verdict = chance(2) ? taken : verdicts[world.chance / 65536 % 5];
	size_t i = world.stages;
	int ends[2];

	if (i == STAGES_MAX || chance(8))
		return ANSWER_LATER;
	if (!world.stage[i].message) {
		world.stage[i].message = memfd_create("message", MFD_CLOEXEC);
		world.stage[i].envelope = memfd_create("envelope", MFD_CLOEXEC);
	}
	rewind_file(world.stage[i].message);
	rewind_file(world.stage[i].envelope);
	world.stage[i].takes = verdict == taken;
	world.stages++;
	assert(write(world.stage[i].envelope, facts, sizeof facts) == sizeof facts);
	assert(pipe2(ends, O_CLOEXEC) == 0);
	assert(write(ends[1], verdict, strlen(verdict) + 1) > 0);
	assert(chance(8) || write(ends[1], "", 1) == 1);
	close(ends[1]);
	fds[0] = dup(world.stage[i].message);
	fds[1] = dup(world.stage[i].envelope);
	fds[2] = ends[0];
	return ANSWER_YES;
}

enum answer
ask(struct channel *channel, enum ask question, int *fds, size_t count)
{
	static const char *const logins[] = {
		"334 \r\n235 2.7.0 ok\r\n", "235 2.7.0 ok\r\n", "334 VXNlcg==\r\n535 5.7.8 no\r\n",
		"454 4.7.0 x\r\n",          "nonsense\r\n",     ""
	};
	static const char *const actions[] = { "action=DUNNO\n\n", "action=550 5.1.1 nobody\n\n",
		                               "action=REJECT no\n\n", "action=\n\n", "x" };
	const char *text;

	assert(channel->fd == -1);
	switch (question) {
	case ASK_TLS:
		assert(count == 2);
		if (chance(8))
			return ANSWER_LATER;
		fds[0] = dup(world.client);
		fds[1] = dup(world.replies);
		return ANSWER_YES;
	case ASK_LOGIN:
		text = chance(2) ? logins[0] : logins[world.chance / 65536 % 6];
		fds[0] = said(text, strlen(text));
		return chance(16) ? (close(fds[0]), ANSWER_LATER) : ANSWER_YES;
	case ASK_POLICY: {
		char answers[2000] = "";

		for (int i = 0; i < 50; i++)
			strcat(answers, chance(4) ? actions[world.chance / 65536 % 5] : actions[0]);
		fds[0] = said(answers, strlen(answers));
		return ANSWER_YES;
	}
	case ASK_MESSAGE: assert(count == 3); return ask_message(fds);
	}
	abort();
}

void
ask_hear(struct channel *channel)
{
	(void)channel;
	abort(); /* nothing comes unasked */
}

/* All of a file; the caller frees it. */
static char *
slurp(int fd, size_t *len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);

	assert(text && size >= 0 && pread(fd, text, (size_t)size, 0) == size);
	*len = (size_t)size;
	text[size] = 0;
	return text;
}

static void
check_envelope(const char *list, size_t len)
{
	struct envelope envelope;
	struct recipient recipient;
	const char *sender;
	size_t at = 0;

	assert(envelope_parse(&envelope, list, len));
	assert(envelope.recipients >= 1 && envelope.recipients <= RECIPIENTS_MAX);
	assert(helo_valid(envelope_get(&envelope, ENVELOPE_HELO)));
	sender = envelope_get(&envelope, ENVELOPE_SENDER);
	assert(!*sender || mailbox_canonical(sender));
	while (envelope_recipient(&envelope, &at, &recipient))
		assert(mailbox_canonical(recipient.address));
}

/* Returns whether the message came to its end; then all of it is sound. */
static bool
check_stage(size_t i)
{
	size_t envelope_len, message_len, list_len;
	char *envelope = slurp(world.stage[i].envelope, &envelope_len);
	char *message = slurp(world.stage[i].message, &message_len);
	char wanted[24];
	bool sealed;

	list_len = record_list_len(envelope, envelope_len);
	assert(list_len);
	sealed = list_len < envelope_len;
	if (sealed) {
		snprintf(wanted, sizeof wanted, ".%zu", message_len);
		assert(strcmp(envelope + list_len, wanted) == 0);
		assert(list_len + strlen(wanted) + 1 == envelope_len);
		assert(message_len <= SIZE_MAX_BYTES);
		assert(fuzz_clean(message, message_len)
		       || memmem(envelope, list_len, "BBINARYMIME", 11));
		check_envelope(envelope, list_len);
	}
	free(envelope);
	free(message);
	return sealed;
}

/* Returns how many of the replies say that a message was taken. */
static size_t
check_replies(void)
{
	size_t len, promises = 0;
	char *replies = slurp(world.replies, &len);

	for (size_t at = 0; at < len;) {
		char *line = replies + at, *feed = memchr(line, '\n', len - at);
		size_t line_len = feed ? (size_t)(feed - line) : 0;

		assert(line_len > 4 && line_len < 512 && line[line_len - 1] == '\r');
		assert(fuzz_printable(line, line_len - 1));
		assert(line[0] >= '2' && line[0] <= '5' && line[1] >= '0' && line[1] <= '5'
		       && line[2] >= '0' && line[2] <= '9' && (line[3] == ' ' || line[3] == '-'));
		promises += strncmp(line, "250 2.0.0 taken", 15) == 0;
		at += line_len + 1;
	}
	free(replies);
	return promises;
}

/* Leaves the client's words in a socket, cut into packets as chance has it. */
static int
client_speaks(const char *bytes, size_t len)
{
	bool by_line = chance(2), whole = chance(4);
	int ends[2], packets = 0;

	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (size_t at = 0, part; at < len; at += part) {
		const char *feed = memchr(bytes + at, '\n', len - at);

		part = len - at;
		if (by_line && feed && ++packets < PACKETS_MAX)
			part = (size_t)(feed - bytes) + 1 - at;
		else if (!by_line && !whole && fuzz_step(len) < part)
			part = fuzz_step(len);
		if (part > 4000)
			part = 4000;
		if (send(ends[1], bytes + at, part, MSG_DONTWAIT) != (ssize_t)part)
			break;
	}
	close(ends[1]);
	return ends[0];
}

static void
fuzz(char *bytes, size_t len)
{
	struct speaker_settings settings = { .server = "mail.example.test",
		                             .client = "192.0.2.7",
		                             .conn = "testconn00000000",
		                             .size_max = SIZE_MAX_BYTES,
		                             .recipients_max = RECIPIENTS_MAX,
		                             .command_timeout_s = 1 };
	size_t promised = 0;
	int client;

	world.chance = 1;
	world.stages = 0;
	for (size_t i = 0; i < len; i++)
		world.chance = world.chance * 31 + (unsigned char)bytes[i];
	settings.mechanisms = chance(3) ? "PLAIN LOGIN" : NULL;
	settings.hold_max_s = settings.mechanisms ? 1000 : 0;
	settings.starttls = chance(2);
	settings.tls = !settings.starttls && chance(2);
	settings.policy = chance(3);
	settings.binary = chance(3);
	signal(SIGPIPE, SIG_IGN); /* as smtp-accept does */
	if (!world.replies)
		world.replies = memfd_create("replies", MFD_CLOEXEC);
	rewind_file(world.replies);
	client = client_speaks(bytes, len);
	world.client = dup(client);
	assert(dup2(client, 0) == 0 && dup2(world.replies, 1) == 1);
	speaker_run(&settings, -1);
	for (size_t i = 0; i < world.stages; i++)
		promised += check_stage(i) && world.stage[i].takes;
	assert(check_replies() <= promised);
	close(client);
	close(world.client);
}
