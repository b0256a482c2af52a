#include "mail/utf8.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *text;
	size_t len;
	bool valid;
} cases[] = {
	{ "nothing is UTF-8", "", 0, true },
	{ "ASCII is UTF-8, NUL too", "a\0~", 3, true },
	{ "two, three and four bytes make one character", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7", 9,
	  true },
	{ "a lone continuation byte is not UTF-8", "a\x80", 2, false },
	{ "a sequence that the end cuts is not UTF-8", "\xe2\x82", 2, false },
	{ "a sequence that ASCII cuts is not UTF-8", "\xc3(", 2, false },
	{ "an overlong slash is not UTF-8", "\xc0\xaf", 2, false },
	{ "an overlong sequence of three is not UTF-8", "\xe0\x80\xaf", 3, false },
	{ "an overlong sequence of four is not UTF-8", "\xf0\x80\x80\xaf", 4, false },
	{ "a surrogate is not UTF-8", "\xed\xa0\x80", 3, false },
	{ "U+10FFFF is the last character", "\xf4\x8f\xbf\xbf", 4, true },
	{ "nothing is past U+10FFFF", "\xf4\x90\x80\x80", 4, false },
	{ "Latin-1 is not UTF-8", "caf\xe9", 4, false },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = check_copy(cases[i].text, cases[i].len);

		CHECK(utf8_valid(text, cases[i].len) == cases[i].valid, cases[i].sentence);
		free(text);
	}
	CHECK(utf8_is_ascii("~\x7f") && utf8_is_ascii(""), "ASCII is told from the rest");
	CHECK(!utf8_is_ascii("a\xc3\xa9"), "... by any byte");
	CHECK(!utf8_is_ascii_bytes("a\0\x80", 3), "... a NUL does not hide what is behind it");
	return check_end();
}
