#include "net/token_ask.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/spawn.h"
#include "mail/saslprep.h"
#include "net/read_until.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_TOKEN, FD_FACTS = 3, FD_LOGIN = 4 };
enum { ANSWER_LIMIT_S = 30, ANSWER_MAX_BYTES = 1024 };

/* A pipe that holds these bytes and has no writer. They are far fewer than a pipe takes. -1: errno */
static int
pipe_of(const char *bytes, size_t len)
{
	int ends[2];

	if (!pipe_open(ends))
		return -1;
	if (!io_write(ends[1], bytes, len)) {
		io_close(ends[0]);
		ends[0] = -1;
	}
	io_close(ends[1]);
	return ends[0];
}

/* All that is answered, to its end. */
static enum token_verdict
answer_read(int fd, const char *program, char login[SASL_LOGIN_MAX + 1])
{
	int64_t deadline_ms = clock_ms() + ANSWER_LIMIT_S * 1000;
	char answer[ANSWER_MAX_BYTES] = "";
	size_t len = 0, whole;
	ssize_t n;

	while (!(whole = record_list_len(answer, len)) && len < sizeof answer
	       && (n = read_until(fd, answer + len, sizeof answer - len, deadline_ms)) > 0)
		len += (size_t)n;
	if (whole == 1)
		return TOKEN_INVALID;
	/* One record, and what is in it can be a login. */
	if (whole && answer[0] == ENVELOPE_LOGIN && whole == strlen(answer) + 2
	    && sasl_prepared(answer + 1, strlen(answer + 1))
	    && saslprep(login, SASL_LOGIN_MAX + 1, answer + 1, false))
		return TOKEN_VALID;
	log_warn(program, " gave no answer about a token, or one that is not understood");
	return TOKEN_LATER;
}

enum token_verdict
token_ask(const char *const *command, const char *token, size_t len, const struct facts *facts,
          char login[SASL_LOGIN_MAX + 1])
{
	enum token_verdict verdict = TOKEN_LATER;
	int in = pipe_of(token, len), known = pipe_of(facts->list.s, facts->list.len);
	int answer[2] = { -1, -1 };
	pid_t pid = -1;

	if (in >= 0 && known >= 0 && pipe_open(answer)
	    && fcntl(answer[0], F_SETFL, O_NONBLOCK) == 0) {
		const struct spawn_fd map[] = { { in, FD_TOKEN },
			                        { known, FD_FACTS },
			                        { answer[1], FD_LOGIN } };

		pid = job_start(command, map, sizeof map / sizeof *map);
	}
	if (pid < 0)
		log_warn_sys("cannot start ", command[0]);
	for (size_t i = 0; i < 3; i++) {
		int fd = (int[]){ in, known, answer[1] }[i];

		if (fd >= 0)
			close(fd);
	}
	if (pid >= 0)
		verdict = answer_read(answer[0], command[0], login);
	if (answer[0] >= 0)
		close(answer[0]);
	if (pid > 0) { /* it has said what it had to say */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return verdict;
}
