/* Settings of resolvers: whatever is read has a limit, and what is read twice is the same. */
#include "net/resolv_conf.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct resolv_conf conf, again;

	resolv_conf_init(&conf);
	resolv_conf_read(&conf, bytes, len);
	assert(conf.count <= RESOLV_CONF_SERVERS);
	assert(conf.timeout_s >= 1 && conf.timeout_s <= RESOLV_CONF_TIMEOUT_MAX);
	assert(conf.attempts >= 1 && conf.attempts <= RESOLV_CONF_ATTEMPTS_MAX);
	for (size_t i = 0; i < conf.count; i++)
		assert(conf.servers[i].any.sa_family == AF_INET
		       || conf.servers[i].any.sa_family == AF_INET6);
	resolv_conf_init(&again);
	resolv_conf_read(&again, bytes, len);
	assert(memcmp(&conf.servers, &again.servers, sizeof conf.servers) == 0);
}
