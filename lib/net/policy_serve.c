#include "net/policy_serve.h"

#include "base/die.h"
#include "base/more.h"
#include "base/spawn.h"
#include "net/dialogue.h"
#include "net/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FD_QUESTIONS, FD_ANSWERS, FD_FACTS = 3 };
enum {
	IDLE_TIMEOUT_S = 24 * 3600, /* the asker closes when its connection ends, long before */
	WRITE_TIMEOUT_S = 60,
};

struct service {
	struct dialogue lines;
	policy_judge *judge;
	policy_message *message; /* NULL: none are taken */
	bool takes;              /* messages come: fds 0, 3 and 4 are theirs */
	void *settings;
	const char *conn; /* for the log */
};

static struct service us;

/* The next line of a question; messages are taken meanwhile. */
static enum line_status
line_read(struct service *service, char **line, size_t *len)
{
	enum line_status status;

	while ((status = dialogue_line(&service->lines, IDLE_TIMEOUT_S, line, len)) == LINE_WOKEN) {
		if (service->message(service->settings))
			more_ask();
		else
			service->lines.waker = -1;
		log_ids(service->conn, NULL);
	}
	return status;
}

/* The next question; false: there is none, or what came is none (errno EPROTO). */
static bool
question_read(struct service *service, struct policy_question *question)
{
	enum line_status status;
	size_t len;
	char *line;

	policy_clear(question);
	while ((status = line_read(service, &line, &len)) == LINE_OK && len)
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
answer(struct service *service, const struct policy_question *question,
       const struct envelope *facts)
{
	stralloc action = STRALLOC_ZERO, text = STRALLOC_ZERO;
	bool done = service->judge(question, facts, service->settings, &action)
	            && stralloc_0(&action) && policy_answer(&text, action.s)
	            && dialogue_add(&service->lines, text.s, text.len)
	            && dialogue_flush(&service->lines, WRITE_TIMEOUT_S);

	stralloc_free(&action);
	stralloc_free(&text);
	return done;
}

/* Questions come on fds 0 and 1; where messages do, too, those are theirs. false: errno */
static bool
begin(struct service *service)
{
	int in = FD_QUESTIONS, out = FD_ANSWERS;

	service->takes = service->message && more_is_offered();
	if (service->takes && ((in = fd_high(in)) < 0 || (out = fd_high(out)) < 0))
		return false;
	dialogue_start(&service->lines, in, out);
	service->lines.lf = true;
	if (service->takes) {
		service->lines.waker = FD_MORE;
		more_ask();
	}
	return true;
}

int
policy_serve(policy_judge *judge, policy_message *message, void *settings)
{
	struct policy_question question = { .attributes = STRALLOC_ZERO };
	struct facts facts = { .list = STRALLOC_ZERO };
	int code = EXIT_TEMPORARY;

	us.judge = judge;
	us.message = message;
	us.settings = settings;
	if (fcntl(FD_FACTS, F_SETFD, FD_CLOEXEC) == 0 && !facts_read(&facts, FD_FACTS)) {
		log_warn_sys("cannot read the facts of the connection on fd 3");
		goto out;
	}
	us.conn = envelope_get(&facts.known, ENVELOPE_CONNECTION);
	log_ids(us.conn, NULL);
	if (!begin(&us)) {
		log_warn_sys("cannot place the descriptors of questions");
		goto out;
	}
	while (question_read(&us, &question))
		if (!answer(&us, &question, &facts.known)) {
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

bool
policy_next(void)
{
	if (!us.takes)
		return false;
	close(us.lines.in);
	close(us.lines.out);
	return more_next_connection();
}
