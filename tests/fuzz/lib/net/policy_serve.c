/*
 * Questions of the policy protocol: each whole one is judged once and has one answer, whatever the judge
 * makes of it; the first that is none ends the connection.
 */
#include "net/policy_serve.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/still.h"

char const *PROG = "policy_serve";

enum { FUZZ_MAX = 1000 };

static size_t judged;

static bool
judge(const struct policy_question *question, const struct envelope *facts, void *settings,
      stralloc *action)
{
	const char *at = question->attributes.s, *end = at + question->attributes.len;

	assert(settings == &judged && policy_valid(question));
	assert(strcmp(envelope_get(facts, ENVELOPE_CONNECTION), "testconn00000000") == 0);
	for (; at < end; at += strlen(at) + 1)
		assert(strchr(at, '=') && !strpbrk(at, "\r\n"));
	assert(at == end && question->attributes.len <= POLICY_MAX_BYTES);
	judged++;
	/* A judge that hands back what a stranger said. */
	return stralloc_cats(action, policy_get(question, "sender"));
}

/* How many answers are these? */
static size_t
answers(const char *said, size_t len)
{
	size_t count = 0;

	while (len) {
		const char *end = memmem(said, len, "\n\n", 2);

		assert(end && strncmp(said, "action=", 7) == 0);
		assert(fuzz_printable(said, (size_t)(end - said)));
		len -= (size_t)(end - said) + 2;
		said = end + 2;
		count++;
	}
	return count;
}

static void
fuzz(char *bytes, size_t len)
{
	static const char facts[] = "V1\0Ltestconn00000000\0Jmail.example.test\0I192.0.2.7\0";
	struct file *said = file_open(1, "", 0), *log = file_open(2, "", 0);
	int code;

	file_open(0, bytes, len)->step = len % 2 ? 0 : fuzz_step(len);
	file_open(3, facts, sizeof facts);
	judged = 0;
	code = policy_serve(judge, NULL, &judged);
	assert(code == 0 || code == 111);
	assert(answers(said->out.s, said->out.len) == judged);
	assert(file_is_plain(log));
}
