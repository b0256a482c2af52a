/*
 * Whole sessions: a client says anything at all. What gets past is a sound envelope and a clean message
 * with its seal; a promise is made only for those; every reply is one.
 *
 * All descriptors are memory, the steward is the ask() below, and time stands still.
 */
#include "net/speaker.h"

#include "base/record.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/envelope.h"
#include "net/ask.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/still.h"

#include <stdio.h>

enum { FUZZ_MAX = 2000, STAGES_MAX = 16, SIZE_MAX_BYTES = 1000, RECIPIENTS_MAX = 3 };

char const *PROG = "speaker";

static const char facts[] = "V1\0Ltestconn00000000\0Q0testmessage0001\0Jmail.example.test\0rmx\0"
                            "I192.0.2.7\0A\0t";
static const char taken[] = "K* 250 2.0.0 - - taken\0";

static struct {
	unsigned int chance; /* made of the input: what the rest of the world does */
	size_t stages;
	struct {
		struct file *message, *envelope;
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
said(const char *text)
{
	return file_new(text, strlen(text));
}

static enum answer
ask_message(int *fds)
{
	static const char *const verdicts[] = { "Z* 451 4.3.0 - - later\0",
		                                "D* 550 5.7.1 - - never\0", "K* 550\0", "\0",
		                                "K0 250 2.0.0 - - x\0" };
	const char *verdict = chance(2) ? taken : verdicts[world.chance / 65536 % 5];
	size_t i = world.stages;

	if (i == STAGES_MAX || chance(8))
		return ANSWER_LATER;
	world.stage[i].takes = verdict == taken;
	world.stages++;
	fds[0] = said("");
	fds[1] = said("");
	fds[2] = file_new(verdict, strlen(verdict) + 1 + !chance(8));
	world.stage[i].message = file_of(fds[0]);
	world.stage[i].envelope = file_of(fds[1]);
	world.stage[i].message->kept = world.stage[i].envelope->kept = true;
	assert(write(fds[1], facts, sizeof facts) == sizeof facts);
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

	assert(channel->fd == -1);
	switch (question) {
	case ASK_TLS:
		assert(count == 2);
		if (chance(8))
			return ANSWER_LATER;
		fds[0] = dup(0);
		fds[1] = dup(1);
		return ANSWER_YES;
	case ASK_LOGIN:
		if (chance(16))
			return ANSWER_LATER;
		fds[0] = said(chance(2) ? logins[0] : logins[world.chance / 65536 % 6]);
		return ANSWER_YES;
	case ASK_POLICY: {
		static char answers[2000];

		answers[0] = 0;
		for (int i = 0; i < 20; i++)
			strcat(answers, chance(4) ? actions[world.chance / 65536 % 5] : actions[0]);
		fds[0] = said(answers);
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
	const stralloc *message = &world.stage[i].message->out;
	const stralloc *envelope = &world.stage[i].envelope->out;
	size_t list_len = record_list_len(envelope->s, envelope->len);
	char wanted[24];

	world.stage[i].message->kept = world.stage[i].envelope->kept = false;
	assert(list_len);
	if (list_len == envelope->len)
		return false;
	snprintf(wanted, sizeof wanted, ".%zu", message->len);
	assert(list_len + strlen(wanted) + 1 == envelope->len);
	assert(strcmp(envelope->s + list_len, wanted) == 0);
	assert(message->len <= SIZE_MAX_BYTES);
	assert(fuzz_clean(message->s, message->len)
	       || memmem(envelope->s, list_len, "BBINARYMIME", 11));
	check_envelope(envelope->s, list_len);
	return true;
}

/* Returns how many of the replies say that a message was taken. */
static size_t
check_replies(const char *replies, size_t len)
{
	size_t promises = 0;

	while (len) {
		const char *feed = memchr(replies, '\n', len);
		size_t line_len = feed ? (size_t)(feed - replies) : 0;

		assert(line_len > 4 && line_len < 512 && replies[line_len - 1] == '\r');
		assert(fuzz_printable(replies, line_len - 1));
		assert(replies[0] >= '2' && replies[0] <= '5' && replies[1] >= '0'
		       && replies[1] <= '5' && replies[2] >= '0' && replies[2] <= '9'
		       && (replies[3] == ' ' || replies[3] == '-'));
		promises += strncmp(replies, "250 2.0.0 taken", 15) == 0;
		replies += line_len + 1;
		len -= line_len + 1;
	}
	return promises;
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
	struct file *client = file_open(0, bytes, len), *replies = file_open(1, "", 0),
	            *log = file_open(2, "", 0);
	size_t promised = 0;

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
	client->by_line = chance(2);
	client->step = client->by_line || chance(4) ? 0 : fuzz_step(len);
	speaker_run(&settings, -1);
	for (size_t i = 0; i < world.stages; i++)
		promised += check_stage(i) && world.stage[i].takes;
	assert(check_replies(replies->out.s, replies->out.len) <= promised);
	assert(file_is_plain(log));
	assert(files_left() == 0);
}
