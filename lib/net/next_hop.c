#include "net/next_hop.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/spawn.h"
#include "net/read_until.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 32 << 10, FIND_MS = 120000 /* twice what mx-find takes itself */ };

static bool
is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool
next_hops_literal(struct next_hops *out, const char *text)
{
	*out = (struct next_hops){ .complete = true };
	if (!is_address(text))
		return false;
	strcpy(out->list[0].address, text);
	strcpy(out->list[0].name, text);
	out->count = 1;
	return true;
}

/* It's going to be an argument of the TLS program and a word of an outcome. */
static bool
name_is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z')
		    && !(*c >= '0' && *c <= '9') && *c != '_' && *c != '.' && *c != '-')
			return is_address(name);
	return *name && *name != '-' && strlen(name) < NEXT_HOP_NAME_MAX;
}

static void
host_take(struct next_hops *out, char *line)
{
	char *rest, *name, *address;

	if (!strtok_r(line, " ", &rest) || !(name = strtok_r(NULL, " ", &rest))
	    || !(address = strtok_r(NULL, " ", &rest)) || !name_is_plain(name)
	    || !is_address(address) || out->count == NEXT_HOPS_MAX)
		return;
	strcpy(out->list[out->count].name, name);
	strcpy(out->list[out->count].address, address);
	out->count++;
}

/* The statuses of mx-find(8), and what they mean for the recipients. */
static const struct {
	const char *status;
	int code;
	const char *enhanced;
} ends[] = {
	{ "nullmx", 556, "5.1.10" }, /* RFC 7505 4.1 */
	{ "nxdomain", 550, "5.1.2" }, { "nodata", 550, "5.4.4" },
	{ "loop", 554, "5.4.6" },     { "tempfail", 451, "4.4.3" },
};

static void
end_take(struct next_hops *out, const char *status)
{
	size_t len = strcspn(status, " ");
	const char *text = status[len] ? status + len + 1 : status;

	out->complete = len == 2 && strncmp(status, "ok", len) == 0;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (strlen(ends[i].status) == len && strncmp(status, ends[i].status, len) == 0)
			trouble_set(&out->trouble, ends[i].code, ends[i].enhanced, text);
}

void
next_hops_read(struct next_hops *out, char *answer)
{
	char *rest;

	*out = (struct next_hops){ .count = 0 };
	trouble_set(&out->trouble, 451, "4.4.3", "the look-up of the domain's hosts failed");
	for (char *line = strtok_r(answer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "end ", 4) == 0) {
			end_take(out, line + 4);
			return;
		}
		host_take(out, line);
	}
}

/* Writes the question and reads the answer; returns the answer's length. */
static size_t
converse(int to, int from, const char *question, char answer[ANSWER_MAX])
{
	int64_t deadline_ms = clock_ms() + FIND_MS;
	size_t len = 0;
	ssize_t n = 1;

	/* Who can answer without having read it all is welcome to: the answer is what counts. */
	if (io_write(to, question, strlen(question)))
		io_write(to, "\n", 1);
	close(to);
	while (n > 0 && len < ANSWER_MAX - 1) {
		n = read_until(from, answer + len, ANSWER_MAX - 1 - len, deadline_ms);
		len += n > 0 ? (size_t)n : 0;
	}
	return len;
}

void
next_hops_find(struct next_hops *out, const char *const *command, const char *question)
{
	char answer[ANSWER_MAX];
	int to[2], from[2];
	pid_t pid;

	answer[0] = 0;
	next_hops_read(out, answer); /* what holds if any of this fails */
	if (!pipe_open(to))
		return;
	if (!pipe_open(from)) {
		close(to[0]);
		close(to[1]);
		return;
	}
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	pid = spawn(command, (const struct spawn_fd[]){ { to[0], 0 }, { from[1], 1 } }, 2, NULL);
	close(to[0]);
	close(from[1]);
	if (pid > 0) {
		answer[converse(to[1], from[0], question, answer)] = 0;
		next_hops_read(out, answer);
		kill(pid, SIGKILL); /* where the time was over; else it has ended */
		waitpid(pid, NULL, 0);
	} else {
		close(to[1]);
	}
	close(from[0]);
}
