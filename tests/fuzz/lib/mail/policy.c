/* Policy questions: every attribute has a value, and an answer is one line and an empty one. */
#include "mail/policy.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct policy_question question = { 0 };
	stralloc answer = STRALLOC_ZERO;
	const char *at = bytes;
	char *line;

	for (size_t left = len; left; free(line)) {
		line = fuzz_next(&at, &left);
		if (*line && !policy_add(&question, line, strlen(line))) {
			free(line);
			break;
		}
	}
	assert(question.attributes.len <= POLICY_MAX_BYTES);
	policy_valid(&question);
	line = fuzz_string(bytes, len);
	policy_get(&question, line);
	assert(policy_answer(&answer, line) && answer.len == strlen(line) + 9);
	assert(fuzz_printable(answer.s, answer.len - 2));
	assert(memcmp(answer.s + answer.len - 2, "\n\n", 2) == 0);
	free(line);
	stralloc_free(&answer);
	stralloc_free(&question.attributes);
}
