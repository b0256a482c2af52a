#include "mail/timing.h"

#include "mail/calendar.h"

#include <stdio.h>

enum { DIGITS_MAX = 9 };

/* One to nine digits at the start of text; returns how many, 0: none, or too many. */
static size_t
take_number(const char *text, size_t len, int64_t *out)
{
	size_t i = 0;

	for (*out = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (i == DIGITS_MAX)
			return 0;
		*out = *out * 10 + (text[i] - '0');
	}
	return i;
}

bool
timing_hold_for(const char *text, size_t len, int64_t *seconds)
{
	int64_t number;

	if (!len || take_number(text, len, &number) != len || !number)
		return false;
	*seconds = number;
	return true;
}

bool
timing_hold_until(const char *text, size_t len, int64_t *time_s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd"; /* d: a digit */
	int field[6] = { 0 }, count = 0;
	struct calendar utc;
	size_t at = 0;

	for (; form[at]; at++) {
		if (at == len)
			return false;
		if (form[at] != 'd') {
			if (text[at] != form[at] && !(form[at] == 'T' && text[at] == 't'))
				return false;
			count++;
		} else if (text[at] < '0' || text[at] > '9') {
			return false;
		} else {
			field[count] = field[count] * 10 + (text[at] - '0');
		}
	}
	if (at < len && text[at] == '.') /* parts of a second are of no matter */
		for (at++; at < len && text[at] >= '0' && text[at] <= '9';)
			at++;
	if (at + 1 != len || (text[at] != 'Z' && text[at] != 'z'))
		return false;
	utc = (struct calendar){ .year = field[0],
		                 .month = field[1] - 1,
		                 .day = field[2],
		                 .hour = field[3],
		                 .minute = field[4],
		                 .second = field[5] == 60 ? 59 : field[5] }; /* a leap second */
	return calendar_time(&utc, time_s);
}

void
timing_stamp(char out[TIMING_STAMP_LEN + 1], int64_t time_s)
{
	struct calendar utc;

	calendar_of(&utc, time_s);
	/* unsigned, % 100 and % 10000 tell the compiler how much room is enough */
	snprintf(out, TIMING_STAMP_LEN + 1, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	         (unsigned int)utc.year % 10000, (unsigned int)(utc.month + 1) % 100,
	         (unsigned int)utc.day % 100, (unsigned int)utc.hour % 100,
	         (unsigned int)utc.minute % 100, (unsigned int)utc.second % 100);
}

bool
timing_by(const char *text, size_t len, struct deliver_by *out)
{
	struct deliver_by by = { 0 };
	size_t at = len && (text[0] == '-' || text[0] == '+'), digits;

	digits = take_number(text + at, len - at, &by.seconds);
	if (!digits)
		return false;
	if (text[0] == '-')
		by.seconds = -by.seconds;
	at += digits;
	if (len - at < 2 || text[at] != ';')
		return false;
	switch (text[at + 1]) {
	case 'R':
	case 'r': by.is_return = true; break;
	case 'N':
	case 'n': break;
	default: return false;
	}
	at += 2;
	by.trace = at < len && (text[at] == 'T' || text[at] == 't');
	if (at + by.trace != len || (by.is_return && by.seconds <= 0))
		return false;
	*out = by;
	return true;
}

bool
timing_priority(const char *text, size_t len, int *out)
{
	bool negative = len && text[0] == '-';
	size_t at = negative;

	if (at + 1 != len || text[at] < '0' || text[at] > '9' || (negative && text[at] == '0'))
		return false;
	*out = negative ? '0' - text[at] : text[at] - '0';
	return true;
}
