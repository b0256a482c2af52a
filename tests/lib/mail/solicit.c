/* SUB-21: classes of solicitation */
#include "mail/solicit.h"

#include "base/die.h"
#include "check.h"

char const *PROG = "solicit";

static const struct {
	const char *sentence, *list;
	bool is_valid;
} lists[] = {
	{ "a class of a domain is a list", "net.example:ADV", true },
	{ "so are two", "net.example:ADV,org.example:ADV:ADLT", true },
	{ "a class may hold digits, hyphens and underscores", "a.example:A-1_b", true },
	{ "one letter is enough", "a", true },
	{ "nothing is no list", "", false },
	{ "a class starts with a letter", "9.example:ADV", false },
	{ "each one does", "a,:b", false },
	{ "no class may be empty", "a,,b", false },
	{ "nor the first", ",a", false },
	{ "nor the last", "a,", false },
	{ "there are no spaces", "a, b", false },
	{ "nothing that a parameter cannot hold", "a=b", false },
	{ "no byte beyond ASCII", "\xc3\xa9", false },
	{ "no control character", "a\r", false },
};

static const struct {
	const char *sentence, *list, *unwelcome, *first;
} cases[] = {
	{ "what is named is found", "net.example:ADV", "net.example:ADV", "net.example:ADV" },
	{ "in any letter case", "NET.example:adv", "net.EXAMPLE:ADV", "NET.example:adv" },
	{ "the first of several is", "a,b,c", "c,b", "b" },
	{ "the beginning of a class is not the class", "net.example:ADV:ADLT", "net.example:ADV",
	  NULL },
	{ "nor is what begins with it", "net.example", "net.example:ADV", NULL },
	{ "nothing is unwelcome by itself", "a", "", NULL },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		size_t len = strlen(lists[i].list);
		char *list = check_copy(lists[i].list, len);

		CHECK(solicit_valid(list, len) == lists[i].is_valid, lists[i].sentence);
		free(list);
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = 0;
		const char *first = solicit_first(cases[i].list, cases[i].unwelcome, &len);

		CHECK(cases[i].first ? first && len == strlen(cases[i].first)
		                           && memcmp(first, cases[i].first, len) == 0
		                     : !first,
		      cases[i].sentence);
	}
	{
		char longest[SOLICIT_MAX + 1];

		memset(longest, 'a', sizeof longest);
		CHECK(solicit_valid(longest, SOLICIT_MAX), "a list of a thousand bytes is one");
		CHECK(!solicit_valid(longest, SOLICIT_MAX + 1), "a longer one is none");
	}
	return check_end();
}
