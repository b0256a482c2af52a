/* verdict(5): outcomes survive writing and reading, and nothing else is taken for one. */
#include "base/verdict.h"
#include "check.h"

static const struct {
	const char *sentence, *record;
	bool good;
} cases[] = {
	{ "done for all", "K* 250 2.0.0 - - ok", true },
	{ "later for one", "Z7 451 4.4.1 mx.example.org[192.0.2.1] TLSv1.3 not now", true },
	{ "never, with an empty text", "D0 550 5.1.1 - - ", true },
	{ "a tag of no meaning", "X* 250 2.0.0 - - ok", false },
	{ "a code of another class than the tag", "K* 550 5.0.0 - - ok", false },
	{ "no code", "K* x 2.0.0 - - ok", false },
	{ "a code out of range", "D* 999 5.0.0 - - ok", false },
	{ "no recipient", "K 250 2.0.0 - - ok", false },
	{ "a recipient below zero", "K-1 250 2.0.0 - - ok", false },
	{ "a recipient too far", "K4294967295 250 2.0.0 - - ok", false },
	{ "too few fields", "K* 250 2.0.0 - ", false },
	{ "a tag alone", "K", false },
	{ "nothing", "", false },
};

int
main(void)
{
	struct outcome in = {
		FATE_LATER, 3, 451, "4.2.0", "mx[1]", "TLSv1.2", "a\r\n\x1b[1mb\xff"
	};
	struct outcome out;
	stralloc text = STRALLOC_ZERO;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *record = check_copy(cases[i].record, strlen(cases[i].record) + 1);

		CHECK(outcome_parse(record, &out) == cases[i].good, cases[i].sentence);
		free(record);
	}
	CHECK(outcome_add(&text, &in) && text.s[text.len - 1] == 0 && outcome_parse(text.s, &out)
	          && out.fate == in.fate && out.recipient == 3 && out.code == 451
	          && strcmp(out.enhanced, "4.2.0") == 0 && strcmp(out.host, "mx[1]") == 0
	          && strcmp(out.tls, "TLSv1.2") == 0,
	      "what was written is read");
	CHECK(strcmp(out.text, "a???[1mb?") == 0, "what cannot be printed is not in the text");
	stralloc_free(&text);
	CHECK(fate_of_code(250) == FATE_DONE && fate_of_code(421) == FATE_LATER
	          && fate_of_code(599) == FATE_NEVER && fate_of_code(354) == FATE_LATER,
	      "REP-12: a code's first digit is its fate; what is odd is later");
	return check_end();
}
