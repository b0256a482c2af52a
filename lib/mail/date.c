#include "mail/date.h"

#include "mail/calendar.h"
#include "mail/lex.h"

#include <stdio.h>
#include <strings.h>

enum { DAYS = 7, MONTHS = 12, NAME_LEN = 3 };

static const char day[DAYS][NAME_LEN + 1] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month[MONTHS][NAME_LEN + 1] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void
date_format(char out[DATE_LEN + 1], int64_t time_s)
{
	struct calendar at;

	calendar_of(&at, time_s);
	/* % 100 and % 10000 tell the compiler how much room is enough. */
	snprintf(out, DATE_LEN + 1, "%s, %02d %s %04d %02d:%02d:%02d +0000", day[at.weekday],
	         at.day % 100, month[at.month], at.year % 10000, at.hour % 100, at.minute % 100,
	         at.second % 100);
}

/* Takes a run of letters; returns its length, 0: none. */
static size_t
take_letters(struct lex *lex, const char **out)
{
	size_t start = lex->at;
	int c;

	while ((c = lex_peek(lex)) >= 0 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
		lex->at++;
	*out = lex->text + start;
	return lex->at - start;
}

/* Takes one of the names, in any case (ABNF strings have none); its number goes to out. */
static bool
take_name(struct lex *lex, const char names[][NAME_LEN + 1], int count, int *out)
{
	const char *word;

	if (take_letters(lex, &word) != NAME_LEN)
		return false;
	for (*out = 0; *out < count; ++*out)
		if (strncasecmp(word, names[*out], NAME_LEN) == 0)
			return true;
	return false;
}

/* A number between white space and comments, at most max. */
static bool
take_number(struct lex *lex, unsigned int least, unsigned int most, unsigned int max, int *out)
{
	unsigned int number;

	if (!lex_space(lex) || !lex_number(lex, least, most, &number) || number > max)
		return false;
	*out = (int)number;
	return lex_space(lex);
}

/* Two digits and three are what is left of older habits: RFC 5322 4.3 */
static bool
take_year(struct lex *lex, int *out)
{
	unsigned int year;
	size_t start, digits;

	if (!lex_space(lex))
		return false;
	start = lex->at;
	if (!lex_number(lex, 2, 4, &year))
		return false;
	digits = lex->at - start;
	if (digits == 2 && year < 50)
		year += 2000;
	else if (digits < 4)
		year += 1900;
	*out = (int)year;
	return year >= 1900 && lex_space(lex);
}

static bool
take_zone(struct lex *lex, int *offset_s)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {
		{ "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
		{ "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
	};
	bool west = lex_peek(lex) == '-';
	unsigned int number;
	const char *word;
	size_t len;

	*offset_s = 0;
	if (lex_byte(lex, '+') || lex_byte(lex, '-')) {
		if (!lex_number(lex, 4, 4, &number) || number % 100 > 59)
			return false;
		*offset_s = (int)(number / 100 * 3600 + number % 100 * 60);
		if (west)
			*offset_s = -*offset_s;
		return true;
	}
	len = take_letters(lex, &word);
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (len == NAME_LEN && strncasecmp(word, zones[i].name, NAME_LEN) == 0)
			*offset_s = zones[i].hours * 3600;
	return len;
}

bool
date_parse(const char *text, size_t len, int64_t *time_s)
{
	struct lex lex = { .text = text, .len = len };
	struct calendar date = { 0 };
	int weekday = -1, offset_s;
	int64_t at_zone_s;

	if (!lex_space(&lex))
		return false;
	if (lex_peek(&lex) > '9'
	    && (!take_name(&lex, day, DAYS, &weekday) || !lex_space(&lex) || !lex_byte(&lex, ',')))
		return false;
	if (!take_number(&lex, 1, 2, 31, &date.day) || !take_name(&lex, month, MONTHS, &date.month)
	    || !take_year(&lex, &date.year) || !take_number(&lex, 2, 2, 23, &date.hour)
	    || !lex_byte(&lex, ':') || !take_number(&lex, 2, 2, 59, &date.minute))
		return false;
	if (lex_byte(&lex, ':') && !take_number(&lex, 2, 2, 60, &date.second))
		return false;
	/* What was skipped in front of a zone was not nothing: "12:00+0000" is no date. */
	if (lex.text[lex.at - 1] >= '0' && lex.text[lex.at - 1] <= '9')
		return false;
	if (!take_zone(&lex, &offset_s) || !lex_space(&lex) || lex.at < len)
		return false;
	if (!calendar_time(&date, &at_zone_s)
	    || (weekday >= 0 && weekday != calendar_weekday(at_zone_s - (date.second == 60))))
		return false;
	*time_s = at_zone_s - offset_s;
	return true;
}
