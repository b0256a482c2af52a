/* A program that is not ours: its end, its first words, its time */
#include "base/run.h"

#include "check.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct run run;

static bool
shell(const char *script, unsigned int limit_s)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	return run_program(argv, NULL, 0, NULL, limit_s, &run);
}

static bool
ended_with(int code)
{
	return WIFEXITED(run.status) && WEXITSTATUS(run.status) == code && !run.late;
}

int
main(void)
{
	static char words[RUN_SAID_MAX + 2];
	const char *const missing[] = { "/no/such/program", NULL };
	time_t start = time(NULL);
	struct sigaction action;
	sigset_t mask;
	int ends[2];
	char byte;

	CHECK(shell("exit 7", 10) && ended_with(7), "the exit status is told");
	CHECK(shell("kill -9 $$", 10) && WIFSIGNALED(run.status) && !run.late,
	      "a signal is told, and is no exit");
	CHECK(!run_program(missing, NULL, 0, NULL, 10, &run) && errno == ENOENT,
	      "a program that is not there is not started");
	CHECK(shell("echo one >&2; echo two >&2", 10) && strcmp(run.said, "one") == 0,
	      "the first line on fd 2 is kept");
	CHECK(shell("printf one >&2", 10) && strcmp(run.said, "one") == 0,
	      "... even without its end");
	CHECK(shell("true", 10) && strcmp(run.said, "") == 0, "nothing said is nothing kept");
	CHECK(shell("yes x | tr -d '\\n' | head -c 1000000 >&2; exit 3", 10) && ended_with(3)
	          && strlen(run.said) == RUN_SAID_MAX,
	      "a program that talks much need not wait, and its words are cut");
	memset(words, 'x', RUN_SAID_MAX);
	CHECK(strcmp(run.said, words) == 0, "... at the limit");
	CHECK(shell("printf 'a\\0b\\n' >&2", 10) && strcmp(run.said, "a b") == 0,
	      "a NUL in its words becomes a space");
	CHECK(shell("sleep 60 2>&1 & exit 0", 100) && ended_with(0) && time(NULL) - start < 50,
	      "a child that it left behind is not waited for");
	CHECK(shell("sleep 60", 1) && run.late && time(NULL) - start < 50,
	      "a program that takes too long is ended");
	CHECK(shell("trap '' TERM; while :; do sleep 1; done", 1) && run.late
	          && WIFSIGNALED(run.status) && WTERMSIG(run.status) == SIGKILL,
	      "... even if it will not");
	CHECK(shell("yes >&2", 1) && run.late, "... even if it never stops talking");
	if (!pipe_open(ends))
		abort();
	CHECK(run_program((const char *const[]){ "/bin/sh", "-c", "printf x", NULL },
	                  (struct spawn_fd[]){ { ends[1], 1 } }, 1, NULL, 10, &run)
	          && read(ends[0], &byte, 1) == 1 && byte == 'x',
	      "it gets the descriptors it is meant to have");
	CHECK(run_program((const char *const[]){ "/bin/sh", "-c", "test \"$A\" = b", NULL }, NULL,
	                  0, (const char *const[]){ "A=b", "PATH=/bin:/usr/bin", NULL }, 10, &run)
	          && ended_with(0),
	      "it gets the environment it is meant to have");
	if (!pipe_open(ends))
		abort();
	CHECK(run_program((const char *const[]){ "/bin/sh", "-c", "printf x >&2", NULL },
	                  (struct spawn_fd[]){ { ends[1], 2 } }, 1, NULL, 10, &run)
	          && read(ends[0], &byte, 1) == 1 && byte == 'x' && !*run.said,
	      "a descriptor 2 that was given to it is not listened to");
	CHECK(shell("exit 7", 10) && run.code == 7 && strcmp(run.end, "exit") == 0
	          && strcmp(run.number, "7") == 0,
	      "an exit is told in words, too");
	CHECK(shell("kill -9 $$", 10) && run.code < 0 && strcmp(run.end, "signal") == 0
	          && strcmp(run.number, "9") == 0,
	      "... and so is a signal");
	CHECK(shell("trap 'exit 0' TERM; while :; do sleep 1; done", 1) && run.code < 0,
	      "an exit that comes too late is no answer");
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGCHLD, NULL, &action);
	CHECK(!sigismember(&mask, SIGCHLD) && action.sa_handler == SIG_DFL,
	      "our own signals are as they were");
	return check_end();
}
