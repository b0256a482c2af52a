#include "mail/network.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *network, *address;
	bool has;
} cases[] = {
	{ "an address is in its own network", "192.0.2.7", "192.0.2.7", true },
	{ "another address is not", "192.0.2.7", "192.0.2.8", false },
	{ "a network of 24 bits", "192.0.2.0/24", "192.0.2.255", true },
	{ "its neighbour", "192.0.2.0/24", "192.0.3.0", false },
	{ "a network of 25 bits", "192.0.2.0/25", "192.0.2.128", false },
	{ "bits behind the length do not count", "192.0.2.77/24", "192.0.2.1", true },
	{ "no bits: everybody with IPv4", "0.0.0.0/0", "203.0.113.1", true },
	{ "but nobody with IPv6", "0.0.0.0/0", "2001:db8::1", false },
	{ "a network of IPv6", "2001:db8::/32", "2001:db8:1::1", true },
	{ "its neighbour of IPv6", "2001:db8::/32", "2001:db9::1", false },
	{ "an address of IPv4 in the form of IPv6", "192.0.2.0/24", "::ffff:192.0.2.9", true },
	{ "no address", "192.0.2.0/24", "", false },
};

static const char *const broken[] = { "",
	                              "/",
	                              "192.0.2.0/",
	                              "192.0.2.0/33",
	                              "2001:db8::/129",
	                              "192.0.2.0/a",
	                              "192.0.2.0/1 ",
	                              "192.0.2",
	                              "example",
	                              "192.0.2.0/24/8",
	                              "192.0.2.0/-1" };

static const struct {
	const char *sentence;
	const char *address, *network;
} guests[] = {
	{ "a guest of IPv4 has one address", "192.0.2.7", "192.0.2.7" },
	{ "a guest of IPv6 has 64 bits", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
	{ "IPv4 in the form of IPv6 is IPv4", "::ffff:192.0.2.9", "192.0.2.9" },
	{ "no address, no network", "x", "" },
};

static const struct {
	const char *sentence;
	const char *address;
	bool is_public;
} places[] = {
	{ "an address of the internet", "203.0.113.7", true },
	{ "one of IPv6", "2001:db8::1", true },
	{ "this host", "127.0.0.1", false },
	{ "any address of it", "127.255.255.254", false },
	{ "this host by no address", "0.0.0.0", false },
	{ "this host, IPv6", "::1", false },
	{ "this host by no address, IPv6", "::", false },
	{ "this host in the form of IPv6", "::ffff:127.0.0.1", false },
	{ "this host in an old form of IPv6", "::127.0.0.1", false },
	{ "private, 10", "10.1.2.3", false },
	{ "private, the last of 172", "172.31.255.255", false },
	{ "what comes behind it is not", "172.32.0.1", true },
	{ "private, 192.168", "192.168.0.1", false },
	{ "a carrier's own", "100.64.0.1", false },
	{ "link-local, where clouds tell secrets", "169.254.169.254", false },
	{ "private, IPv6", "fd00:ec2::254", false },
	{ "link-local, IPv6", "fe80::1", false },
	{ "a group", "224.0.0.1", false },
	{ "a group, IPv6", "ff02::1", false },
	{ "everybody", "255.255.255.255", false },
	{ "a private one behind a translator", "64:ff9b::a00:1", false },
	{ "one of the internet behind a translator", "64:ff9b::203.0.113.7", true },
	{ "a site's own translator", "64:ff9b:1::203.0.113.7", false },
	{ "this host in 6to4", "2002:7f00:1::", false },
	{ "private in 6to4", "2002:c0a8:1::1", false },
	{ "one of the internet in 6to4", "2002:cb00:7107::1", true },
	{ "no address", "example", false },
	{ "a network", "203.0.113.0/24", false },
};

static const struct {
	const char *sentence;
	const char *address;
	bool is_here;
} here[] = {
	{ "loopback is here", "127.0.0.1", true },
	{ "all of it", "127.1.2.3", true },
	{ "no address is here", "0.0.0.0", true },
	{ "loopback, IPv6", "::1", true },
	{ "no address, IPv6", "::", true },
	{ "loopback in the form of IPv6", "::ffff:127.0.0.1", true },
	{ "loopback behind a translator", "64:ff9b::127.0.0.1", true },
	{ "a private network is elsewhere", "10.0.0.1", false },
	{ "the internet is elsewhere", "203.0.113.7", false },
	{ "so is its IPv6", "2001:db8::1", false },
	{ "what is no address is nowhere", "here", false },
};

static void
lists(void)
{
	struct networks networks = { .count = 0 };

	CHECK(!networks_have(&networks, "10.0.0.1"), "who names no network has none");
	CHECK(networks_add(&networks, "10.0.0.0/8") && networks_add(&networks, "fd00::/8"),
	      "two networks are named");
	CHECK(networks_have(&networks, "10.0.0.1") && networks_have(&networks, "fd00::1"),
	      "both count");
	CHECK(!networks_have(&networks, "192.168.0.1"), "others do not");
	CHECK(!networks_add(&networks, "10.0.0.0/33"), "what is no network is not taken");
	while (networks.count < NETWORKS_MAX)
		CHECK(networks_add(&networks, "192.0.2.1"), "there is room for more");
	CHECK(!networks_add(&networks, "192.0.2.1"), "not without end");
}

int
main(void)
{
	char out[NETWORK_TEXT_MAX], longest[2 * NETWORK_TEXT_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].network, strlen(cases[i].network));

		CHECK(network_has(copy, strlen(cases[i].network), cases[i].address) == cases[i].has,
		      cases[i].sentence);
		free(copy);
	}
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		CHECK(!network_valid(broken[i], strlen(broken[i])), "no network");
	memset(longest, '1', sizeof longest);
	CHECK(!network_valid(longest, sizeof longest), "no network: far too long");
	for (size_t i = 0; i < sizeof guests / sizeof *guests; i++) {
		network_of(out, guests[i].address);
		CHECK(strcmp(out, guests[i].network) == 0, guests[i].sentence);
	}
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		CHECK(network_is_public(places[i].address) == places[i].is_public,
		      places[i].sentence);
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		CHECK(network_is_loopback(here[i].address) == here[i].is_here, here[i].sentence);
	lists();
	return check_end();
}
