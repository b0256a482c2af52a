#include "net/tls_child.h"

#include "base/clock.h"
#include "base/io.h"
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

enum { FD_TLS_EXPECTED = 3, FD_TLS_FACTS = 4, FD_TLS_READ = 6, FD_TLS_WRITE = 7 };
enum { ADDED_MAX = 6 /* words of ours behind the command, and NULL */ };

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
tls_child_facts(struct tls_child *out, const char *list, size_t len, const struct tls_order *order)
{
	size_t whole = record_list_len(list, len);
	const char *protocol, *cipher, *verified, *error, *result;

	out->error[0] = out->result[0] = 0;
	if (!whole)
		return fail(out, "the TLS program ended without a word", false);
	result = tls_fact_get(list, whole, "SSL_VERIFY_RESULT");
	copy(out->result, sizeof out->result, result ? result : "", false);
	error = tls_fact_get(list, whole, "SSL_ERROR");
	if (error)
		return fail(out, *error ? error : "the TLS program does not say why", false);
	protocol = tls_fact_get(list, whole, "SSL_PROTOCOL");
	if (!protocol || !*protocol)
		return fail(out, "the TLS program named no protocol", false);
	cipher = tls_fact_get(list, whole, "SSL_CIPHER");
	verified = tls_fact_get(list, whole, "SSL_VERIFIED");
	out->verified = verified && strcmp(verified, "yes") == 0;
	error = tls_fact_get(list, whole, "SSL_VERIFY_ERROR");
	if (!out->verified)
		fail(out, error && *error ? error : "the server's certificate was not verified",
		     false);
	if (!out->verified && strcmp(order->policy, "verify") == 0)
		return false;
	copy(out->cipher, sizeof out->cipher, cipher ? cipher : "", false);
	copy(out->protocol, sizeof out->protocol - sizeof ",verified", protocol, false);
	if (out->verified) {
		strcat(out->protocol, ",");
		strncat(out->protocol, order->proof, strlen("verified"));
	}
	return true;
}

/* All that the program says on its facts' pipe, to the end or to a list that is whole. */
static bool
facts_read(struct tls_child *out, int fd, unsigned int timeout_s, const struct tls_order *order)
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
	return tls_child_facts(out, list, len, order);
}

static pid_t
start(const struct tls_order *order, const struct spawn_fd *map, size_t count)
{
	size_t words = 0;
	const char **argv;
	pid_t pid;

	while (order->command[words])
		words++;
	argv = malloc((words + ADDED_MAX) * sizeof *argv);
	if (!argv)
		return -1;
	memcpy(argv, order->command, words * sizeof *argv);
	argv[words++] = "-n";
	argv[words++] = order->name;
	argv[words++] = "-v";
	argv[words++] = order->policy;
	if (order->expected_len)
		argv[words++] = "-x";
	argv[words] = NULL;
	pid = spawn(argv, map, count, NULL);
	free(argv);
	return pid;
}

/* A pipe with all of it in, and its end; -1: errno. */
static int
expected_put(const struct tls_order *order)
{
	int ends[2];

	if (!pipe_open(ends))
		return -1;
	/* Nobody reads yet: it fits, or it fails. */
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	if (!io_write(ends[1], order->expected, order->expected_len)) {
		io_close(ends[0]);
		ends[0] = -1;
	}
	io_close(ends[1]);
	return ends[0];
}

struct ends {
	int clear[2], facts[2], expected;
};

static void
ends_close(const struct ends *ends, const int *kept)
{
	const int *const all[] = { &ends->clear[0], &ends->clear[1], &ends->facts[0],
		                   &ends->facts[1], &ends->expected };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (*all[i] >= 0 && all[i] != kept)
			io_close(*all[i]);
}

static bool
ends_open(struct ends *ends, const struct tls_order *order)
{
	*ends = (struct ends){ { -1, -1 }, { -1, -1 }, -1 };
	if (!socketpair_open(ends->clear) || !pipe_open(ends->facts))
		return false;
	fcntl(ends->clear[0], F_SETFL, O_NONBLOCK);
	fcntl(ends->facts[0], F_SETFL, O_NONBLOCK);
	return !order->expected_len || (ends->expected = expected_put(order)) >= 0;
}

bool
tls_child_start(struct tls_child *out, const struct tls_order *order, int socket,
                unsigned int timeout_s)
{
	struct ends ends;
	bool good;
	pid_t pid = -1;

	*out = (struct tls_child){ .fd = -1 };
	good = ends_open(&ends, order) || fail(out, "cannot make a way to the TLS program", true);
	if (good) {
		const struct spawn_fd map[] = {
			{ ends.clear[1], 0 },
			{ ends.clear[1], 1 },
			{ ends.facts[1], FD_TLS_FACTS },
			{ socket, FD_TLS_READ },
			{ socket, FD_TLS_WRITE },
			{ ends.expected, FD_TLS_EXPECTED },
		};

		fcntl(socket, F_SETFL, 0); /* blocking, as any program expects to find it */
		pid = start(order, map, order->expected_len ? 6 : 5);
		close(ends.clear[1]);
		close(ends.facts[1]);
		ends.clear[1] = ends.facts[1] = -1;
		good = (pid > 0 || fail(out, "cannot start the TLS program", true))
		       && facts_read(out, ends.facts[0], timeout_s, order);
	}
	ends_close(&ends, good ? &ends.clear[0] : NULL);
	if (good) {
		out->fd = ends.clear[0]; /* the program ends when we close this */
	} else if (pid > 0) {
		kill(pid, SIGKILL); /* it holds no secret and no file */
		waitpid(pid, NULL, 0);
	}
	return good;
}
