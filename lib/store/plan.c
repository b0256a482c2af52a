#include "store/plan.h"

#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>

int64_t
message_age_s(const struct message *message, int64_t now_s)
{
	int64_t age = now_s - id_time_s(message->id);

	return age < 0 ? 0 : age;
}

/* How long the sender wants it to be held, from its arrival on. RFC 4865 */
static unsigned int
hold_s(const struct envelope *envelope, const struct message *message)
{
	int64_t until_s;

	if (!int64_scan(envelope_get(envelope, ENVELOPE_HOLD), &until_s))
		return 0;
	until_s -= id_time_s(message->id);
	return until_s > 0 && until_s < INT32_MAX / 2 ? (unsigned int)until_s : 0;
}

struct terms
plan_terms(const struct terms *terms, const struct envelope *envelope,
           const struct message *message)
{
	const char *value = envelope_get(envelope, ENVELOPE_DELIVER_BY);
	unsigned int hold = hold_s(envelope, message);
	struct terms out = { .lifetime_s = terms->lifetime_s + hold,
		             .notice_s = terms->notice_s + hold };
	int64_t by_s;
	size_t len = int64_scan(value, &by_s);
	unsigned int *bound = &out.notice_s;

	if (!len || value[len] != ';')
		return out;
	if (value[len + 1] == 'R')
		bound = &out.lifetime_s;
	by_s -= id_time_s(message->id);
	if (by_s < (int64_t)*bound)
		*bound = by_s > 0 ? (unsigned int)by_s : 0;
	return out;
}

static bool
number_add(stralloc *text, unsigned int number)
{
	char digits[UINT_FMT];

	return stralloc_catb(text, digits, uint_fmt(digits, number));
}

bool
plan_give_up(struct outcome *outcome, const struct terms *terms, stralloc *text)
{
	bool hours = terms->lifetime_s >= 3600;

	text->len = 0;
	if (!stralloc_cats(text, "gave up after ")
	    || !number_add(text, hours ? terms->lifetime_s / 3600 : terms->lifetime_s)
	    || !stralloc_cats(text, hours ? " hours; last answer" : " seconds; last answer"))
		return false;
	if (strcmp(outcome->host, "-") != 0
	    && (!stralloc_cats(text, " from ") || !stralloc_cats(text, outcome->host)))
		return false;
	if (!stralloc_cats(text, ": ") || !number_add(text, (unsigned int)outcome->code)
	    || !stralloc_cats(text, " ") || !stralloc_cats(text, outcome->enhanced)
	    || !stralloc_cats(text, " ") || !stralloc_cats(text, outcome->text)
	    || !stralloc_0(text))
		return false;
	*outcome = (struct outcome){ .fate = FATE_NEVER,
		                     .recipient = outcome->recipient,
		                     .code = 554,
		                     .enhanced = "5.4.7", /* RFC 3463: delivery time expired */
		                     .host = "-",
		                     .tls = "-",
		                     .text = text->s };
	return true;
}

/*
 * What to tell of a delivery. Local delivery is final. A remote host that took it may tell of it
 * itself; where it cannot, its deliverer says 2.1.9. What an alias became is a message of its own, and
 * what went to another queue is told of there.
 */
static enum report_kind
kind_of_success(const struct part *part)
{
	enum report_kind kind = REPORT_KINDS;
	stralloc why = STRALLOC_ZERO;
	struct outcome outcome;

	if (strcmp(part->by, "alias-expand") != 0 && strcmp(part->by, "queue-add") != 0
	    && strcmp(part->by, "queue-drop") != 0 && stralloc_copys(&why, part->why)
	    && stralloc_0(&why) && outcome_parse(why.s, &outcome)) {
		if (strcmp(outcome.host, "-") == 0)
			kind = REPORT_DELIVERED;
		else if (strcmp(outcome.enhanced, "2.1.9") == 0)
			kind = REPORT_RELAYED;
	}
	stralloc_free(&why);
	return kind;
}

static bool
is_reported(const struct part *part, enum report_kind kind)
{
	return part->reports & 1U << kind;
}

/* RFC 3461 4.1, 5.2; whom NOTIFY leaves out of the other kinds, bounce-make knows. */
static bool
wants_report(enum report_kind kind, const struct part *part, const char *notify)
{
	if (is_reported(part, kind))
		return false;
	switch (kind) {
	/* One that an operator has ended may have it yet: its deliverer is heard first. */
	case REPORT_FAILED: return part->fate == FATE_NEVER && !part->is_open;
	case REPORT_DELAYED: return part->fate == FATE_LATER;
	case REPORT_DELIVERED:
		return part->fate == FATE_DONE && notify && strcasestr(notify, "SUCCESS")
		       && kind_of_success(part) == REPORT_DELIVERED;
	case REPORT_RELAYED:
		return part->fate == FATE_DONE && kind_of_success(part) == REPORT_RELAYED;
	default: return false;
	}
}

static bool
note_report(struct view *view, int64_t now_s, enum report_kind kind, const unsigned int *recipients,
            size_t count)
{
	stralloc line = STRALLOC_ZERO;
	char id[ID_LEN + 1];
	bool noted;

	id_make(id);
	noted = journal_report(&line, now_s, kind, id, recipients, count)
	        && view_note(view, &line, true);
	stralloc_free(&line);
	return noted;
}

static bool
plan_report(struct view *view, int64_t now_s, enum report_kind kind)
{
	unsigned int *who = calloc(view->progress.count + 1, sizeof *who);
	struct recipient recipient;
	size_t at = 0, count = 0;
	bool planned;

	if (!who)
		return false;
	for (unsigned int i = 0; i < view->progress.count; i++)
		if (envelope_recipient(&view->envelope, &at, &recipient)
		    && wants_report(kind, &view->progress.parts[i], recipient.notify))
			who[count++] = i;
	planned = !count || note_report(view, now_s, kind, who, count);
	free(who);
	return planned;
}

/* Is somebody of this message just being delivered to, or about to be? */
static bool
is_under_way(const struct message *message)
{
	for (const struct group *group = message->groups; group; group = group->next_of_message)
		if (!group->is_report && !destination_rests(group->destination))
			return true;
	return false;
}

static bool
has_untold_failure(const struct progress *progress)
{
	for (unsigned int i = 0; i < progress->count; i++)
		if (wants_report(REPORT_FAILED, &progress->parts[i], NULL))
			return true;
	return false;
}

bool
plan_reports(struct view *view, const struct terms *terms, int64_t now_s, bool may_wait,
             bool *waits)
{
	*waits = may_wait && has_untold_failure(&view->progress) && is_under_way(view->message);
	if (!*waits && !plan_report(view, now_s, REPORT_FAILED))
		return false;
	/* A null sender is told nothing; that it has failed is still bounce-make's to see. */
	if (!*envelope_get(&view->envelope, ENVELOPE_SENDER))
		return true;
	return (message_age_s(view->message, now_s) < terms->notice_s
	        || plan_report(view, now_s, REPORT_DELAYED))
	       && plan_report(view, now_s, REPORT_DELIVERED)
	       && plan_report(view, now_s, REPORT_RELAYED);
}

bool
plan_is_finished(const struct view *view)
{
	const struct progress *progress = &view->progress;

	if (view->message->groups || has_untold_failure(progress))
		return false;
	for (unsigned int i = 0; i < progress->count; i++)
		if (part_is_unfinished(&progress->parts[i]))
			return false;
	for (size_t i = 0; i < progress->report_count; i++)
		if (!progress->reports[i].is_made)
			return false;
	return true;
}
