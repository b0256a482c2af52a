#include "store/progress.h"

#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>

bool
progress_begin(struct progress *out, unsigned int recipients)
{
	*out = (struct progress){ .count = recipients };
	out->parts = calloc(recipients ? recipients : 1, sizeof *out->parts);
	return out->parts;
}

void
progress_end(struct progress *progress)
{
	for (size_t i = 0; i < progress->report_count; i++)
		free(progress->reports[i].recipients);
	free(progress->reports);
	free(progress->parts);
	*progress = (struct progress){ 0 };
}

/* Cuts the next word off; NULL: there is none. */
static char *
word_cut(char **rest)
{
	char *word = *rest, *end;

	if (!word || !*word)
		return NULL;
	end = strchrnul(word, ' ');
	*rest = *end ? end + 1 : end;
	*end = 0;
	return word;
}

static bool
number_cut(char **rest, unsigned int *out)
{
	char *word = word_cut(rest);

	return word && uint0_scan(word, out);
}

static enum fate
fate_of_tag(char tag)
{
	switch (tag) {
	case 'K': return FATE_DONE;
	case 'Z': return FATE_LATER;
	case 'D': return FATE_NEVER;
	default: return FATE_NONE;
	}
}

/*
 * An operator may have ended a recipient that was just being delivered to: what the deliverer says then
 * counts where it has the message after all, and begins nothing anew.
 */
static bool
outcome_counts(enum fate old, enum fate new)
{
	return old != FATE_DONE && !(old == FATE_NEVER && new == FATE_LATER);
}

/* rest is "BY VERDICT"; the verdict stays whole, as others will read it. */
static bool
replay_outcome(struct progress *progress, int64_t time_s, char *rest)
{
	const char *by = word_cut(&rest);
	enum fate fate = by ? fate_of_tag(*rest) : FATE_NONE;
	unsigned int number;
	struct part *part;

	if (fate == FATE_NONE || !uint_scan(rest + 1, &number) || number >= progress->count)
		return true;
	part = &progress->parts[number];
	if (!outcome_counts(part->fate, fate))
		return true;
	part->fate = fate;
	part->by = by;
	part->why = rest;
	part->time_s = time_s;
	return true;
}

static bool
replay_tried(struct progress *progress, int64_t time_s, char *rest)
{
	unsigned int attempts;
	char *next;

	(void)time_s;
	if (!number_cut(&rest, &attempts) || !(next = word_cut(&rest)))
		return true;
	progress->attempts = attempts;
	progress->next_s = strtoll(next, NULL, 10);
	return true;
}

static bool
kind_find(const char *name, enum report_kind *out)
{
	for (enum report_kind kind = 0; kind < REPORT_KINDS; kind++)
		if (strcmp(name, report_names[kind]) == 0) {
			*out = kind;
			return true;
		}
	return false;
}

struct report *
progress_find_report(const struct progress *progress, const char *id)
{
	for (size_t i = 0; i < progress->report_count; i++)
		if (strcmp(progress->reports[i].id, id) == 0)
			return &progress->reports[i];
	return NULL;
}

static bool
replay_report(struct progress *progress, int64_t time_s, char *rest)
{
	const char *name = word_cut(&rest), *id = word_cut(&rest);
	struct report *reports, *report;
	enum report_kind kind;
	unsigned int number;

	(void)time_s;
	if (!id || !id_valid(id) || !kind_find(name, &kind) || progress_find_report(progress, id))
		return true;
	reports = reallocarray(progress->reports, progress->report_count + 1, sizeof *reports);
	if (!reports)
		return false;
	progress->reports = reports;
	report = &reports[progress->report_count];
	*report = (struct report){ .kind = kind };
	report->recipients = calloc(progress->count ? progress->count : 1, sizeof number);
	if (!report->recipients)
		return false;
	progress->report_count++;
	strcpy(report->id, id);
	while (number_cut(&rest, &number))
		if (number < progress->count && report->count < progress->count) {
			report->recipients[report->count++] = number;
			progress->parts[number].reports |= 1U << kind;
		}
	return true;
}

static bool
replay_reported(struct progress *progress, int64_t time_s, char *rest)
{
	const char *id = word_cut(&rest);
	struct report *report = id ? progress_find_report(progress, id) : NULL;

	(void)time_s;
	if (report)
		report->is_made = true;
	return true;
}

static bool
replay_hold(struct progress *progress, int64_t time_s, char *rest)
{
	(void)time_s, (void)rest;
	progress->is_on_hold = true;
	return true;
}

static bool
replay_release(struct progress *progress, int64_t time_s, char *rest)
{
	(void)time_s, (void)rest;
	progress->is_on_hold = false;
	return true;
}

static bool
replay_move(struct progress *progress, int64_t time_s, char *rest)
{
	(void)time_s;
	progress->move_to = word_cut(&rest);
	return true;
}

bool
progress_replay(struct progress *progress, stralloc *lines)
{
	static const struct {
		const char *word;
		bool (*replay)(struct progress *, int64_t time_s, char *rest);
	} kinds[] = {
		{ "outcome", replay_outcome }, { "tried", replay_tried },
		{ "report", replay_report },   { "reported", replay_reported },
		{ "hold", replay_hold },       { "release", replay_release },
		{ "move", replay_move },
	};
	size_t at = 0;
	char *line;

	while ((line = journal_next(lines, &at)) != NULL) {
		const char *time = word_cut(&line), *word = word_cut(&line);

		for (size_t i = 0; word && i < sizeof kinds / sizeof *kinds; i++)
			if (strcmp(word, kinds[i].word) == 0
			    && !kinds[i].replay(progress, strtoll(time, NULL, 10), line))
				return false;
	}
	return true;
}

bool
part_is_unfinished(const struct part *part)
{
	return part->fate == FATE_NONE || part->fate == FATE_LATER;
}
