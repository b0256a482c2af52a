#include "net/policy_serve.h"

#include "base/die.h"
#include "net/dialogue.h"
#include "net/facts.h"

#include <errno.h>
#include <fcntl.h>

enum { FD_QUESTIONS, FD_ANSWERS, FD_FACTS = 3 };
enum {
	IDLE_TIMEOUT_S = 24 * 3600, /* the asker closes when its connection ends, long before */
	WRITE_TIMEOUT_S = 60,
};

/* The next question; false: there is none, or what came is none (errno EPROTO). */
static bool
question_read(struct dialogue *lines, struct policy_question *question)
{
	enum line_status status;
	size_t len;
	char *line;

	policy_clear(question);
	while ((status = dialogue_line(lines, IDLE_TIMEOUT_S, &line, &len)) == LINE_OK && len)
		if (!policy_add(question, line, len)) {
			status = LINE_BAD;
			break;
		}
	errno = 0;
	if (status == LINE_OK && policy_valid(question))
		return true;
	if (status == LINE_OK || status == LINE_BAD || status == LINE_TOO_LONG)
		errno = EPROTO;
	return false;
}

static bool
answer(struct dialogue *lines, const struct policy_question *question, const struct envelope *facts,
       policy_judge *judge, void *settings)
{
	stralloc action = STRALLOC_ZERO, text = STRALLOC_ZERO;
	bool done = judge(question, facts, settings, &action) && stralloc_0(&action)
	            && policy_answer(&text, action.s) && dialogue_add(lines, text.s, text.len)
	            && dialogue_flush(lines, WRITE_TIMEOUT_S);

	stralloc_free(&action);
	stralloc_free(&text);
	return done;
}

int
policy_serve(policy_judge *judge, void *settings)
{
	static struct dialogue lines;
	struct policy_question question = { .attributes = STRALLOC_ZERO };
	struct facts facts = { .list = STRALLOC_ZERO };
	int code = EXIT_TEMPORARY;

	if (fcntl(FD_FACTS, F_SETFD, FD_CLOEXEC) == 0 && !facts_read(&facts, FD_FACTS)) {
		log_warn_sys("cannot read the facts of the connection on fd 3");
		goto out;
	}
	log_ids(envelope_get(&facts.known, ENVELOPE_CONNECTION), NULL);
	dialogue_start(&lines, FD_QUESTIONS, FD_ANSWERS);
	lines.lf = true;
	while (question_read(&lines, &question))
		if (!answer(&lines, &question, &facts.known, judge, settings)) {
			log_warn_sys("cannot answer");
			goto out;
		}
	if (errno)
		log_warn("this is no question of the policy protocol; the connection is closed");
	else
		code = 0;
out:
	log_ids(NULL, NULL);
	policy_clear(&question);
	stralloc_free(&question.attributes);
	facts_free(&facts);
	return code;
}
