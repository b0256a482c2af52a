#include "mail/calendar.h"

enum { DAYS = 7, MONTHS = 12, DAY_S = 86400, YEAR_MAX = 9999 };

/* The days of a year before each month; the last one is the year's, of twelve months. */
static const int days_before[MONTHS + 1] = { 0,   31,  59,  90,  120, 151, 181,
	                                     212, 243, 273, 304, 334, 365 };

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The first day of a month (0 to 12), in days since 1970. */
static int
month_start(int year, int month)
{
	int before = year - 1, leap_days = before / 4 - before / 100 + before / 400;

	return (year - 1970) * 365 + leap_days - 477 /* of them by 1970 */ + days_before[month]
	       + (month > 1 && is_leap(year));
}

/* Rounded down, before 1970 too. */
static int64_t
day_number(int64_t time_s)
{
	return time_s / DAY_S - (time_s % DAY_S < 0);
}

int
calendar_weekday(int64_t time_s)
{
	return (int)((day_number(time_s) % DAYS + DAYS + 4) % DAYS); /* 1970 began on a Thursday */
}

void
calendar_of(struct calendar *out, int64_t time_s)
{
	const int64_t end_s = (int64_t)DAY_S * month_start(YEAR_MAX, MONTHS);
	int64_t within = time_s < 0 ? 0 : time_s < end_s ? time_s : end_s - 1;
	int days = (int)(within / DAY_S), second = (int)(within % DAY_S);

	out->year = 1970 + days / 365;
	while (month_start(out->year, 0) > days)
		out->year--;
	out->month = MONTHS - 1;
	while (month_start(out->year, out->month) > days)
		out->month--;
	out->day = days - month_start(out->year, out->month) + 1;
	out->weekday = calendar_weekday(within);
	out->hour = second / 3600;
	out->minute = second / 60 % 60;
	out->second = second % 60;
}

bool
calendar_time(const struct calendar *calendar, int64_t *time_s)
{
	int days;

	if (calendar->year < 1 || calendar->year > YEAR_MAX || calendar->month < 0
	    || calendar->month >= MONTHS || calendar->day < 1 || calendar->hour < 0
	    || calendar->hour > 23 || calendar->minute < 0 || calendar->minute > 59
	    || calendar->second < 0 || calendar->second > 60)
		return false;
	days = month_start(calendar->year, calendar->month) + calendar->day - 1;
	if (days >= month_start(calendar->year, calendar->month + 1))
		return false;
	*time_s = (int64_t)days * DAY_S + calendar->hour * 3600 + calendar->minute * 60
	          + calendar->second;
	return true;
}
