/* Where what is in the DNS leads to. OUT-21 LOOP-04 */
#include "net/ourselves.h"

#include "check.h"

static const struct {
	const char *sentence, *address;
	enum place place;
} cases[] = {
	{ "an address of the internet", "203.0.113.7", PLACE_OPEN },
	{ "loopback", "127.1.2.3", PLACE_LOOPBACK },
	{ "loopback, IPv6", "::1", PLACE_LOOPBACK },
	{ "no address at all", "0.0.0.0", PLACE_LOOPBACK },
	{ "a private network", "10.1.2.3", PLACE_PRIVATE },
	{ "in the form of IPv6", "::ffff:10.1.2.3", PLACE_PRIVATE },
	{ "one that was named", "192.168.7.8", PLACE_OPEN },
	{ "its neighbour", "192.168.8.8", PLACE_PRIVATE },
	{ "loopback that was named", "127.0.0.9", PLACE_OPEN },
	{ "what is no address", "here", PLACE_PRIVATE },
};

int
main(void)
{
	struct ourselves ourselves = { .count = 0 };

	CHECK(networks_add(&ourselves.networks, "192.168.7.0/24")
	          && networks_add(&ourselves.networks, "127.0.0.9"),
	      "networks are named");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(ourselves_place(&ourselves, cases[i].address) == cases[i].place,
		      cases[i].sentence);
	CHECK(!ourselves_are(&ourselves, "mail.example.org"), "who has no name is nobody");
	CHECK(ourselves_add(&ourselves, "mail.example.org"), "we have a name");
	CHECK(ourselves_are(&ourselves, "Mail.Example.ORG"), "it is ours in any letter case");
	CHECK(!ourselves_are(&ourselves, "mx.example.org"), "another one is not");
	while (ourselves.count < OURSELVES_MAX)
		CHECK(ourselves_add(&ourselves, "192.0.2.1"), "there is room for more");
	CHECK(!ourselves_add(&ourselves, "192.0.2.1"), "not without end");
	return check_end();
}
