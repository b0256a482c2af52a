/* Dates: what is read can be written, and reads as the same second. */
#include "mail/date.h"

#include "fuzz/fuzz.h"

static void
check_time(int64_t time_s)
{
	char text[DATE_LEN + 1];
	int64_t again_s;

	date_format(text, time_s);
	assert(strlen(text) == DATE_LEN && fuzz_printable(text, DATE_LEN));
	assert(date_parse(text, DATE_LEN, &again_s) && again_s == time_s);
}

static void
fuzz(char *bytes, size_t len)
{
	enum { YEAR_1900_S = -2208988800, DAY_S = 86400 };
	const int64_t year_10000_s = 253402300800;
	int64_t time_s;

	if (date_parse(bytes, len, &time_s)) {
		assert(time_s >= YEAR_1900_S - 5 * DAY_S && time_s <= year_10000_s + 5 * DAY_S);
		if (time_s >= 0 && time_s < year_10000_s)
			check_time(time_s);
	}
	if (len >= sizeof time_s) {
		memcpy(&time_s, bytes, sizeof time_s);
		if (time_s >= 0 && time_s < year_10000_s)
			check_time(time_s);
		else
			date_format((char[DATE_LEN + 1]){ 0 }, time_s);
	}
}
