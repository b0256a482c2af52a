/* SASL-05 */
#include "mail/saslprep.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *text;
	const char *prepared; /* NULL: refused */
} cases[] = {
	{ "plain ASCII is its own form", "a B:c~", "a B:c~" },
	{ "a soft hyphen is nothing (RFC 4013 3)", "I\xc2\xadX", "IX" },
	{ "letter case stays", "USER", "USER" },
	{ "the feminine ordinal is an a", "\xc2\xaa", "a" },
	{ "the Roman number nine is two letters", "\xe2\x85\xa8", "IX" },
	{ "a and a combining diaeresis are one letter", "pa\xcc\x88ss", "p\xc3\xa4ss" },
	{ "wide letters are narrow", "\xef\xbd\x81", "a" },
	{ "a non-breaking space is a space",
	  "a\xc2\xa0"
	  "b",
	  "a b" },
	{ "a control character is refused", "\x07", NULL },
	{ "letters of both directions are refused", "\xd8\xa7\x31", NULL },
	{ "nothing is left", "\xc2\xad", NULL },
	{ "nothing at all", "", NULL },
};

int
main(void)
{
	char out[64];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].text, strlen(cases[i].text) + 1);
		bool done = saslprep(out, sizeof out, copy, false);

		CHECK(cases[i].prepared ? done && strcmp(out, cases[i].prepared) == 0 : !done,
		      cases[i].sentence);
		free(copy);
	}
	CHECK(saslprep(out, 4, "abc", false) && !saslprep(out, 3, "abc", false),
	      "what does not fit is refused");
	CHECK(!saslprep(out, 3, "\xe2\x85\xa7", false),
	      "also what does not fit after it was prepared");
	CHECK(saslprep(out, sizeof out, "\xc8\xa1", false)
	          && !saslprep(out, sizeof out, "\xc8\xa1", true),
	      "what Unicode 3.2 did not know may be asked for, and not be stored");
	return check_end();
}
