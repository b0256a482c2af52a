#include "net/ourselves.h"

#include "mail/address.h"
#include "net/connect.h"

#include <string.h>

bool
ourselves_add(struct ourselves *ourselves, const char *name)
{
	if (ourselves->count == OURSELVES_MAX)
		return false;
	ourselves->names[ourselves->count++] = name;
	return true;
}

bool
ourselves_are(const struct ourselves *ourselves, const char *name)
{
	for (size_t i = 0; i < ourselves->count; i++)
		if (domain_equal(ourselves->names[i], strlen(ourselves->names[i]), name,
		                 strlen(name)))
			return true;
	return false;
}

enum place
ourselves_place(const struct ourselves *ourselves, const char *address)
{
	bool is_loopback = network_is_loopback(address);

	if (!network_is_public(address) && !networks_have(&ourselves->networks, address))
		return is_loopback ? PLACE_LOOPBACK : PLACE_PRIVATE;
	return !is_loopback && connect_is_here(address) ? PLACE_OURS : PLACE_OPEN;
}
