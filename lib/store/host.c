#include "store/host.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct host {
	unsigned int connections, expected;
	struct visitor *first, *last; /* of those that wait */
	char name[];
};

static const char *
name_of(const void *thing)
{
	return ((const struct host *)thing)->name;
}

const char *
host_name(const struct host *host)
{
	return host->name;
}

void
hosts_init(struct hosts *hosts)
{
	map_init(&hosts->known, name_of);
}

/* NULL: no memory */
static struct host *
find(struct hosts *hosts, const char *name)
{
	struct host *host = map_find(&hosts->known, name);

	if (host)
		return host;
	host = calloc(1, sizeof *host + strlen(name) + 1);
	if (host) {
		strcpy(host->name, name);
		if (!map_add(&hosts->known, host)) {
			free(host);
			host = NULL;
		}
	}
	return host;
}

static void
drop_if_unused(struct hosts *hosts, struct host *host)
{
	if (host->connections || host->expected || host->first)
		return;
	map_remove(&hosts->known, host);
	free(host);
}

static bool
has_room(const struct hosts *hosts, const struct host *host)
{
	return host->connections + host->expected < hosts->limit;
}

static void
append(struct host *host, struct visitor *visitor)
{
	visitor->host = host;
	visitor->before = host->last;
	if (host->last)
		host->last->behind = visitor;
	else
		host->first = visitor;
	host->last = visitor;
}

static void
take_out(struct host *host, struct visitor *visitor)
{
	if (visitor->before)
		visitor->before->behind = visitor->behind;
	else
		host->first = visitor->behind;
	if (visitor->behind)
		visitor->behind->before = visitor->before;
	else
		host->last = visitor->before;
	visitor->before = visitor->behind = NULL;
}

/* A place has become free: the first of those that wait is called. */
static struct visitor *
call(struct hosts *hosts, struct host *host)
{
	struct visitor *first = host->first;

	if (!first || !has_room(hosts, host)) {
		drop_if_unused(hosts, host);
		return NULL;
	}
	take_out(host, first);
	host->expected++;
	first->is_expected = true;
	return first;
}

struct host *
host_enter(struct hosts *hosts, const char *name, struct visitor *visitor)
{
	struct host *host = find(hosts, name);

	if (!host)
		return NULL;
	if (visitor->is_expected && visitor->host == host) {
		host->expected--;
		*visitor = (struct visitor){ .host = NULL };
	}
	if (has_room(hosts, host)) {
		host->connections++;
		return host;
	}
	if (!visitor->host) /* else it waits already, here or elsewhere */
		append(host, visitor);
	return NULL;
}

struct visitor *
host_leave(struct hosts *hosts, struct host *host)
{
	host->connections--;
	return call(hosts, host);
}

struct visitor *
host_forget(struct hosts *hosts, struct visitor *visitor)
{
	struct host *host = visitor->host;

	if (!host)
		return NULL;
	if (visitor->is_expected)
		host->expected--;
	else
		take_out(host, visitor);
	*visitor = (struct visitor){ .host = NULL };
	return call(hosts, host);
}

bool
visitor_waits(const struct visitor *visitor)
{
	return visitor->host && !visitor->is_expected;
}
