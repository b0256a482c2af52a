#include "net/question.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/job.h"
#include "base/spawn.h"
#include "net/read_until.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who can answer without having read it all is welcome to: the answer is what counts. */
static void
question_put(int to, const char *question)
{
	if (io_write(to, question, strlen(question)))
		io_write(to, "\n", 1);
}

static size_t
answer_take(int from, char *answer, size_t size, int64_t deadline_ms)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < size - 1) {
		n = read_until(from, answer + len, size - 1 - len, deadline_ms);
		len += n > 0 ? (size_t)n : 0;
	}
	answer[len] = 0;
	return len;
}

size_t
question_ask(const char *const *command, const char *question, char *answer, size_t size,
             unsigned int timeout_s)
{
	int64_t deadline_ms = clock_ms() + (int64_t)timeout_s * 1000;
	size_t len = 0;
	int to[2], from[2];
	pid_t pid;

	answer[0] = 0;
	if (!pipe_open(to))
		return 0;
	if (!pipe_open(from)) {
		close(to[0]);
		close(to[1]);
		return 0;
	}
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	pid = job_start(command, (const struct spawn_fd[]){ { to[0], 0 }, { from[1], 1 } }, 2);
	if (pid < 0)
		log_warn_sys("cannot ask ", command[0]);
	close(to[0]);
	close(from[1]);
	if (pid >= 0)
		question_put(to[1], question);
	close(to[1]);
	if (pid >= 0)
		len = answer_take(from[0], answer, size, deadline_ms);
	if (pid >= 0 && !len)
		log_warn("no answer from ", command[0],
		         ": is it there, and does it run? Its own lines, if any, stand above");
	if (pid > 0) {
		kill(pid, SIGKILL); /* where the time was over; else it has ended */
		waitpid(pid, NULL, 0);
	}
	close(from[0]);
	return len;
}
