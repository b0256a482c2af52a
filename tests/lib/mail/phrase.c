#include "mail/phrase.h"

#include "check.h"

static const struct {
	const char *sentence, *name, *phrase;
} cases[] = {
	{ "words stay as they are", "Ann Example", "Ann Example" },
	{ "a dot wants quotes", "Ann B. Example", "\"Ann B. Example\"" },
	{ "so does an @", "ann@a.test", "\"ann@a.test\"" },
	{ "quotes and backslashes are quoted", "A \"B\" \\C", "\"A \\\"B\\\" \\\\C\"" },
	{ "so are spaces that would be lost", "A  B", "\"A  B\"" },
	{ "no name is an empty string", "", "\"\"" },
	{ "8-bit names are encoded", "\xc3\x84nn B", "=?UTF-8?Q?=C3=84nn=20B?=" },
	{ "in several words if they are long",
	  "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	  "\xe2\x82\xac",
	  "=?UTF-8?Q?=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC?=\r\n "
	  "=?UTF-8?Q?=E2=82=AC?=" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].name, strlen(cases[i].name) + 1);
		stralloc out = STRALLOC_ZERO;

		CHECK(phrase_add(&out, copy) && out.len == strlen(cases[i].phrase)
		          && memcmp(out.s, cases[i].phrase, out.len) == 0,
		      cases[i].sentence);
		stralloc_free(&out);
		free(copy);
	}
	return check_end();
}
