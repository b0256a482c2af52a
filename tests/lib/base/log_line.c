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
	{ "a line of JSON has its own time",
	  "{\"time\":1795324706.412373,\"program\":\"a\",\"event\":\"b\",\"x\":\"c d\"}",
	  "1795324706412373 a b x:c d|" },
	{ "behind a label that one counts",
	  "@400000006b027b4718945175 {\"time\":1.5,\"program\":\"a\",\"event\":\"b\"}",
	  "1795324706412373 a b " },
	{ "or that of the journal",
	  "1795324706.412373 host chain[12]: {\"program\":\"a\",\"event\":\"b\"}",
	  "1795324706412373 a b " },
	{ "a time and nothing else, before JSON",
	  "1795324706.5 {\"program\":\"a\",\"event\":\"b\"}", "1795324706500000 a b " },
	{ "its escapes are taken off",
	  "{\"program\":\"a\",\"event\":\"b\",\"x\":"
	  "\"\\\"\\\\\\u0009\\u00e9\\u20ac\\ud83d\\ude00\"}",
	  "-1 a b x:\"\\\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|" },
	{ "JSON without a program", "{\"event\":\"b\"}", NULL },
	{ "JSON that is cut off", "{\"program\":\"a\",\"event\":\"b", NULL },
	{ "in an escape", "{\"program\":\"a\",\"event\":\"\\u00", NULL },
	{ "half a pair", "{\"program\":\"a\",\"event\":\"\\ud83d\"}", NULL },
	{ "a NUL by its number, in JSON", "{\"program\":\"a\",\"event\":\"\\u0000\"}", NULL },
	{ "JSON of another kind", "{\"program\":{}}", NULL },
	{ "with something behind it", "{\"program\":\"a\",\"event\":\"b\"}x", NULL },
	{ "with a comma too many", "{\"program\":\"a\",\"event\":\"b\",}", NULL },
	{ "JSON with a name that is none", "{\"program\":\"a\",\"event\":\"b\",\"\\u001b\":\"c\"}",
	  NULL },
	{ "a brace alone", "{", NULL },
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
