#include "mail/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { IP4_BITS = 32, IP6_BITS = 128, GUEST_BITS = 64 };

struct network {
	unsigned char bytes[16];
	unsigned int bits;
	bool is_ip6;
};

static bool
address_get(struct network *out, const char *text)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, out->bytes) == 1) {
		out->bits = IP4_BITS;
		return true;
	}
	if (inet_pton(AF_INET6, text, out->bytes) != 1)
		return false;
	if (memcmp(out->bytes, mapped, sizeof mapped) == 0) {
		memmove(out->bytes, out->bytes + sizeof mapped, 4);
		out->bits = IP4_BITS;
		return true;
	}
	out->bits = IP6_BITS;
	out->is_ip6 = true;
	return true;
}

static bool
network_get(struct network *out, const char *text, size_t len)
{
	char copy[NETWORK_TEXT_MAX], *slash;
	unsigned int bits = 0;

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = 0;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = 0;
	if (!address_get(out, copy))
		return false;
	if (!slash)
		return true;
	if (!*slash || strlen(slash) > 3 || strspn(slash, "0123456789") != strlen(slash))
		return false;
	for (; *slash; slash++)
		bits = bits * 10 + (unsigned int)(*slash - '0');
	if (bits > out->bits)
		return false;
	out->bits = bits;
	return true;
}

bool
network_has(const char *network, size_t len, const char *address)
{
	struct network outer, inner;
	unsigned int whole, rest;

	if (!network_get(&outer, network, len) || !address_get(&inner, address)
	    || outer.is_ip6 != inner.is_ip6)
		return false;
	whole = outer.bits / 8;
	rest = outer.bits % 8;
	return memcmp(outer.bytes, inner.bytes, whole) == 0
	       && (!rest || !((outer.bytes[whole] ^ inner.bytes[whole]) >> (8 - rest)));
}

bool
network_valid(const char *network, size_t len)
{
	struct network ignored;

	return network_get(&ignored, network, len);
}

static bool
is_in_one(const char *const *networks, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (network_has(networks[i], strlen(networks[i]), address))
			return true;
	return false;
}

/* The address of IPv4 that an IPv6 address leads to, as text; NULL: none. */
static const char *
address_inside(char out[INET_ADDRSTRLEN], const char *address)
{
	static const char nat64[] = "64:ff9b::/96", six_to_four[] = "2002::/16";
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t at;

	if (network_has(nat64, sizeof nat64 - 1, address))
		at = 12;
	else if (network_has(six_to_four, sizeof six_to_four - 1, address))
		at = 2;
	else
		return NULL;
	return inet_pton(AF_INET6, address, bytes) == 1
	           ? inet_ntop(AF_INET, bytes + at, out, INET_ADDRSTRLEN)
	           : NULL;
}

bool
network_is_public(const char *address)
{
	static const char *const others[] = {
		"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8",
		"169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",  "192.168.0.0/16",
		"198.18.0.0/15",  "224.0.0.0/3",   "::/8",          "fc00::/6",
	};
	char inside[INET_ADDRSTRLEN];

	if (!network_valid(address, strlen(address)) || strchr(address, '/'))
		return false;
	if (address_inside(inside, address))
		address = inside;
	return !is_in_one(others, sizeof others / sizeof *others, address);
}

bool
network_is_loopback(const char *address)
{
	static const char *const here[] = { "127.0.0.0/8", "0.0.0.0/8", "::1", "::" };
	char inside[INET_ADDRSTRLEN];

	if (address_inside(inside, address))
		address = inside;
	return is_in_one(here, sizeof here / sizeof *here, address);
}

bool
networks_add(struct networks *networks, const char *network)
{
	if (networks->count == NETWORKS_MAX || !network_valid(network, strlen(network)))
		return false;
	networks->list[networks->count++] = network;
	return true;
}

bool
networks_have(const struct networks *networks, const char *address)
{
	return is_in_one(networks->list, networks->count, address);
}

void
network_of(char out[NETWORK_TEXT_MAX], const char *address)
{
	struct network guest;

	*out = 0;
	if (!address_get(&guest, address))
		return;
	if (guest.is_ip6)
		memset(guest.bytes + GUEST_BITS / 8, 0, sizeof guest.bytes - GUEST_BITS / 8);
	if (!inet_ntop(guest.is_ip6 ? AF_INET6 : AF_INET, guest.bytes, out, NETWORK_TEXT_MAX - 4))
		*out = 0;
	else if (guest.is_ip6)
		strcat(out, "/64");
}
