#include "store/schedule.h"

#include "check.h"

static struct schedule schedules[7], *schedule; /* each test has its own */
static const unsigned int first[] = { 0 };

static void
begin(unsigned int total, unsigned int per_destination)
{
	schedule = schedule ? schedule + 1 : schedules;
	*schedule = (struct schedule){ .total = total,
		                       .per_destination = per_destination,
		                       .rest_first_ms = 100,
		                       .rest_max_ms = 300 };
	if (!schedule_init(schedule))
		abort();
}

/* A message of this number, in the line of this destination. */
static struct message *
deliver(int number, const char *key)
{
	char id[32];
	struct message *message;
	struct destination *destination = schedule_destination(schedule, key, key);

	snprintf(id, sizeof id, "%016d", number);
	message = schedule_add(schedule, id);
	if (!message || !destination
	    || !schedule_deliver(schedule, message, destination, first, 1, 0, 0))
		abort();
	return message;
}

/* Starts all that may run; writes the first letters of their destinations. */
static const char *
started(int64_t now, struct group **groups)
{
	static char keys[64];
	struct group *group;
	size_t count = 0;

	while ((group = schedule_start(schedule, now)) != NULL) {
		groups[count] = group;
		keys[count++] = group->destination->key[0] ? group->destination->key[0] : '*';
	}
	keys[count] = 0;
	return keys;
}

static void
test_timers(void)
{
	struct message *a, *b;

	begin(9, 9);
	CHECK(schedule_next(schedule) == SCHEDULE_NEVER, "with nothing known, nothing is due");
	a = schedule_add(schedule, "0000000000000001");
	b = schedule_add(schedule, "0000000000000002");
	CHECK(schedule_add(schedule, "0000000000000001") == a, "a message is known once");
	schedule_at(schedule, a, 50);
	schedule_at(schedule, b, 20);
	CHECK(!schedule_due(schedule, 19) && schedule_next(schedule) == 20, "nothing is due early");
	CHECK(schedule_due(schedule, 60) == b && schedule_due(schedule, 60) == a
	          && !schedule_due(schedule, 60),
	      "what is due comes by time, and once");
	schedule_at(schedule, a, 70);
	schedule_at(schedule, a, SCHEDULE_NEVER);
	CHECK(!schedule_due(schedule, 100), "a timer can be taken back");
	schedule_forget(schedule, a);
	CHECK(!schedule_find(schedule, "0000000000000001"), "a forgotten message is unknown");
	schedule_forget(schedule, b);
}

static void
test_limits(void)
{
	struct group *groups[64];

	begin(4, 2);
	for (int i = 0; i < 5; i++)
		deliver(i, "a");
	deliver(5, "b");
	deliver(6, "c");
	deliver(7, "d");
	CHECK(strcmp(started(0, groups), "abcd") == 0,
	      "each destination in its turn, until the total is reached");
	schedule_end(schedule, groups[1], CONTACT_MADE, NULL, 0);
	schedule_end(schedule, groups[2], CONTACT_MADE, NULL, 0);
	CHECK(strcmp(started(0, groups + 8), "a") == 0, "never more to one than it is allowed");
	if (!schedule_report(schedule, groups[0]->message, "0000000000000099"))
		abort();
	CHECK(strcmp(started(0, groups + 16), "*") == 0
	          && strcmp(group_report_id(groups[16]), "0000000000000099") == 0,
	      "a report does not wait for deliveries");
	schedule_end(schedule, groups[16], CONTACT_MADE, NULL, 0);
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 0);
	CHECK(strcmp(started(0, groups + 24), "a") == 0, "one ends, the next begins");
	CHECK(groups[24]->message == schedule_find(schedule, "0000000000000002"),
	      "a line is first in, first out");
}

static void
test_hosts(void)
{
	struct group *groups[64];
	struct host *host;

	begin(9, 2);
	for (int i = 0; i < 3; i++)
		deliver(i, "a");
	deliver(3, "b");
	deliver(4, "b");
	CHECK(strcmp(started(0, groups), "abab") == 0, "two run to each");
	host = schedule_enter(schedule, groups[0]->destination, "h");
	CHECK(host && schedule_enter(schedule, groups[2]->destination, "h") == host,
	      "both of one are let in by their host");
	CHECK(!schedule_enter(schedule, groups[1]->destination, "h")
	          && !schedule_enter(schedule, groups[3]->destination, "h"),
	      "not those of another destination that has the same host");
	CHECK(schedule_return(schedule, groups[1]) && schedule_return(schedule, groups[3]),
	      "so they go back into their line");
	CHECK(strcmp(started(1000, groups + 8), "") == 0, "and wait, however long");
	schedule_leave(schedule, host);
	CHECK(strcmp(started(1000, groups + 8), "b") == 0 && groups[8] == groups[1],
	      "one connection ends, one group starts, in its old turn");
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 1000);
	CHECK(strcmp(started(1000, groups + 9), "a") == 0, "who was there before goes on");
	CHECK(!schedule_enter(schedule, groups[9]->destination, "h"), "but has no room now");
	CHECK(schedule_return(schedule, groups[9]), "and goes back, too");
	schedule_end(schedule, groups[8], CONTACT_MADE, NULL, 1000);
	CHECK(strchr(started(1000, groups + 10), 'a'), "a place that was not taken is another's");
}

