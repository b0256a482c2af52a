#include "store/host.h"

#include "check.h"

#include <string.h>

static struct hosts hosts;

static void
begin(unsigned int limit)
{
	hosts = (struct hosts){ .limit = limit };
	hosts_init(&hosts);
}

static void
test_room(void)
{
	struct visitor a = { 0 }, b = { 0 }, c = { 0 };
	struct host *one, *two;

	begin(2);
	one = host_enter(&hosts, "192.0.2.1", &a);
	CHECK(one && host_enter(&hosts, "192.0.2.1", &b) == one, "as many as the limit");
	CHECK(strcmp(host_name(one), "192.0.2.1") == 0, "by its name");
	CHECK(!host_enter(&hosts, "192.0.2.1", &c) && visitor_waits(&c), "one more waits");
	two = host_enter(&hosts, "192.0.2.2", &b);
	CHECK(two && two != one && !visitor_waits(&b), "another host has room of its own");
	CHECK(host_leave(&hosts, one) == &c && !visitor_waits(&c), "who waits is called");
	CHECK(!host_enter(&hosts, "192.0.2.1", &a), "its place is kept from others");
	CHECK(host_enter(&hosts, "192.0.2.1", &c) == one, "and is there when it comes");
	CHECK(host_leave(&hosts, one) == &a && !host_forget(&hosts, &a) && !host_leave(&hosts, one)
	          && !host_leave(&hosts, two) && hosts.known.count == 0,
	      "of a host that nobody wants nothing is kept");
}

static void
test_order(void)
{
	struct visitor waits[4] = { { 0 } }, first = { 0 };
	struct host *host;

	begin(1);
	host = host_enter(&hosts, "h", &first);
	for (int i = 0; i < 4; i++)
		CHECK(!host_enter(&hosts, "h", &waits[i]), "all wait");
	CHECK(!host_enter(&hosts, "h", &waits[0]), "who waits is not let in by asking again");
	CHECK(!host_forget(&hosts, &waits[1]), "who gives up makes no room");
	CHECK(host_leave(&hosts, host) == &waits[0], "the first one is the first");
	CHECK(host_forget(&hosts, &waits[0]) == &waits[2],
	      "a place that is not wanted goes to the next");
	CHECK(!host_enter(&hosts, "other", &waits[2]) == false && !visitor_waits(&waits[2]),
	      "who was called may go elsewhere,");
	CHECK(host_forget(&hosts, &waits[2]) == &waits[3], "and then gives its place back");
	CHECK(host_enter(&hosts, "h", &waits[3]) == host && !host_leave(&hosts, host),
	      "up to the last one");
	CHECK(!host_forget(&hosts, &first), "who waits for nothing can forget it");
}

int
main(void)
{
	test_room();
	test_order();
	return check_end();
}
