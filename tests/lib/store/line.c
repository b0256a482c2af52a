#include "store/line.h"

#include "check.h"

/* Those that wait: a sender's letter, and a number. */
static struct waiter {
	struct heap_item item;
	char sender;
	int number;
} waiters[1000];
static int count;
static struct line line;
static bool in_order = true;

static void
add(char sender, int priority)
{
	struct waiter *waiter = &waiters[count];

	*waiter = (struct waiter){ .sender = sender, .number = count++ };
	if (!line_add(&line, &waiter->item, (uint64_t)sender, priority))
		abort();
}

static struct waiter *
take(void)
{
	struct heap_item *first = line_first(&line);

	if (!first)
		return NULL;
	line_remove(&line, first);
	return HEAP_OWNER(first, struct waiter, item);
}

/* The senders of the next ones, in their order. */
static const char *
taken(int most)
{
	static char senders[sizeof waiters / sizeof *waiters + 1];
	int last[128] = { 0 }, at = 0;
	struct waiter *waiter;

	while (at < most && (waiter = take()) != NULL) {
		in_order = in_order && waiter->number >= last[(int)waiter->sender];
		last[(int)waiter->sender] = waiter->number;
		senders[at++] = waiter->sender;
	}
	senders[at] = 0;
	return senders;
}

int
main(void)
{
	const char *order;

	CHECK(!line_first(&line), "at first nobody waits");
	for (int i = 0; i < 3; i++)
		add('a', 0);
	CHECK(strcmp(taken(9), "aaa") == 0, "one sender's messages go one after the other");

	for (int i = 0; i < 6; i++)
		add('a', 0);
	add('b', 0);
	add('c', 0);
	add('b', 0);
	order = taken(9);
	CHECK(strlen(order) == 9 && strchr(order, 'c') - order < 5
	          && strrchr(order, 'b') - order < 7,
	      "who has many waits behind who has few, turn by turn");

	for (int i = 0; i < 500; i++)
		add('a', 0);
	taken(100);
	add('b', 0);
	CHECK(strchr(taken(3), 'b'), "who comes late has the next turn, not the last");
	while (take())
		continue;

	add('a', 0);
	add('b', -3);
	add('c', 4);
	add('d', 0);
	CHECK(strcmp(taken(9), "cadb") == 0, "the urgent first, of all senders");

	for (int i = 0; i < 3; i++)
		add('a', 0);
	line_remove(&line, &waiters[count - 2].item);
	CHECK(strcmp(taken(9), "aa") == 0, "who leaves the line holds up nobody");
	CHECK(in_order, "one sender's messages keep their order, always");
	CHECK(!line.lanes && !line_first(&line), "an empty line holds no lanes");
	line_free(&line);
	return check_end();
}
