#include "base/verdict.h"

#include "base/record.h"

#include <skalibs/types.h>

#include <string.h>

/* The tags of verdict(5), indexed by fate. */
static const char tags[] = {
	[FATE_NONE] = '?', [FATE_DONE] = 'K', [FATE_LATER] = 'Z', [FATE_NEVER] = 'D'
};

static bool
word_add(stralloc *out, const char *word)
{
	return stralloc_cats(out, word && *word ? word : "-") && stralloc_append(out, ' ');
}

bool
outcome_add(stralloc *verdict, const struct outcome *outcome)
{
	char number[UINT_FMT];
	size_t start;

	number[uint_fmt(number, (unsigned int)outcome->recipient)] = 0;
	if (!stralloc_append(verdict, tags[outcome->fate]))
		return false;
	start = verdict->len;
	if (!word_add(verdict, outcome->recipient == RECIPIENT_ALL ? "*" : number))
		return false;
	number[uint_fmt(number, (unsigned int)outcome->code)] = 0;
	if (!word_add(verdict, number) || !word_add(verdict, outcome->enhanced)
	    || !word_add(verdict, outcome->host) || !word_add(verdict, outcome->tls)
	    || !stralloc_cats(verdict, outcome->text ? outcome->text : ""))
		return false;
	for (size_t i = start; i < verdict->len; i++)
		if (verdict->s[i] < ' ' || verdict->s[i] > '~')
			verdict->s[i] = '?';
	return stralloc_0(verdict);
}

static char *
word_cut(char **rest)
{
	char *word = *rest, *space = strchr(word, ' ');

	if (!space || space == word)
		return NULL;
	*space = 0;
	*rest = space + 1;
	return word;
}

bool
outcome_parse(char *record, struct outcome *out)
{
	char *rest = record + 1, *recipient, *code;
	unsigned int number;

	out->fate = FATE_NONE;
	for (enum fate fate = FATE_DONE; fate <= FATE_NEVER; fate++)
		if (record[0] == tags[fate])
			out->fate = fate;
	if (out->fate == FATE_NONE || !(recipient = word_cut(&rest)) || !(code = word_cut(&rest))
	    || !(out->enhanced = word_cut(&rest)) || !(out->host = word_cut(&rest))
	    || !(out->tls = word_cut(&rest)))
		return false;
	out->text = rest;
	out->recipient = RECIPIENT_ALL;
	if (strcmp(recipient, "*") != 0) {
		if (!uint0_scan(recipient, &number) || number > 0x7fffffff)
			return false;
		out->recipient = (int)number;
	}
	if (!uint0_scan(code, &number) || number < 200 || number > 599)
		return false;
	out->code = (int)number;
	return fate_of_code(out->code) == out->fate;
}

enum fate
fate_of_code(int code)
{
	switch (code / 100) {
	case 2: return FATE_DONE;
	case 5: return FATE_NEVER;
	default: return FATE_LATER;
	}
}
