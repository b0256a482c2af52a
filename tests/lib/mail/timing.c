/* FR-04, DBY-01, PRI-01: when a message is to be sent, and how urgent it is */
#include "mail/timing.h"
#include "check.h"

static const struct {
	const char *sentence, *text;
	int64_t seconds; /* 0: refused */
} holds_for[] = {
	{ "seconds", "3600", 3600 },
	{ "nine digits", "999999999", 999999999 },
	{ "ten digits", "1000000000", 0 },
	{ "nothing", "", 0 },
	{ "zero", "0", 0 },
	{ "a sign", "-1", 0 },
	{ "a unit", "1h", 0 },
};

static const struct {
	const char *sentence, *text;
	int64_t time_s; /* 0: refused */
} holds_until[] = {
	{ "a moment", "2026-11-22T02:30:00Z", 1795314600 },
	{ "small letters", "2026-11-22t02:30:00z", 1795314600 },
	{ "parts of a second", "2026-11-22T02:30:00.75Z", 1795314600 },
	{ "a leap day", "2028-02-29T00:00:00Z", 1835395200 },
	{ "a leap second", "2016-12-31T23:59:60Z", 1483228799 },
	{ "a day that is none", "2026-02-29T00:00:00Z", 0 },
	{ "a month that is none", "2026-13-01T00:00:00Z", 0 },
	{ "an hour that is none", "2026-11-22T24:00:00Z", 0 },
	{ "local time", "2026-11-22T02:30:00", 0 },
	{ "another zone", "2026-11-22T02:30:00+01:00", 0 },
	{ "a date alone", "2026-11-22", 0 },
	{ "something behind it", "2026-11-22T02:30:00Zx", 0 },
	{ "nothing", "", 0 },
};

static const struct {
	const char *sentence, *text;
	bool good;
	struct deliver_by by;
} bys[] = {
	{ "return", "120;R", true, { 120, true, false } },
	{ "notify, with trace", "+120;nt", true, { 120, false, true } },
	{ "notify of what is too late already", "-5;N", true, { -5, false, false } },
	{ "nine digits", "999999999;R", true, { 999999999, true, false } },
	{ "return at once", "0;R", false, { 0 } },
	{ "return in the past", "-1;R", false, { 0 } },
	{ "ten digits", "1000000000;N", false, { 0 } },
	{ "no mode", "120", false, { 0 } },
	{ "an empty mode", "120;", false, { 0 } },
	{ "another mode", "120;X", false, { 0 } },
	{ "another trace", "120;RX", false, { 0 } },
	{ "something behind the trace", "120;RTT", false, { 0 } },
	{ "no number", ";R", false, { 0 } },
	{ "a sign alone", "-;N", false, { 0 } },
	{ "nothing", "", false, { 0 } },
};

static const struct {
	const char *sentence, *text;
	bool good;
	int priority;
} priorities[] = {
	{ "the usual one", "0", true, 0 },     { "the highest", "9", true, 9 },
	{ "the lowest", "-9", true, -9 },      { "two digits", "10", false, 0 },
	{ "a plus sign", "+3", false, 0 },     { "minus zero", "-0", false, 0 },
	{ "a zero in front", "03", false, 0 }, { "a sign alone", "-", false, 0 },
	{ "nothing", "", false, 0 },
};

#define EACH(list) for (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)

int
main(void)
{
	char stamp[TIMING_STAMP_LEN + 1];

	EACH(holds_for)
	{
		size_t len = strlen(holds_for[i].text);
		char *copy = check_copy(holds_for[i].text, len);
		int64_t seconds = 0;

		CHECK(timing_hold_for(copy, len, &seconds) == (holds_for[i].seconds != 0)
		          && seconds == holds_for[i].seconds,
		      holds_for[i].sentence);
		free(copy);
	}
	EACH(holds_until)
	{
		size_t len = strlen(holds_until[i].text);
		char *copy = check_copy(holds_until[i].text, len);
		int64_t time_s = 0;

		CHECK(timing_hold_until(copy, len, &time_s) == (holds_until[i].time_s != 0)
		          && time_s == holds_until[i].time_s,
		      holds_until[i].sentence);
		free(copy);
	}
	EACH(bys)
	{
		size_t len = strlen(bys[i].text);
		char *copy = check_copy(bys[i].text, len);
		struct deliver_by by = { 0 };

		CHECK(timing_by(copy, len, &by) == bys[i].good && by.seconds == bys[i].by.seconds
		          && by.is_return == bys[i].by.is_return && by.trace == bys[i].by.trace,
		      bys[i].sentence);
		free(copy);
	}
	EACH(priorities)
	{
		size_t len = strlen(priorities[i].text);
		char *copy = check_copy(priorities[i].text, len);
		int priority = 0;

		CHECK(timing_priority(copy, len, &priority) == priorities[i].good
		          && priority == priorities[i].priority,
		      priorities[i].sentence);
		free(copy);
	}
	timing_stamp(stamp, 1795314600);
	CHECK(strcmp(stamp, "2026-11-22T02:30:00Z") == 0, "a moment as text");
	return check_end();
}
