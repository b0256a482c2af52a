#include "net/token_ask.h"

#include "base/die.h"
#include "base/io.h"
#include "base/run.h"
#include "base/spawn.h"
#include "mail/saslprep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FD_FACTS = 3, PROGRAM_LIMIT_S = 30 };
enum { PROGRAM_VALID = 0, PROGRAM_INVALID_TOO = 1, PROGRAM_INVALID = EXIT_PERMANENT };

/* A pipe that holds these bytes and has no writer. They are far fewer than a pipe takes. */
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

/* The program's first line is the login. */
static bool
login_read(int fd, char login[SASL_LOGIN_MAX + 1])
{
	char line[SASL_LOGIN_MAX + 2], *end;
	ssize_t n = io_read(fd, line, sizeof line - 1);

	if (n <= 0)
		return false;
	line[n] = 0;
	end = strchr(line, '\n');
	if (end)
		*end = 0;
	return strlen(line) == (size_t)(end ? end - line : n) && sasl_prepared(line, strlen(line))
	       && saslprep(login, SASL_LOGIN_MAX + 1, line, false);
}

static enum token_verdict
judge(const char *const *command, const struct run *ran, int said, char *login)
{
	switch (ran->code) {
	case PROGRAM_VALID:
		if (login_read(said, login))
			return TOKEN_VALID;
		log_warn(command[0], " names no login");
		return TOKEN_LATER;
	case PROGRAM_INVALID:
	case PROGRAM_INVALID_TOO: return TOKEN_INVALID;
	default:
		log_warn(command[0], ran->late ? " took too long" : " cannot tell: ", ran->end, " ",
		         ran->number, " ", ran->said);
		return TOKEN_LATER;
	}
}

enum token_verdict
token_ask(const char *const *command, const char *token, size_t len, const struct facts *facts,
          char login[SASL_LOGIN_MAX + 1])
{
	enum token_verdict verdict = TOKEN_LATER;
	int in = pipe_of(token, len), known = pipe_of(facts->list.s, facts->list.len);
	int said[2] = { -1, -1 };
	struct run ran;

	if (in >= 0 && known >= 0 && pipe_open(said) && fcntl(said[0], F_SETFL, O_NONBLOCK) == 0) {
		const struct spawn_fd map[] = { { in, 0 }, { said[1], 1 }, { known, FD_FACTS } };

		if (run_program(command, map, sizeof map / sizeof *map, NULL, PROGRAM_LIMIT_S,
		                &ran))
			verdict = judge(command, &ran, said[0], login);
		else
			log_warn_sys("cannot start ", command[0]);
	} else {
		log_warn_sys("cannot make descriptors for ", command[0]);
	}
	for (size_t i = 0; i < 4; i++) {
		int fd = (int[]){ in, known, said[0], said[1] }[i];

		if (fd >= 0)
			close(fd);
	}
	return verdict;
}
