/* SUB-25: message identifiers. The words of lex.h are tested where lists and dates are read. */
#include "mail/lex.h"

#include "check.h"

int
main(void)
{
	static const struct {
		const char *sentence, *text;
		bool wanted;
	} cases[] = {
		{ "an identifier", " <a.1$x@example.org>", true },
		{ "an identifier with a comment and a fold", "\r\n <a@example.org> (x)", true },
		{ "an identifier with a literal", "<a@[192.0.2.1]>", true },
		{ "obsolete: a quoted left side", "<\"a b\"@example.org>", true },
		{ "a right side of one word", "<a@host>", true },
		{ "an identifier with UTF-8", "<j\xc3\xbcrg@example.org>", true },
		{ "refused: nothing", "", false },
		{ "refused: no brackets", "a@example.org", false },
		{ "refused: no right side", "<a>", false },
		{ "refused: nothing in the brackets", "<>", false },
		{ "refused: two of them", "<a@example.org> <b@example.org>", false },
		{ "refused: a space in it", "<a b@example.org>", false },
		{ "refused: two dots", "<a..b@example.org>", false },
		{ "refused: two @", "<a@b@example.org>", false },
		{ "refused: a port", "<a@example.org:25>", false },
		{ "refused: no end", "<a@example.org", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		CHECK(lex_message_id(text, len) == cases[i].wanted, cases[i].sentence);
		free(text);
	}
	return check_end();
}
