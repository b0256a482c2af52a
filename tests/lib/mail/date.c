/* SUB-24 TRC-04: dates as mail writes them, and as it used to */
#include "mail/date.h"

#include "check.h"

static const struct {
	const char *sentence, *text;
	int64_t wanted; /* -1: refused */
} cases[] = {
	{ "a date", "Sun, 22 Nov 2026 02:30:00 +0000", 1795314600 },
	{ "a date as it stands in a field", " Sun, 22 Nov 2026 02:30:00 +0000", 1795314600 },
	{ "a zone east of Greenwich is ahead", "Sun, 22 Nov 2026 02:30:00 +0530", 1795294800 },
	{ "a zone west of Greenwich is behind", "Sun, 22 Nov 2026 02:30:00 -0800", 1795343400 },
	{ "an unknown local time", "Sun, 22 Nov 2026 02:30:00 -0000", 1795314600 },
	{ "the day's name may be missing", "22 Nov 2026 02:30:00 +0000", 1795314600 },
	{ "the seconds may be missing", "Sun, 22 Nov 2026 02:30 +0000", 1795314600 },
	{ "a day of one digit", "Sun, 1 Nov 2026 00:00:00 +0000", 1793491200 },
	{ "names in any case", "sun, 22 NOV 2026 02:30:00 +0000", 1795314600 },
	{ "a comment behind", "Sun, 22 Nov 2026 02:30:00 +0000 (UTC)", 1795314600 },
	{ "a leap second", "Sat, 31 Dec 2016 23:59:60 +0000", 1483228800 },
	{ "a leap day", "Thu, 29 Feb 2024 00:00:00 +0000", 1709164800 },
	{ "1970 begins at 0", "Thu, 1 Jan 1970 00:00:00 +0000", 0 },
	{ "a day before 1970", "Wed, 31 Dec 1969 23:59:59 -0001", 59 },
	{ "1900 was no leap year", "Thu, 1 Mar 1900 00:00:00 +0000", -2203891200 },
	{ "folds are white space", "Sun,\r\n 22 Nov 2026\r\n\t02:30:00 +0000", 1795314600 },
	{ "obsolete: comments anywhere",
	  "(a)Sun(b),(c)22(d)Nov(e)2026(f)02(g):(h)30(i):(j)00 (k) +0000(l)", 1795314600 },
	{ "obsolete: a year of two digits, this century", "22 Nov 26 02:30:00 +0000", 1795314600 },
	{ "obsolete: a year of two digits, the last century", "Fri, 31 Dec 99 23:59:59 GMT",
	  946684799 },
	{ "obsolete: a year of three digits", "22 Nov 126 02:30:00 +0000", 1795314600 },
	{ "obsolete: no space around the month", "22Nov2026 02:30:00 +0000", 1795314600 },
	{ "obsolete: GMT", "Sun, 22 Nov 2026 02:30:00 GMT", 1795314600 },
	{ "obsolete: UT", "Sun, 22 Nov 2026 02:30:00 UT", 1795314600 },
	{ "obsolete: EST", "Sun, 22 Nov 2026 02:30:00 EST", 1795332600 },
	{ "obsolete: PDT", "Sun, 22 Nov 2026 02:30:00 PDT", 1795339800 },
	{ "obsolete: a military zone counts as -0000", "Sun, 22 Nov 2026 02:30:00 K", 1795314600 },
	{ "a zone that nobody knows counts as -0000", "Sun, 22 Nov 2026 02:30:00 CEST",
	  1795314600 },
	{ "refused: nothing", "", -1 },
	{ "refused: words", "yesterday", -1 },
	{ "refused: another day of the week", "Mon, 22 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: no such day of the week", "Xyz, 22 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: a long day of the week", "Sunday, 22 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: no comma", "Sun 22 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: no such day", "31 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: day 0", "0 Nov 2026 02:30:00 +0000", -1 },
	{ "refused: no leap day in 2026", "29 Feb 2026 02:30:00 +0000", -1 },
	{ "refused: no such month", "22 Nox 2026 02:30:00 +0000", -1 },
	{ "refused: before 1900", "22 Nov 1899 02:30:00 +0000", -1 },
	{ "refused: a year of five digits", "22 Nov 20266 02:30:00 +0000", -1 },
	{ "refused: a year of one digit", "22 Nov 6 02:30:00 +0000", -1 },
	{ "refused: hour 24", "22 Nov 2026 24:00:00 +0000", -1 },
	{ "refused: an hour of one digit", "22 Nov 2026 2:30:00 +0000", -1 },
	{ "refused: minute 60", "22 Nov 2026 02:60:00 +0000", -1 },
	{ "refused: second 61", "22 Nov 2026 02:30:61 +0000", -1 },
	{ "refused: no zone", "Sun, 22 Nov 2026 02:30:00", -1 },
	{ "refused: no space before the zone", "Sun, 22 Nov 2026 02:30:00+0000", -1 },
	{ "refused: a zone of three digits", "Sun, 22 Nov 2026 02:30:00 +000", -1 },
	{ "refused: a zone of five digits", "Sun, 22 Nov 2026 02:30:00 +00000", -1 },
	{ "refused: a zone with 60 minutes", "Sun, 22 Nov 2026 02:30:00 +0060", -1 },
	{ "refused: a zone with a sum in it", "Sun, 22 Nov 2026 02:30:00 GMT+1", -1 },
	{ "refused: more behind the zone", "Sun, 22 Nov 2026 02:30:00 +0000 x", -1 },
	{ "refused: the form of ctime", "Sun Nov 22 02:30:00 2026", -1 },
	{ "refused: the form of ISO 8601", "2026-11-22T02:30:00Z", -1 },
	{ "refused: a comment without end", "Sun, 22 Nov 2026 02:30:00 +0000 (UTC", -1 },
};

int
main(void)
{
	bool same = true;
	char out[DATE_LEN + 1];
	int64_t time_s;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		time_s = -1;
		if (!CHECK(date_parse(text, len, &time_s) == (cases[i].wanted != -1)
		               && time_s == cases[i].wanted,
		           cases[i].sentence))
			printf("# got: %lld\n", (long long)time_s);
		for (size_t cut = 0; cut < len; cut++) {
			char *part = check_copy(text, cut);

			date_parse(part, cut, &time_s);
			free(part);
		}
		free(text);
	}
	for (int64_t at = 0; at < 253402300799; at += 86400 * 97 + 3671) { /* to the end of 9999 */
		date_format(out, at);
		same = same && date_parse(out, strlen(out), &time_s) && time_s == at;
	}
	CHECK(same, "what we write, we read");
	date_format(out, INT64_MAX);
	CHECK(strcmp(out, "Fri, 31 Dec 9999 23:59:59 +0000") == 0, "time ends with the year 9999");
	date_format(out, -1);
	CHECK(strcmp(out, "Thu, 01 Jan 1970 00:00:00 +0000") == 0, "... and begins with 1970");
	return check_end();
}