static void
test_rest(void)
{
	struct group *groups[64];

	begin(9, 3);
	for (int i = 0; i < 12; i++)
		deliver(i, "a");
	CHECK(strcmp(started(0, groups), "aaa") == 0, "three run");
	for (int i = 0; i < 3; i++)
		schedule_end(schedule, groups[i], CONTACT_FAILED, "Z0 451 4.4.1 - - no answer", 0);
	CHECK(strcmp(started(50, groups), "") == 0, "a destination that did not answer rests");
	CHECK(schedule_next(schedule) == 100, "and all of its failures at once count as one");
	deliver(30, "b");
	CHECK(strcmp(started(50, groups), "b") == 0, "the others go on");
	CHECK(strcmp(started(100, groups), "a") == 0, "after its rest it is asked by one alone");
	CHECK(strcmp(groups[0]->destination->words, "Z0 451 4.4.1 - - no answer") == 0,
	      "its last words are kept");
	schedule_end(schedule, groups[0], CONTACT_FAILED, NULL, 100);
	CHECK(schedule_next(schedule) == 300, "the next rest is longer");
	started(300, groups);
	schedule_end(schedule, groups[0], CONTACT_FAILED, NULL, 300);
	CHECK(schedule_next(schedule) == 600, "up to the longest");
	started(600, groups);
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 600);
	CHECK(strcmp(started(600, groups), "aa") == 0, "once it answers, it is asked by two,");
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 600);
	CHECK(strcmp(started(600, groups), "aa") == 0, "then by three, and so on");
}

static void
test_growth(void)
{
	struct group *groups[64];
	size_t most = 0;

	begin(40, 8);
	for (int i = 0; i < 40; i++)
		deliver(i, "a");
	CHECK(strlen(started(0, groups)) == 5, "a destination begins with a few");
	for (size_t end = 0, next = 5; end < 30; end++) {
		schedule_end(schedule, groups[end], CONTACT_MADE, NULL, 0);
		next += strlen(started(0, groups + next));
		most = next - end - 1 > most ? next - end - 1 : most;
	}
	CHECK(most == 8, "and gets more as they go well, up to a bound");
}

static void
test_reserve(void)
{
	struct group *groups[64];

	begin(8, 8);
	for (int i = 0; i < 20; i++) {
		deliver(i, "a");
		deliver(20 + i, "b");
	}
	CHECK(strcmp(started(0, groups), "ababab") == 0,
	      "a quarter of all places is kept from destinations that have some");
	deliver(50, "c");
	deliver(51, "d");
	deliver(52, "e");
	CHECK(strcmp(started(0, groups + 6), "cd") == 0, "for those that have none");
	for (int i = 0; i < 6; i += 2)
		schedule_end(schedule, groups[i], CONTACT_UNKNOWN, NULL, 0);
	CHECK(strcmp(started(0, groups + 8), "ea") == 0, "who has none left is among those again");
}

static void
test_cancel(void)
{
	struct group *groups[64];
	struct message *messages[5];
	size_t at = 0;

	begin(1, 1);
	for (int i = 0; i < 5; i++)
		messages[i] = deliver(i, "a");
	started(0, groups);
	schedule_cancel(schedule, messages[2]->groups);
	schedule_cancel(schedule, messages[1]->groups);
	schedule_cancel(schedule, messages[4]->groups);
	CHECK(!messages[2]->groups, "a group taken out of its line is gone");
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 0);
	CHECK(strcmp(started(0, groups), "a") == 0 && groups[0]->message == messages[3],
	      "the line closes behind it");
	deliver(6, "b");
	schedule_all_due(schedule, 7);
	CHECK(messages[3]->groups == groups[0], "what runs goes on when all is due");
	CHECK(!schedule_find(schedule, "0000000000000006")->groups && schedule_due(schedule, 7),
	      "what waits does not");
	schedule_end(schedule, groups[0], CONTACT_MADE, NULL, 0);
	CHECK(strcmp(started(9, groups), "") == 0, "no line has anything left");
	CHECK(!map_next(&schedule->destinations, &at), "a destination nobody wants is not kept");
}

int
main(void)
{
	test_timers();
	test_limits();
	test_hosts();
	test_rest();
	test_growth();
	test_reserve();
	test_cancel();
	return check_end();
}
