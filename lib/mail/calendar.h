/*
 * calendar - seconds since 1970 as year, month, day and back, in UTC
 *
 * Not gmtime() and timegm(): even for UTC they open the system's file of the local time zone, which
 * a parser should not, and a confined process cannot.
 */
#ifndef MAIL_CALENDAR_H
#define MAIL_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct calendar {
	int year;    /* as 2026 */
	int month;   /* 0 to 11 */
	int day;     /* 1 to 31 */
	int weekday; /* 0: Sunday; calendar_time does not look at it */
	int hour, minute, second;
};

/* What lies before 1970 or behind 9999 becomes the first or the last second of that time. */
void calendar_of(struct calendar *out, int64_t time_s);

/*
 * calendar_time - the other way round, from the year 1 on
 *
 * returns  false: there is no such day of that month, or no such time of a day. A leap second, 60,
 *          is the first second of the next minute.
 */
bool calendar_time(const struct calendar *calendar, int64_t *time_s);

/* The day of the week of a time. */
int calendar_weekday(int64_t time_s);

#endif
