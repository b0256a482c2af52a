#include "store/answer.h"

#include "base/die.h"
#include "base/record.h"
#include "check.h"
#include "store/journal.h"

#include <fcntl.h>
#include <unistd.h>

char const *PROG = "answer";

static const struct terms terms = { .lifetime_s = 7200, .notice_s = 3600 };
static const struct moment now = { .ms = 50000, .s = 1700000000 };

static const struct {
	const char *sentence, *command, *name;
} names[] = {
	{ "a deliverer goes by its name", "smtp-send", "smtp-send" },
	{ "... without its settings", "smtp-send -4 -h a/b", "smtp-send" },
	{ "... and without its folder", "/usr/bin/smtp-send -4", "smtp-send" },
	{ "a waiting one by its address", "unix:/run/send", "unix:/run/send" },
	{ "a folder is no name", "/usr/bin/", "-" },
	{ "nor is nothing", "", "-" },
	{ "a long name is cut",
	  "0123456789012345678901234567890123456789012345678901234567890123456789",
	  "012345678901234567890123456789012345678901234567890123456789012" },
};

/* One letter a recipient: ? silent, K done, Z later, c not reached, b "421", D never. */
static const struct {
	const char *sentence, *outcomes;
	enum contact contact;
} contacts[] = {
	{ "who takes mail has answered", "K", CONTACT_MADE },
	{ "who refuses has, too", "DD", CONTACT_MADE },
	{ "who says \"later\" has, too", "Z", CONTACT_MADE },
	{ "who could not be reached has not", "cc", CONTACT_FAILED },
	{ "421 is no answer", "bb", CONTACT_FAILED },
	{ "one that was reached is enough", "cZ", CONTACT_MADE },
	{ "a deliverer that says nothing says nothing of the destination", "??", CONTACT_UNKNOWN },
	{ "what it says of one counts", "c?", CONTACT_MADE },
};

static size_t
outcomes_make(struct outcome *out, const char *letters)
{
	size_t count = 0;

	for (; letters[count]; count++)
		switch (letters[count]) {
		case 'K':
			out[count] = answer_later("so");
			out[count].fate = FATE_DONE;
			out[count].code = 250;
			break;
		case 'D':
			out[count] = answer_later("so");
			out[count].fate = FATE_NEVER;
			out[count].code = 550;
			break;
		case 'c':
			out[count] = answer_later("so");
			out[count].enhanced = "4.4.1";
			break;
		case 'b':
			out[count] = answer_later("so");
			out[count].code = 421;
			break;
		case 'Z': out[count] = answer_later("so"); break;
		default: out[count] = (struct outcome){ .fate = FATE_NONE };
		}
	return count;
}

/* An id of this age: its time is what counts. */
static void
message_age(struct message *message, int64_t age_s)
{
	uint64_t us = (uint64_t)(now.s - age_s) * 1000000;

	memset(message->id, '0', ID_LEN);
	for (int i = 11; i--; us >>= 5)
		message->id[i] = queue_digits[us & 31];
}

static void
records_make(stralloc *records, struct envelope *envelope, int recipients)
{
	if (!record_add(records, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(records, ENVELOPE_SENDER, "ann@example.org"))
		abort();
	while (recipients--)
		if (!record_add(records, ENVELOPE_RECIPIENT, "bob@example.net"))
			abort();
	if (!record_end(records) || !envelope_parse(envelope, records->s, records->len))
		abort();
}

/* The fates that a journal with these lines tells of. */
static const char *
fates(stralloc *lines, unsigned int count)
{
	static char text[16];
	struct progress progress;

	if (!progress_begin(&progress, count) || !progress_replay(&progress, lines))
		abort();
	for (unsigned int i = 0; i < count; i++)
		text[i] = "?KZD"[progress.parts[i].fate];
	text[count] = 0;
	progress_end(&progress);
	return text;
}

static const struct {
	const char *sentence;
	int64_t age_s;
	const char *outcomes, *fates; /* of recipients 0, 2 and 3 of four; of all four */
	bool some_later, some_final;
} answers[] = {
	{ "what was said is noted of those it was said of", 10, "KZD", "K?ZD", true, true },
	{ "none need be final", 10, "ZcZ", "Z?ZZ", true, false },
	{ "none need be left", 10, "KKD", "K?KD", false, true },
	{ "\"later\" is \"never\" at the end of a lifetime", 7200, "KZD", "K?DD", false, true },
};

static void
test_answers(void)
{
	struct destination destination = { .command = "smtp-send -4" };
	struct message message = { .retry_at = SCHEDULE_NEVER };
	struct group *group = calloc(1, sizeof *group + 3 * sizeof *group->recipients);
	struct outcome outcomes[3];
	stralloc records = STRALLOC_ZERO;
	struct envelope envelope;

	if (!group)
		abort();
	group->message = &message;
	group->destination = &destination;
	group->count = 3;
	group->recipients[1] = 2;
	group->recipients[2] = 3;
	records_make(&records, &envelope, 3);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct answer answer;
		bool same;

		message_age(&message, answers[i].age_s);
		outcomes_make(outcomes, answers[i].outcomes);
		same = answer_take(&answer, group, outcomes, &envelope, &terms, now)
		       && answer.some_later == answers[i].some_later
		       && answer.some_final == answers[i].some_final
		       && memmem(answer.lines.s, answer.lines.len, " smtp-send ", 11)
		       && strcmp(fates(&answer.lines, 4), answers[i].fates) == 0;
		CHECK(same, answers[i].sentence);
		CHECK(answer.words.s[0] == "KZD"[outcomes[2].fate == FATE_NEVER ? 2 : 1],
		      "... and the last words are kept as they were said");
		answer_free(&answer);
	}
	stralloc_free(&records);
	free(group);
}

