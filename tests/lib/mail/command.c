/* SMTP-10, SYN-19, SYN-20, SIZE-08, SIZE-09, DSN-19, BDAT-09, SMTP-05, SMTP-06: parts of command lines */
#include "mail/command.h"
#include "check.h"

static const struct {
	const char *sentence, *line, *argument; /* argument NULL: another verb */
} verbs[] = {
	{ "a verb alone", "NOOP", "" },
	{ "any letter case, spaces around", "nOoP   x y \t", "x y" },
	{ "a longer verb is another", "NOOPS", NULL },
	{ "a tab is no space", "NOOP\tx", NULL },
	{ "a space in front is an error", " NOOP", NULL },
};

static const struct {
	const char *sentence, *text;
	enum parameter_status status;
	const char *keyword, *value;
} parameters[] = {
	{ "a keyword", " SMTPUTF8", PARAMETER_OK, "smtputf8", NULL },
	{ "a keyword and value", "  BODY=8BITMIME", PARAMETER_OK, "body", "8BITMIME" },
	{ "no more", "", PARAMETER_NONE, NULL, NULL },
	{ "no space before it", "BODY=x", PARAMETER_BAD, NULL, NULL },
	{ "no keyword", " =x", PARAMETER_BAD, NULL, NULL },
	{ "no value", " BODY=", PARAMETER_BAD, NULL, NULL },
	{ "two equal signs", " BODY=a=b", PARAMETER_BAD, NULL, NULL },
	{ "a keyword that begins with a hyphen", " -x", PARAMETER_BAD, NULL, NULL },
	{ "a control character in the value", " A=b\x01", PARAMETER_BAD, NULL, NULL },
};

static const struct {
	const char *sentence, *text;
	bool good;
	uint64_t bytes;
} sizes[] = {
	{ "a number", "1000", true, 1000 },
	{ "the biggest that fits", "18446744073709551615", true, UINT64_MAX },
	{ "SIZE-09: twenty digits that don't fit", "99999999999999999999", true, UINT64_MAX },
	{ "twenty-one digits", "000000000000000000001", false, 0 },
	{ "SIZE-08: letters", "1k", false, 0 },
	{ "a sign", "-1", false, 0 },
};

static const struct {
	const char *sentence, *text;
	bool good;
	uint64_t bytes;
	bool last;
} chunks[] = {
	{ "a chunk", "1000", true, 1000, false },
	{ "the last one, any letter case", "1000  last", true, 1000, true },
	{ "an empty last one", "0 LAST", true, 0, true },
	{ "BDAT-09: no size", "", false, 0, false },
	{ "no size, but LAST", "LAST", false, 0, false },
	{ "a negative size", "-1", false, 0, false },
	{ "a size with a plus sign", "+1", false, 0, false },
	{ "letters behind the size", "10k", false, 0, false },
	{ "another word", "10 FIRST", false, 0, false },
	{ "a third word", "10 LAST x", false, 0, false },
	{ "a size that does not fit", "18446744073709551615", false, 0, false },
	{ "a size of twenty-one digits", "000000000000000000001", false, 0, false },
};

static const struct {
	const char *sentence, *text;
	bool good;
} xtexts[] = {
	{ "plain", "abc", true },
	{ "empty", "", true },
	{ "an encoded byte", "a+3Db", true },
	{ "lower-case hex", "a+3db", false },
	{ "half an encoding", "a+3", false },
	{ "an equal sign", "a=b", false },
	{ "a space", "a b", false },
};

static const struct {
	const char *sentence, *text;
	bool good;
} helos[] = {
	{ "a name", "client.example", true },
	{ "one label", "laptop", true },
	{ "a dot at the end", "client.example.", true },
	{ "an underscore, though it's wrong", "my_host.example", true },
	{ "SMTP-06: an IPv4 literal", "[127.0.0.1]", true },
	{ "SMTP-06: an IPv6 literal", "[IPv6:::1]", true },
	{ "SMTP-05: nothing", "", false },
	{ "a comment", "a(b)", false },
	{ "two words", "a b", false },
	{ "a bare address literal that is none", "[1.2.3]", false },
	{ "only a dot", ".", false },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		char *line = check_copy(verbs[i].line, strlen(verbs[i].line) + 1);
		const char *argument;
		bool is = command_is(line, "NOOP", &argument);

		CHECK(verbs[i].argument ? is && strcmp(argument, verbs[i].argument) == 0 : !is,
		      verbs[i].sentence);
		free(line);
	}
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		const char *rest = parameters[i].text;
		struct parameter got;
		enum parameter_status status = parameter_next(&rest, &got);
		const char *value = parameters[i].value;

		CHECK(status == parameters[i].status
		          && (status != PARAMETER_OK
		              || (parameter_is(&got, parameters[i].keyword) && !*rest
		                  && (value ? got.value && got.value_len == strlen(value)
		                                  && memcmp(got.value, value, got.value_len) == 0
		                            : !got.value))),
		      parameters[i].sentence);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct parameter size = { "SIZE", 4, sizes[i].text, strlen(sizes[i].text) };
		uint64_t bytes;
		bool good = size_parse(&size, &bytes);

		CHECK(good == sizes[i].good && (!good || bytes == sizes[i].bytes),
		      sizes[i].sentence);
	}
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		char *copy = check_copy(chunks[i].text, strlen(chunks[i].text) + 1);
		uint64_t bytes = 0;
		bool last = false;

		CHECK(chunk_parse(copy, &bytes, &last) == chunks[i].good && bytes == chunks[i].bytes
		          && last == chunks[i].last,
		      chunks[i].sentence);
		free(copy);
	}
	for (size_t i = 0; i < sizeof xtexts / sizeof *xtexts; i++)
		CHECK(xtext_valid(xtexts[i].text, strlen(xtexts[i].text)) == xtexts[i].good,
		      xtexts[i].sentence);
	for (size_t i = 0; i < sizeof helos / sizeof *helos; i++)
		CHECK(helo_valid(helos[i].text) == helos[i].good, helos[i].sentence);
	return check_end();
}
