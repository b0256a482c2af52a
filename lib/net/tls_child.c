#include "net/tls_child.h"

#include "base/clock.h"
#include "base/record.h"
#include "base/spawn.h"
#include "net/read_until.h"
#include "net/tls_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_TLS_FACTS = 4, FD_TLS_READ = 6, FD_TLS_WRITE = 7 };

/* Copies what fits, made printable: part of it may be a server's words. */
static void
copy(char *out, size_t size, const char *text, bool spaces)
{
	size_t len = 0;

	for (; *text && len < size - 1; text++)
		out[len++] = *text > '~' || *text < ' ' || (*text == ' ' && !spaces) ? '?' : *text;
	out[len] = 0;
}

static bool
fail(struct tls_child *out, const char *why, bool with_errno)
{
	size_t len;

	copy(out->error, sizeof out->error, why, true);
	len = strlen(out->error);
	if (with_errno && len + 2 < sizeof out->error) {
		strcpy(out->error + len, ": ");
		copy(out->error + len + 2, sizeof out->error - len - 2, strerror(errno), true);
	}
	return false;
}

bool
tls_child_facts(struct tls_child *out, const char *list, size_t len, bool must_verify)
{
	size_t whole = record_list_len(list, len);
	const char *protocol, *cipher, *verified, *error;

	if (!whole)
		return fail(out, "the TLS program ended without a word", false);
	error = tls_fact_get(list, whole, "SSL_ERROR");
	if (error)
		return fail(out, *error ? error : "the TLS program does not say why", false);
	protocol = tls_fact_get(list, whole, "SSL_PROTOCOL");
	if (!protocol || !*protocol)
		return fail(out, "the TLS program named no protocol", false);
	cipher = tls_fact_get(list, whole, "SSL_CIPHER");
	verified = tls_fact_get(list, whole, "SSL_VERIFIED");
	out->verified = verified && strcmp(verified, "yes") == 0;
	if (must_verify && !out->verified) {
		error = tls_fact_get(list, whole, "SSL_VERIFY_ERROR");
		return fail(out,
		            error && *error ? error : "the server's certificate was not verified",
		            false);
	}
	copy(out->cipher, sizeof out->cipher, cipher ? cipher : "", false);
	copy(out->protocol, sizeof out->protocol - sizeof ",verified", protocol, false);
	if (out->verified)
		strcat(out->protocol, ",verified");
	return true;
}

/* All that the program says on its facts' pipe, to the end or to a list that is whole. */
static bool
facts_read(struct tls_child *out, int fd, unsigned int timeout_s, bool must_verify)
{
	int64_t deadline_ms = clock_ms() + (int64_t)timeout_s * 1000;
	char list[TLS_FACTS_MAX_BYTES];
	size_t len = 0;

	while (len < sizeof list && !record_list_len(list, len)) {
		ssize_t n = read_until(fd, list + len, sizeof list - len, deadline_ms);

		if (n < 0)
			return fail(out, "no TLS handshake", true);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return tls_child_facts(out, list, len, must_verify);
}

static pid_t
start(const char *const *command, const char *name, const char *policy, const struct spawn_fd *map,
      size_t count)
{
	size_t words = 0;
	const char **argv;
	pid_t pid;

	while (command[words])
		words++;
	argv = malloc((words + 5) * sizeof *argv);
	if (!argv)
		return -1;
	memcpy(argv, command, words * sizeof *argv);
	argv[words++] = "-n";
	argv[words++] = name;
	argv[words++] = "-v";
	argv[words++] = policy;
	argv[words] = NULL;
	pid = spawn(argv, map, count, NULL);
	free(argv);
	return pid;
}

bool
tls_child_start(struct tls_child *out, const char *const *command, const char *name,
                const char *policy, int socket, unsigned int timeout_s)
{
	int clear[2], facts[2];
	bool good;
	pid_t pid;

	*out = (struct tls_child){ .fd = -1 };
	if (!socketpair_open(clear))
		return fail(out, "cannot make a socket pair", true);
	if (!pipe_open(facts)) {
		fail(out, "cannot make a pipe", true);
		close(clear[0]);
		close(clear[1]);
		return false;
	}
	fcntl(socket, F_SETFL, 0); /* blocking, as any program expects to find it */
	fcntl(clear[0], F_SETFL, O_NONBLOCK);
	fcntl(facts[0], F_SETFL, O_NONBLOCK);
	pid = start(command, name, policy,
	            (const struct spawn_fd[]){ { clear[1], 0 },
	                                       { clear[1], 1 },
	                                       { facts[1], FD_TLS_FACTS },
	                                       { socket, FD_TLS_READ },
	                                       { socket, FD_TLS_WRITE } },
	            5);
	good = pid > 0 || fail(out, "cannot start the TLS program", true);
	close(clear[1]);
	close(facts[1]);
	good = good && facts_read(out, facts[0], timeout_s, strcmp(policy, "verify") == 0);
	close(facts[0]);
	if (good) {
		out->fd = clear[0]; /* the program ends when we close this */
		return true;
	}
	close(clear[0]);
	if (pid > 0) {
		kill(pid, SIGKILL); /* it holds no secret and no file */
		waitpid(pid, NULL, 0);
	}
	return false;
}
