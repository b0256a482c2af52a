/* SUB-24: seconds since 1970 as dates, and back */
#include "mail/calendar.h"

#include "check.h"

#include <time.h>

static const struct {
	const char *sentence;
	struct calendar date;
	int64_t wanted; /* -1: no date */
} cases[] = {
	{ "1970 begins at 0", { .year = 1970, .day = 1 }, 0 },
	{ "a leap day", { .year = 2024, .month = 1, .day = 29 }, 1709164800 },
	{ "2000 was a leap year", { .year = 2000, .month = 1, .day = 29 }, 951782400 },
	{ "1900 was none", { .year = 1900, .month = 1, .day = 29 }, -1 },
	{ "2023 was none", { .year = 2023, .month = 1, .day = 29 }, -1 },
	{ "a leap second", { 2016, 11, 31, 0, 23, 59, 60 }, 1483228800 },
	{ "no day 0", { .year = 2026, .day = 0 }, -1 },
	{ "no day 31 in April", { .year = 2026, .month = 3, .day = 31 }, -1 },
	{ "no month 12", { .year = 2026, .month = 12, .day = 1 }, -1 },
	{ "no hour 24", { .year = 2026, .day = 1, .hour = 24 }, -1 },
	{ "no minute 60", { .year = 2026, .day = 1, .minute = 60 }, -1 },
	{ "no second 61", { .year = 2026, .day = 1, .second = 61 }, -1 },
	{ "no year 0", { .year = 0, .day = 1 }, -1 },
};

int
main(void)
{
	bool same = true, as_libc = true;
	struct calendar date;
	int64_t back;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t got = -1;

		CHECK(calendar_time(&cases[i].date, &got) == (cases[i].wanted != -1)
		          && got == cases[i].wanted,
		      cases[i].sentence);
	}
	for (int64_t at = 0; at < 253402300799; at += 86400 * 13 + 3671) { /* to the end of 9999 */
		time_t seconds = (time_t)at;
		struct tm utc;

		calendar_of(&date, at);
		same = same && calendar_time(&date, &back) && back == at;
		gmtime_r(&seconds, &utc);
		as_libc = as_libc && date.year == utc.tm_year + 1900 && date.month == utc.tm_mon
		          && date.day == utc.tm_mday && date.weekday == utc.tm_wday
		          && date.hour == utc.tm_hour && date.minute == utc.tm_min
		          && date.second == utc.tm_sec;
	}
	CHECK(same, "there and back is the same");
	CHECK(as_libc, "the C library says the same");
	CHECK(calendar_weekday(-1) == 3, "the day before 1970 was a Wednesday");
	calendar_of(&date, INT64_MAX);
	CHECK(date.year == 9999 && date.second == 59, "time ends with the year 9999");
	calendar_of(&date, INT64_MIN);
	CHECK(date.year == 1970 && date.day == 1, "... and begins with 1970");
	return check_end();
}
