#include "base/log_line.h"

#include "check.h"

/* A line, and what is read from it: time in microseconds, program, event, fields ended by "|". */
static const struct {
	const char *sentence, *line, *read;
} rows[] = {
	{ "a bare line", "queue-run: done conn=a delay=0", "-1 queue-run done conn:a|delay:0|" },
	{ "an event without fields", "queue-run: stopped", "-1 queue-run stopped " },
	{ "a TAI64N label", "@400000006b027b4718945175 queue-run: stopped",
	  "1795324706412373 queue-run stopped " },
	{ "a time of the journal", "1795324706.412373 host chain[12]: queue-run: stopped",
	  "1795324706412373 queue-run stopped " },
	{ "one without a fraction", "1795324706 host chain[12]: queue-run: stopped",
	  "1795324706000000 queue-run stopped " },
	{ "a time and nothing else", "1795324706.5 queue-run: stopped",
	  "1795324706500000 queue-run stopped " },
	{ "a stamp of syslog", "Nov 22 05:18:26 host chain[12]: queue-run: stopped",
	  "-1 queue-run stopped " },
	{ "quotes and escapes are taken off", "a: b x=\"c d\\\\\\\"\\x1b\\xe9\" y=\"\"",
	  "-1 a b x:c d\\\"\x1b\xe9|y:|" },
	{ "a field may be given twice", "a: b x=1 x=2", "-1 a b x:1|x:2|" },
	{ "a line cut off in a value", "a: b x=\"c", NULL },
	{ "or in an escape", "a: b x=\"\\x1", NULL },
	{ "an escape that we do not write", "a: b x=\"\\n\"", NULL },
	{ "a NUL by its number", "a: b x=\"\\x00\"", NULL },
	{ "something behind the quote", "a: b x=\"c\"d", NULL },
	{ "a field without a value", "a: b x", NULL },
	{ "no event", "a: ", NULL },
	{ "no program", "hello world", NULL },
	{ "an empty line", "", NULL },
	{ "a space in front", " x=1", NULL },
	{ "a time over all bounds", "922337203685477570 host chain[12]: queue-run: stopped",
	  "-1 queue-run stopped " },
	{ "a label that is none", "@4000zz a: b", NULL },
	{ "a label over all bounds", "@400080006b027b4718945175 a: b", NULL },
	{ "a label alone", "@400000006b027b4718945175", NULL },
	{ "a time alone", "1795324706.412373 ", NULL },
};

static void
check_row(const char *sentence, const char *text, const char *want)
{
	size_t len = strlen(text);
	char *line = check_copy(text, len + 1), read[512] = "";
	struct log_line got;

	line[len] = '\n';
	if (!log_line_parse(line, len, &got)) {
		CHECK(!want, sentence);
		free(line);
		return;
	}
	snprintf(read, sizeof read, "%lld %s %s ", (long long)got.time_us, got.program, got.event);
	for (size_t i = 0; i < got.count; i++)
		snprintf(read + strlen(read), sizeof read - strlen(read), "%s:%s|",
		         got.fields[i].name, got.fields[i].value);
	if (!CHECK(want && strcmp(read, want) == 0, sentence))
		printf("# %s\n", read);
	free(line);
}

int
main(void)
{
	struct log_line got;
	char many[8 * LOG_FIELDS_MAX + 64] = "a: b", line[] = "a: b x=1 y=2";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(rows[i].sentence, rows[i].line, rows[i].read);
	for (size_t i = 0; i < LOG_FIELDS_MAX + 3; i++)
		strcat(many, " x=1");
	CHECK(log_line_parse(many, strlen(many), &got) && got.count == LOG_FIELDS_MAX,
	      "more fields than there is room for are left out");
	CHECK(log_line_parse(line, strlen(line), &got) && strcmp(log_line_get(&got, "y"), "2") == 0
	          && !log_line_get(&got, "z"),
	      "a field is found by its name");
	return check_end();
}