/* Two recipients in the line of a destination that rests. */
static const struct {
	const char *sentence;
	int64_t age_s;
	const char *fates;
	bool stays;
} shares[] = {
	{ "a young message is told nothing by another one's trouble", 3599, "??", true },
	{ "where its sender is to be told, those words count for it", 3600, "ZZ", true },
	{ "past its lifetime it waits no more", 7200, "DD", false },
};

static void
test_shares(void)
{
	static struct schedule schedules[3]; /* never closed */
	const unsigned int who[] = { 0, 1 };

	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		struct schedule *schedule = &schedules[i];
		struct destination *destination;
		struct message *other, *message;
		struct view view = { .file = { .fd = -1 } };
		stralloc words = STRALLOC_ZERO;
		struct outcome outcome;

		*schedule =
		    (struct schedule){ .total = 1, .per_destination = 1, .rest_first_ms = 1 };
		outcomes_make(&outcome, "c");
		if (!schedule_init(schedule) || !outcome_add(&words, &outcome)
		    || !(other = schedule_add(schedule, "0000000000000001"))
		    || !(message = schedule_add(schedule, "0000000000000002"))
		    || !(destination = schedule_destination(schedule, "a", "a"))
		    || !schedule_deliver(schedule, other, destination, who, 1, 0, 0)
		    || !schedule_start(schedule, now.ms)
		    || !schedule_deliver(schedule, message, destination, who, 2, 0, 0))
			abort();
		schedule_end(schedule, other->groups, CONTACT_FAILED, words.s, now.ms);
		message_age(message, shares[i].age_s);
		view.message = message;
		records_make(&view.records, &view.envelope, 2);
		if (!progress_begin(&view.progress, 2))
			abort();
		CHECK(answer_share(schedule, &view, &terms, now)
		          && strcmp(fates(&view.pending, 2), shares[i].fates) == 0
		          && (message->groups != NULL) == shares[i].stays,
		      shares[i].sentence);
		view_close(&view);
		stralloc_free(&words);
	}
}

int
main(void)
{
	struct outcome outcomes[4];

	dup2(open("/dev/null", O_WRONLY), 2); /* outcomes are logged */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(strcmp(answer_by(names[i].command), names[i].name) == 0, names[i].sentence);
	for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++) {
		size_t count = outcomes_make(outcomes, contacts[i].outcomes);

		CHECK(answer_contact(outcomes, count) == contacts[i].contact, contacts[i].sentence);
		if (outcomes[count - 1].fate == FATE_NONE)
			CHECK(false, "silence means \"later\"");
	}
	outcomes_make(outcomes, "KZDc");
	answer_stay(outcomes, 4);
	CHECK(outcomes[2].fate == FATE_LATER && outcomes[2].code / 100 == 4
	          && outcomes[2].enhanced[0] == '4' && strcmp(outcomes[2].text, "so") == 0,
	      "what another queue refuses stays, with its words");
	CHECK(outcomes[0].fate == FATE_DONE && outcomes[1].fate == FATE_LATER,
	      "and nothing else is changed");
	test_answers();
	test_shares();
	return check_end();
}
