#include "net/judges.h"

#include "base/more.h"
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct judges judges;

/* A judge, who has said this word; theirs: its end of the socket. */
static struct judge
judge_of(int64_t born_ms, const char *word, int *theirs)
{
	int ends[2];

	if (!more_open(ends) || send(ends[1], word, 1, 0) != 1)
		abort();
	*theirs = ends[1];
	return (struct judge){ ends[0], born_ms };
}

static bool
has_ended(int theirs)
{
	char byte;
	ssize_t n = recv(theirs, &byte, 1, MSG_DONTWAIT);

	bool ended = n == 0 || (n < 0 && errno == ECONNRESET);

	close(theirs);
	return ended;
}

static void
test_same_client(void)
{
	int theirs;
	struct judge judge = judge_of(1000, "?", &theirs), taken;

	judges_keep(&judges, &judge, "192.0.2.1", 2000);
	CHECK(judges_take(&judges, "192.0.2.11", 2000).more == -1, "another client gets none");
	taken = judges_take(&judges, "192.0.2.1", 2999);
	CHECK(taken.more == judge.more && taken.born_ms == 1000, "the same client gets its own");
	CHECK(judges_take(&judges, "192.0.2.1", 2999).more == -1, "once");
	judges_keep(&judges, &taken, "192.0.2.1", 3000);
	CHECK(judges_take(&judges, "192.0.2.1", 3000).more == -1,
	      "one that has not asked again is not given");
	CHECK(has_ended(theirs), "but ends");
}

static void
test_ends(void)
{
	static const struct {
		const char *label, *word, *client;
		int64_t born_ms, kept_ms, now_ms;
	} cases[] = {
		{ "idle for too long", "?", "192.0.2.1", 0, 0, JUDGE_IDLE_MS },
		{ "too old", "?", "192.0.2.1", 0, JUDGE_AGE_MS, JUDGE_AGE_MS },
		{ "wants a message, and no connection", "+", "192.0.2.1", 0, 0, 0 },
		{ "of nobody that we know", "?", "", 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int theirs;
		struct judge judge = judge_of(cases[i].born_ms, cases[i].word, &theirs);

		judges_keep(&judges, &judge, cases[i].client, cases[i].kept_ms);
		CHECK(judges_take(&judges, cases[i].client, cases[i].now_ms).more == -1,
		      cases[i].label);
		CHECK(has_ended(theirs), cases[i].label);
		CHECK(judges_expire(&judges, cases[i].now_ms) == -1, "nobody is left");
	}
}

static void
test_many(void)
{
	int theirs[JUDGES_MAX + 1];
	char client[] = "192.0.2.A";

	for (int i = 0; i <= JUDGES_MAX; i++) {
		struct judge judge = judge_of(0, "?", &theirs[i]);

		client[sizeof client - 2] = (char)('A' + i);
		judges_keep(&judges, &judge, client, i);
	}
	CHECK(has_ended(theirs[0]), "when there are too many, the oldest goes");
	CHECK(judges_expire(&judges, JUDGES_MAX) == JUDGE_IDLE_MS + 1 - JUDGES_MAX,
	      "the next to go is told");
	CHECK(judges_expire(&judges, 1 + JUDGE_IDLE_MS) == 1, "one after the other");
	CHECK(has_ended(theirs[1]), "goes");
	CHECK(judges_expire(&judges, JUDGES_MAX + JUDGE_IDLE_MS) == -1 && judges.count == 0,
	      "until nobody is left");
	for (int i = 2; i <= JUDGES_MAX; i++)
		CHECK(has_ended(theirs[i]), "all go");
}

static void
test_gone(void)
{
	int theirs;
	struct judge judge = judge_of(0, "?", &theirs);

	close(theirs);
	judges_keep(&judges, &judge, "192.0.2.1", 0);
	CHECK(judges_take(&judges, "192.0.2.1", 0).more == -1, "one that has died is not given");
}

int
main(void)
{
	test_same_client();
	test_ends();
	test_many();
	test_gone();
	return check_end();
}
