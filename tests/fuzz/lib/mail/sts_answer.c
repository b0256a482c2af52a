/* What sts-fetch says: whatever it is, the words that are kept can be written down. */
#include "mail/sts_answer.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char *line = fuzz_string(bytes, len);
	struct sts_answer answer;

	if (sts_answer_parse(&answer, line)) {
		assert(strlen(answer.id) <= STS_ID_MAX && answer.max_age_s <= STS_AGE_MAX_S);
		assert((answer.kind == STS_ANSWER_POLICY) == (answer.line != NULL));
		if (answer.line)
			assert(*answer.line && fuzz_printable(answer.line, strlen(answer.line)));
		if (answer.text)
			assert(fuzz_printable(answer.text, strlen(answer.text)));
		assert((answer.kind == STS_ANSWER_FAILED) == (answer.result != NULL));
	}
	free(line);
}
