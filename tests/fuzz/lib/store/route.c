/* Routes: every recipient has a deliverer, and equal keys have equal commands. */
#include "store/route.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static char ours[] = "example.test:\n", facts[] = "V1\0F\0\0";
	struct routes routes = { .aliases_command = ROUTE_ALIASES };
	const char *table = bytes;
	char *recipient = fuzz_next(&table, &len);
	struct route route = { .key = STRALLOC_ZERO };
	struct envelope envelope;

	routes.tables[ROUTE_DOMAINS].text = (stralloc){ .s = ours, .len = sizeof ours - 1 };
	routes.tables[ROUTE_ROUTES].text = (stralloc){ .s = (char *)table, .len = len };
	routes.tables[ROUTE_ALIASES_TABLE].text = (stralloc){ .s = (char *)table, .len = len };
	assert(envelope_parse(&envelope, facts, sizeof facts - 1));
	assert(route_find(&routes, &envelope, recipient, &route));
	assert(route.command.len > 1 && !route.command.s[route.command.len - 1]);
	assert(route.key.len && !route.key.s[route.key.len - 1]);
	route_free(&route);
	free(recipient);
}
