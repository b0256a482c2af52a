#include "mail/date.h"

#include <stdio.h>
#include <time.h>

void
date_format(char out[DATE_LEN + 1], int64_t time_s)
{
	static const char day[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char month[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)time_s;
	struct tm utc;

	gmtime_r(&seconds, &utc);
	/* Not strftime: its names follow the locale. % 10000: four digits are all RFC 5322 needs. */
	snprintf(out, DATE_LEN + 1, "%s, %02d %s %04d %02d:%02d:%02d +0000", day[utc.tm_wday % 7],
	         utc.tm_mday % 100, month[utc.tm_mon % 12], (utc.tm_year + 1900) % 10000,
	         utc.tm_hour % 100, utc.tm_min % 100, utc.tm_sec % 100);
}
