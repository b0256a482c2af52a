#include "base/json.h"

#include "check.h"

static const struct {
	const char *sentence, *text, *json;
} rows[] = {
	{ "plain text stands as it is", "a b", "\"a b\"" },
	{ "an empty text", "", "\"\"" },
	{ "quotes and backslashes get one more", "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "control bytes are numbers", "\x01\n\x7f", "\"\\u0001\\u000a\\u007f\"" },
	{ "UTF-8 of two and three bytes", "\xc3\xa9\xe2\x82\xac", "\"\\u00e9\\u20ac\"" },
	{ "UTF-8 of four bytes is a pair", "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"" },
	{ "a lone continuation is replaced",
	  "a\x80"
	  "b",
	  "\"a\\ufffdb\"" },
	{ "so is a character cut off by the end", "\xe2\x82", "\"\\ufffd\\ufffd\"" },
	{ "an overlong form", "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
	{ "a surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "beyond the last character", "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = check_copy(rows[i].text, strlen(rows[i].text) + 1);
		stralloc out = STRALLOC_ZERO;

		CHECK(json_quote(&out, text) && stralloc_0(&out)
		          && strcmp(out.s, rows[i].json) == 0,
		      rows[i].sentence);
		stralloc_free(&out);
		free(text);
	}
	return check_end();
}
