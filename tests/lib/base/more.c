#include "base/more.h"

#include "base/spawn.h"
#include "base/stage.h"
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int ours; /* the starter's end */

/* A deliverer on the other end of a pair, whose other descriptor is a connection. */
static pid_t
deliverer(int (*run)(int connection), int connection)
{
	int ends[2];
	pid_t pid;

	if (!more_open(ends) || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		close(ends[0]);
		if (dup2(ends[1], FD_MORE) < 0)
			abort();
		close(ends[1]);
		_exit(run(connection));
	}
	close(ends[1]);
	ours = ends[0];
	return pid;
}

static int
end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char
first_byte(int fd)
{
	char byte = 0;

	return read(fd, &byte, 1) == 1 ? byte : 0;
}

/* Asks, takes, and says what it got: 0 if its descriptors are those that were sent. */
static int
ask_and_take(int connection)
{
	if (!more_is_offered())
		return 1;
	more_ask();
	if (!more_take(connection))
		return 2;
	if (first_byte(FD_MESSAGE) != 'm' || first_byte(FD_ENVELOPE) != 'e')
		return 3;
	return write(FD_VERDICT, "v", 1) == 1 ? 0 : 4;
}

static int
filled_pipe(const char *text)
{
	int ends[2];

	if (!pipe_open(ends) || write(ends[1], text, 1) != 1)
		abort();
	close(ends[1]);
	return ends[0];
}

static void
test_message(void)
{
	int message = filled_pipe("m"), envelope = filled_pipe("e"), verdict[2], silent[2];
	char host[MORE_HOST_BYTES];
	pid_t pid;

	if (!pipe_open(verdict) || !pipe_open(silent))
		abort();
	pid = deliverer(ask_and_take, silent[0]);
	CHECK(more_give(ours, message, envelope, verdict[1]), "a message is given");
	close(verdict[1]);
	CHECK(first_byte(verdict[0]) == 'v' && end_of(pid) == 0,
	      "and taken: message, envelope and verdict on their numbers");
	CHECK(more_hear(ours, host) == MORE_WANTED && more_hear(ours, host) == MORE_END,
	      "who has asked once, has asked once");
	CHECK(!more_give(ours, message, envelope, verdict[0]),
	      "to one that has gone nothing can be given");
	close(ours);
}

static void
test_ends(void)
{
	int silent[2], broken = filled_pipe("x"), status;
	pid_t pid;

	if (!pipe_open(silent))
		abort();
	pid = deliverer(ask_and_take, silent[0]);
	close(ours);
	CHECK(end_of(pid) == 2, "no more messages: the deliverer hears it");
	pid = deliverer(ask_and_take, broken);
	status = end_of(pid);
	CHECK(status == 2, "a connection that breaks ends the wait");
	close(ours);
	pid = deliverer(ask_and_take, silent[0]);
	CHECK(send(ours, "+", 1, 0) == 1 && end_of(pid) == 2,
	      "a datagram without descriptors is no message");
	close(ours);
}

/* Asks for a host with as long a name as the number says. */
static int
ask_for_host(int len)
{
	char name[2 * MORE_HOST_BYTES];

	memset(name, 'h', sizeof name);
	name[len] = 0;
	return more_may_connect(name);
}

static void
test_hosts(void)
{
	static const struct {
		const char *label;
		int len;
		size_t heard;
		bool answer, may;
	} cases[] = {
		{ "yes, to the host it has asked for", 9, 9, true, true },
		{ "no", 9, 9, false, false },
		{ "a host without a name", 0, 0, true, true },
		{ "the longest name", MORE_HOST_BYTES - 1, MORE_HOST_BYTES - 1, false, false },
		{ "a longer one is cut", MORE_HOST_BYTES + 9, MORE_HOST_BYTES - 1, false, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pid_t pid = deliverer(ask_for_host, cases[i].len);
		char *host = malloc(MORE_HOST_BYTES);
		enum more_word word = MORE_NOTHING;

		while (host && (word = more_hear(ours, host)) == MORE_NOTHING) {
		}
		CHECK(word == MORE_HOST && strlen(host) == cases[i].heard, cases[i].label);
		more_answer(ours, cases[i].answer);
		CHECK(end_of(pid) == cases[i].may, cases[i].label);
		CHECK(more_hear(ours, host) == MORE_END, "then it has gone");
		close(ours);
		free(host);
	}
}

/* Judges two connections, and says what it got of the second: 0 if that is what was sent. */
static int
judge_again(int unused)
{
	(void)unused;
	more_ask();
	if (!more_next_connection())
		return 1;
	if (first_byte(0) != 'q' || first_byte(FD_ENVELOPE) != 'f' || write(1, "a", 1) != 1)
		return 2;
	more_ask();
	return more_next_connection() ? 3 : 0;
}

static void
test_connections(void)
{
	int talk[2], facts = filled_pipe("f");
	pid_t pid;

	if (!socketpair_open(talk) || write(talk[0], "q", 1) != 1)
		abort();
	pid = deliverer(judge_again, -1);
	while (!more_wants_connection(ours)) {
	}
	CHECK(!more_wants_connection(ours), "who has asked once, has asked once");
	CHECK(more_give_connection(ours, talk[1], facts), "a connection is given");
	close(talk[1]);
	CHECK(first_byte(talk[0]) == 'a', "and taken: its dialogue and its facts on their numbers");
	close(ours);
	CHECK(end_of(pid) == 0, "no more connections: it hears it");
	CHECK(!more_give_connection(talk[0], facts, facts), "where nobody is nothing can be given");
	close(talk[0]);
	pid = deliverer(judge_again, -1);
	CHECK(send(ours, "+", 1, 0) == 1 && end_of(pid) == 1,
	      "a datagram without descriptors is no connection");
	close(ours);
	pid = deliverer(judge_again, -1);
	facts = filled_pipe("f");
	CHECK(more_give(ours, facts, facts, facts) && end_of(pid) == 1,
	      "a message is no connection");
	close(facts);
	CHECK(!more_wants_connection(ours), "who has gone wants nothing");
	close(ours);
}

static void
test_offer(void)
{
	int ends[2];

	close(FD_MORE);
	CHECK(!more_is_offered(), "without fd 5 nobody offers more");
	CHECK(more_may_connect("h"), "nor forbids to connect");
	if (dup2(filled_pipe("x"), FD_MORE) < 0)
		abort();
	CHECK(!more_is_offered(), "nor where it is something else");
	if (!socketpair_open(ends) || dup2(ends[0], FD_MORE) < 0)
		abort();
	CHECK(!more_is_offered(), "as another kind of socket");
}

int
main(void)
{
	test_message();
	test_ends();
	test_hosts();
	test_connections();
	test_offer();
	return check_end();
}
