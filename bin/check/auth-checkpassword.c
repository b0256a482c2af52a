/*
 * auth-checkpassword - have a login and its password judged by any checkpassword program
 *
 *     auth-checkpassword [-m mechanisms] [-w milliseconds] program arguments ...
 *
 * road     smtp-accept > [auth-checkpassword]: asked once for each AUTH command
 * fd 0, 1  the AUTH dialogue: PLAIN and LOGIN
 * fd 3     facts of the connection: for the log; the program's fd 3 is another, with the password
 * fd 4     the canonical login (lower case), before the 235
 * opens    -g: the file of guesses
 * refuses  535 5.7.8: the program exits 1, or is given more than the 512 bytes that its kind takes
 * later    454 4.7.0: the program exits otherwise, takes more than a minute, or cannot be started
 * source   RFC 4954, RFC 4616; the checkpassword interface
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "base/spawn.h"
#include "net/auth.h"
#include "store/guesses.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USAGE "auth-checkpassword " AUTH_USAGE " program arguments ..."
char const *PROG = "auth-checkpassword";

static const struct rights rights = { .may = MAY_RUN }; /* the judge */

enum { FD_PASSWORD = 3, PASSWORD_MAX_BYTES = 512 }; /* what checkpassword programs read */
enum { PROGRAM_RIGHT = 0, PROGRAM_WRONG = 1, PROGRAM_TIMEOUT_S = 60 };

static const char *const *
parse_options(struct auth *auth, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, AUTH_OPTIONS, &got)) != -1)
		if (!auth_option(auth, c, got.arg))
			die_usage(USAGE);
	if (got.ind == argc)
		die_usage(USAGE);
	return argv + got.ind;
}

/* The three strings, each with its NUL; 0: they are longer than size. */
static size_t
strings_put(char *out, size_t size, const struct auth_attempt *attempt)
{
	char now[UINT64_FMT];
	const char *const strings[] = { attempt->login, attempt->password, now };
	size_t len = 0;

	now[uint64_fmt(now, (uint64_t)time(NULL))] = 0;
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		size_t part = strlen(strings[i]) + 1;

		if (part > size - len)
			return 0;
		memcpy(out + len, strings[i], part);
		len += part;
	}
	return len;
}

/* The program on a pipe of its own; it gets neither the client nor our facts. -1: errno */
static pid_t
program_start(const char *const *program, int *password)
{
	int ends[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), saved;
	pid_t pid = -1;

	if (null < 0)
		return -1;
	if (pipe_open(ends)) {
		const struct spawn_fd map[] = { { null, 0 },
			                        { null, 1 },
			                        { ends[0], FD_PASSWORD } };

		pid = spawn(program, map, sizeof map / sizeof *map, NULL);
		saved = errno;
		close(ends[0]);
		if (pid < 0)
			close(ends[1]);
		errno = saved;
		*password = ends[1];
	}
	saved = errno;
	close(null);
	errno = saved;
	return pid;
}

static void
time_is_up(int signal_number)
{
	(void)signal_number; /* only there to wake waitpid */
}

/* The exit status; -1: it was killed, by us after a minute or by others. */
static int
program_wait(pid_t pid)
{
	struct sigaction wake = { .sa_handler = time_is_up };
	int status;

	sigaction(SIGALRM, &wake, NULL);
	alarm(PROGRAM_TIMEOUT_S);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
		kill(pid, SIGKILL);
	}
	alarm(0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Letter case of a login does not count anywhere: one login, one name. */
static bool
login_lower(stralloc *out, const char *login)
{
	if (!stralloc_cats(out, login) || !stralloc_0(out))
		return false;
	for (char *c = out->s; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return true;
}

static enum auth_verdict
program_ask(struct auth_attempt *attempt, const char *const *program)
{
	char strings[PASSWORD_MAX_BYTES], code[INT_FMT];
	size_t len = strings_put(strings, sizeof strings, attempt);
	int password, exit_code;
	pid_t pid;

	if (!len) {
		attempt->why = "longer than a checkpassword program takes";
		return AUTH_WRONG;
	}
	pid = program_start(program, &password);
	if (pid > 0) {
		/* One that does not read it says so by its exit. */
		(void)io_write(password, strings, len);
		close(password);
	}
	explicit_bzero(strings, sizeof strings);
	if (pid < 0) {
		log_warn_sys("cannot start ", program[0]);
		return AUTH_LATER;
	}
	switch (exit_code = program_wait(pid)) {
	case PROGRAM_RIGHT:
		return login_lower(&attempt->known_as, attempt->login) ? AUTH_RIGHT : AUTH_LATER;
	case PROGRAM_WRONG: attempt->why = "refused by the program"; return AUTH_WRONG;
	default: break;
	}
	code[int_fmt(code, exit_code)] = 0;
	log_warn(program[0],
	         exit_code < 0 ? " was killed, or took too long" : " cannot tell: exit ",
	         exit_code < 0 ? "" : code);
	return AUTH_LATER;
}

struct settings {
	const char *const *program;
	struct guesses guesses;
};

static enum auth_verdict
judge(struct auth_attempt *attempt, const void *data)
{
	const struct settings *settings = data;
	const char *client = envelope_get(&attempt->facts->known, ENVELOPE_CLIENT);
	stralloc login = STRALLOC_ZERO;
	enum auth_verdict verdict = AUTH_LATER;

	if (!login_lower(&login, attempt->login))
		goto out;
	attempt->wait_s = guesses_try(&settings->guesses, login.s, client, time(NULL));
	verdict = attempt->wait_s ? AUTH_SLOWED : program_ask(attempt, settings->program);
	if (verdict == AUTH_RIGHT)
		guesses_right(&settings->guesses, login.s, client, time(NULL));
out:
	stralloc_free(&login);
	return verdict;
}

int
main(int argc, const char *const *argv)
{
	struct auth auth = { .known = "PLAIN LOGIN",
		             .delay_ms = AUTH_DELAY_MS,
		             .serve = { .talks = true } };
	struct settings settings = { .program = parse_options(&auth, argc, argv) };
	struct job_peer peer;

	signal(SIGCHLD,
	       SIG_DFL); /* whoever started us may have it ignored: then nothing is waited for */
	auth.serve.rights = &rights;
	if (!guesses_open(&settings.guesses, auth.guesses))
		die_temporary("cannot use the file of guesses, ", auth.guesses);
	serve(&auth.serve, &peer);
	return auth_run(&auth, judge, &settings);
}
