#include "store/answer.h"

#include "base/die.h"
#include "base/job.h"
#include "store/journal.h"

#include <skalibs/types.h>

#include <string.h>

struct outcome
answer_later(const char *text)
{
	return (struct outcome){ .fate = FATE_LATER,
		                 .code = 451,
		                 .enhanced = "4.3.0",
		                 .host = "-",
		                 .tls = "-",
		                 .text = text };
}

static bool
is_no_contact(const struct outcome *outcome)
{
	return outcome->fate == FATE_LATER
	       && (outcome->code == 421 || strncmp(outcome->enhanced, "4.4.", 4) == 0);
}

enum contact
answer_contact(struct outcome *outcomes, size_t count)
{
	size_t silent = 0, unreached = 0;

	for (size_t i = 0; i < count; i++)
		if (outcomes[i].fate == FATE_NONE) {
			outcomes[i] = answer_later("the deliverer gave no answer");
			silent++;
		} else if (is_no_contact(&outcomes[i]))
			unreached++;
	if (unreached == count)
		return CONTACT_FAILED;
	return silent < count ? CONTACT_MADE : CONTACT_UNKNOWN;
}

void
answer_stay(struct outcome *outcomes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (outcomes[i].fate == FATE_NEVER) {
			outcomes[i].fate = FATE_LATER;
			outcomes[i].code = 450;
			outcomes[i].enhanced = "4.3.0";
		}
}

const char *
answer_by(const char *command)
{
	static char name[64];
	size_t len = strcspn(command, " \t"), from = job_is_address(command) ? 0 : len;

	while (from && command[from - 1] != '/')
		from--;
	len -= from;
	if (len >= sizeof name)
		len = sizeof name - 1;
	memcpy(name, command + from, len);
	name[len] = 0;
	return len ? name : "-";
}

static void
log_outcome(const char *address, const struct message *message, const struct outcome *outcome,
            struct moment now)
{
	static const char *const events[] = {
		[FATE_DONE] = "delivered",
		[FATE_LATER] = "deferred",
		[FATE_NEVER] = "failed",
	};
	char delay[UINT64_FMT];

	delay[uint64_fmt(delay, (uint64_t)message_age_s(message, now.s))] = 0;
	log_event(events[outcome->fate], "recipient", address, "host", outcome->host, "tls",
	          outcome->tls, "code", outcome->enhanced, "text", outcome->text, "delay", delay,
	          NULL);
}

static const char *
address_of(const struct envelope *envelope, unsigned int number)
{
	struct recipient recipient = { .address = "" };
	size_t at = 0;

	for (unsigned int i = 0; i <= number; i++)
		if (!envelope_recipient(envelope, &at, &recipient))
			return "";
	return recipient.address;
}

static bool
note(stralloc *lines, const char *by, unsigned int recipient, struct outcome outcome,
     struct moment now)
{
	outcome.recipient = (int)recipient;
	return journal_outcome(lines, now.s, by, &outcome);
}

bool
answer_take(struct answer *out, const struct group *group, struct outcome *outcomes,
            const struct envelope *given, const struct terms *terms, struct moment now)
{
	const struct message *message = group->message;
	bool is_over = message_age_s(message, now.s) >= terms->lifetime_s, taken;
	const char *by = answer_by(group->destination->command);
	struct outcome last = outcomes[group->count - 1];
	stralloc text = STRALLOC_ZERO;

	*out = (struct answer){ .lines = STRALLOC_ZERO };
	last.recipient = 0;
	taken = outcome_add(&out->words, &last);
	for (unsigned int i = 0; taken && i < group->count; i++) {
		struct outcome *outcome = &outcomes[i];

		if (outcome->fate == FATE_LATER && is_over)
			taken = plan_give_up(outcome, terms, &text);
		out->some_later = out->some_later || outcome->fate == FATE_LATER;
		out->some_final = out->some_final || outcome->fate != FATE_LATER;
		log_outcome(address_of(given, i), message, outcome, now);
		taken = taken && note(&out->lines, by, group->recipients[i], *outcome, now);
	}
	stralloc_free(&text);
	return taken;
}

void
answer_free(struct answer *answer)
{
	stralloc_free(&answer->lines);
	stralloc_free(&answer->words);
}

/* The words of its destination, for one group; words: a copy of what its destination said, cut by this. */
static bool
share(stralloc *lines, struct view *view, const struct group *group, char *words, bool is_over,
      const struct terms *terms, struct moment now)
{
	stralloc text = STRALLOC_ZERO;
	struct outcome outcome;
	bool shared;

	if (!outcome_parse(words, &outcome))
		return true;
	shared = !is_over || plan_give_up(&outcome, terms, &text);
	for (size_t i = 0; shared && i < group->count; i++) {
		unsigned int number = group->recipients[i];

		if (is_over) {
			log_outcome(address_of(&view->envelope, number), view->message, &outcome,
			            now);
			view->progress.parts[number].is_open = false;
		} else if (view->progress.parts[number].fate != FATE_NONE)
			continue;
		shared = note(lines, PROG, number, outcome, now);
	}
	stralloc_free(&text);
	return shared;
}

bool
answer_share(struct schedule *schedule, struct view *view, const struct terms *terms,
             struct moment now)
{
	int64_t age_s = message_age_s(view->message, now.s);
	bool is_over = age_s >= terms->lifetime_s, shared = true;
	stralloc lines = STRALLOC_ZERO, words = STRALLOC_ZERO;

	if (!is_over && age_s < terms->notice_s)
		return true;
	for (struct group *group = view->message->groups, *next; shared && group; group = next) {
		next = group->next_of_message;
		if (group->is_report || group->is_running || !destination_rests(group->destination)
		    || !group->destination->words)
			continue;
		shared = stralloc_copys(&words, group->destination->words) && stralloc_0(&words)
		         && share(&lines, view, group, words.s, is_over, terms, now);
		if (shared && is_over)
			schedule_cancel(schedule, group);
	}
	shared = shared && view_note(view, &lines, is_over);
	stralloc_free(&lines);
	stralloc_free(&words);
	return shared;
}
