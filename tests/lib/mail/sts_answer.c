/* What sts-fetch says, and what somebody who has taken it over might say. */
#include "mail/sts_answer.h"

#include "check.h"

static const struct {
	const char *sentence, *line;
	bool good;
	enum sts_answer_kind kind;
	const char *id, *rest; /* its line or its text */
} cases[] = {
	{ "a policy", "policy 1a 86400 verify sts mx=a.test", true, STS_ANSWER_POLICY, "1a",
	  "verify sts mx=a.test" },
	{ "one that says that there is none", "policy 1a 0 -", true, STS_ANSWER_POLICY, "1a", "-" },
	{ "the same", "same 1a", true, STS_ANSWER_SAME, "1a", "" },
	{ "none", "none there is none", true, STS_ANSWER_NO, "", "there is none" },
	{ "a failure", "failed 1a sts-policy-invalid a b", true, STS_ANSWER_FAILED, "1a", "a b" },
	{ "no DNS", "tempfail it is down", true, STS_ANSWER_TEMPFAIL, "", "it is down" },
	{ "nothing", "", false, 0, NULL, NULL },
	{ "another word", "maybe 1a", false, 0, NULL, NULL },
	{ "no id", "same", false, 0, NULL, NULL },
	{ "an id that is none", "same ../x", false, 0, NULL, NULL },
	{ "an id of 33 bytes", "same abcdefghijklmnopqrstuvwxyz0123456", false, 0, NULL, NULL },
	{ "an age that is none", "policy 1a x -", false, 0, NULL, NULL },
	{ "more than a year", "policy 1a 31557601 -", false, 0, NULL, NULL },
	{ "no line", "policy 1a 1 ", false, 0, NULL, NULL },
	{ "a line that is none", "policy 1a 1 verify what", false, 0, NULL, NULL },
	{ "a line of the operator's", "policy 1a 1 none", false, 0, NULL, NULL },
	{ "another result", "failed 1a success x", false, 0, NULL, NULL },
	{ "controls", "none a\tb", false, 0, NULL, NULL },
	{ "eight-bit bytes", "none \303\244", false, 0, NULL, NULL },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].line, strlen(cases[i].line) + 1);
		struct sts_answer answer;
		bool good = sts_answer_parse(&answer, copy);

		CHECK(
		    good == cases[i].good
		        && (!good
		            || (answer.kind == cases[i].kind && strcmp(answer.id, cases[i].id) == 0
		                && strcmp(answer.kind == STS_ANSWER_POLICY ? answer.line
		                                                           : answer.text,
		                          cases[i].rest)
		                       == 0)),
		    cases[i].sentence);
		free(copy);
	}
	return check_end();
}
