/* QUE-11 */
#include "store/select.h"

#include "check.h"

enum { NOW = 2000000000 };

/* A message from ann, an hour old: bob has it, carl is left. */
static struct part parts[] = { { .fate = FATE_DONE }, { .fate = FATE_LATER } };
static const char records[] = "V1\0Fann@example.org\0Tbob@a.example.net\0Tcarl@b.example.net\0";

static const struct {
	const char *sentence;
	char option;
	const char *value;
	bool is_option, fits;
} cases[] = {
	{ "a sender", 'f', "ann@example.org", true, true },
	{ "whatever its letters' case", 'f', "Ann@Example.ORG", true, true },
	{ "a sender's domain", 'f', "@example.org", true, true },
	{ "not a part of a domain", 'f', "@ample.org", true, false },
	{ "not another sender", 'f', "bob@example.org", true, false },
	{ "the null sender is another one", 'f', "", true, false },
	{ "a recipient that is left", 't', "carl@b.example.net", true, true },
	{ "not one who has it", 't', "bob@a.example.net", true, false },
	{ "a recipient's domain", 'd', "b.example.net", true, true },
	{ "what it lies below", 'd', "example.net", true, true },
	{ "not what it only ends with", 'd', "ple.net", true, false },
	{ "not the domain of one who has it", 'd', "a.example.net", true, false },
	{ "no recipient is none", 't', "", false, false },
	{ "an hour is at least 50 minutes", 'o', "50m", true, true },
	{ "and 3000 seconds", 'o', "3000", true, true },
	{ "but no two hours", 'o', "2h", true, false },
	{ "and at most two", 'y', "2h", true, true },
	{ "and one day", 'y', "1d", true, true },
	{ "but not 50 minutes", 'y', "50m", true, false },
	{ "an age without number is none", 'o', "h", false, false },
	{ "nor is one of nothing", 'o', "0", false, false },
	{ "nor one with two units", 'o', "1hm", false, false },
	{ "nor one with another", 'o', "1w", false, false },
	{ "it was tried", 's', "later", true, true },
	{ "it is not new", 's', "new", true, false },
	{ "nor on hold", 's', "hold", true, false },
	{ "another state is none", 's', "lost", false, false },
	{ "any state is none to ask for", 's', "any", false, false },
	{ "another option is none", 'x', "", false, false },
};

int
main(void)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	struct glance glance = { .progress = { .parts = parts, .count = 2, .attempts = 1 } };
	uint64_t us = (uint64_t)(NOW - 3600) * 1000000;

	strcpy(glance.id, "0000000000000000");
	for (int i = 10; i >= 0; i--, us >>= 5)
		glance.id[i] = digits[us & 31];
	if (!envelope_parse(&glance.envelope, records, sizeof records))
		abort();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct select select = { 0 };
		bool is_option = select_option(&select, cases[i].option, cases[i].value);

		CHECK(is_option == cases[i].is_option
		          && (!is_option || select_fits(&select, &glance, NOW) == cases[i].fits),
		      cases[i].sentence);
	}
	return check_end();
}
