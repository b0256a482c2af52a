#include "store/route.h"

#include "base/job.h"
#include "mail/address.h"
#include "store/lookup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *const names[ROUTE_TABLES] = {
	[ROUTE_DOMAINS] = "domains",
	[ROUTE_ALIASES_TABLE] = "aliases",
	[ROUTE_ROUTES] = "routes",
};

static bool
path_make(char path[PATH_MAX], const char *folder, const char *name)
{
	int len = snprintf(path, PATH_MAX, "%s/%s", folder, name);

	if (len < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

bool
route_open(struct routes *out, const char *folder)
{
	*out = (struct routes){ .aliases_command = ROUTE_ALIASES, .folder = folder };
	for (int i = 0; i < ROUTE_TABLES; i++) {
		char path[PATH_MAX];

		if (path_make(path, folder, names[i])
		    && (table_open(&out->tables[i], path) || errno == ENOENT))
			continue;
		route_close(out);
		out->failed = names[i];
		return false;
	}
	return true;
}

void
route_close(struct routes *routes)
{
	int saved = errno;

	for (int i = 0; i < ROUTE_TABLES; i++)
		table_close(&routes->tables[i]);
	errno = saved;
}

bool
route_fresh(const struct routes *routes)
{
	for (int i = 0; i < ROUTE_TABLES; i++) {
		char path[PATH_MAX];

		if (!path_make(path, routes->folder, names[i])
		    || !table_is_fresh(&routes->tables[i], path))
			return false;
	}
	return true;
}

static enum lookup
find_alias(const struct routes *routes, const char *recipient)
{
	const struct table *domains = &routes->tables[ROUTE_DOMAINS];
	struct value ignored;

	if (!lookup_is_local(domains, recipient))
		return LOOKUP_NOTHING;
	return lookup_mailbox(&routes->tables[ROUTE_ALIASES_TABLE], domains, recipient, &ignored);
}

/*
 * Of a sender, "<ann@example.org>" or "<@example.org>"; the null sender is "<>". false: no memory;
 * found tells whether there is one.
 */
static bool
find_sender(const struct table *table, const char *sender, struct value *out, bool *found)
{
	stralloc key = STRALLOC_ZERO, address = STRALLOC_ZERO;
	const char *at;
	bool done = address_key(&address, sender, DETAIL_SEPARATOR) && stralloc_0(&address)
	            && stralloc_cats(&key, "<") && stralloc_cats(&key, address.s)
	            && stralloc_cats(&key, ">");

	*found = done && table_find(table, key.s, key.len, out);
	at = done ? memrchr(key.s, '@', key.len) : NULL;
	if (at && !*found) {
		size_t local_len = (size_t)(at - key.s) - 1;

		memmove(key.s + 1, at, key.len - 1 - local_len);
		*found = table_find(table, key.s, key.len - local_len, out);
	}
	stralloc_free(&key);
	stralloc_free(&address);
	return done;
}

/* The line of the table routes for this recipient (in lower case, without detail). */
static bool
find_line(const struct table *table, const char *address, size_t len, struct value *out)
{
	const char *at = memrchr(address, '@', len), *end = address + len;

	if (table_find(table, address, len, out))
		return true;
	if (at && table_find(table, at + 1, (size_t)(end - at - 1), out))
		return true;
	for (const char *dot = at; dot && (dot = memchr(dot, '.', (size_t)(end - dot))); dot++)
		if (table_find(table, dot, (size_t)(end - dot), out))
			return true;
	return false;
}

static bool
find_command(const struct routes *routes, const struct envelope *envelope, const char *recipient,
             const stralloc *address, stralloc *out)
{
	bool local = lookup_is_local(&routes->tables[ROUTE_DOMAINS], recipient), found;
	const struct table *table = &routes->tables[ROUTE_ROUTES];
	struct value value;

	if (!envelope->value[ENVELOPE_EXPANDED])
		switch (find_alias(routes, recipient)) {
		case LOOKUP_NO_MEMORY: return false;
		case LOOKUP_FOUND: return stralloc_copys(out, routes->aliases_command);
		case LOOKUP_NOTHING: break;
		}
	found = find_line(table, address->s, address->len, &value);
	/* Two lines for the rest, so that a relay for all others does not take our own mail. */
	if (!found && !local
	    && !find_sender(table, envelope_get(envelope, ENVELOPE_SENDER), &value, &found))
		return false;
	found = found || table_find(table, local ? "@" : "*", 1, &value);
	if (found && value.len)
		return stralloc_copyb(out, value.text, value.len);
	return stralloc_copys(out, local ? ROUTE_LOCAL : ROUTE_REMOTE);
}

/* A line that was continued in the table is one command all the same. */
static void
line_ends_become_spaces(stralloc *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->s[i] == '\r' || text->s[i] == '\n')
			text->s[i] = ' ';
}

/*
 * Does this command find its host by the recipient's domain? Such are smtp-send without -h, and a
 * waiting parent, as nobody knows what it does.
 */
static bool
goes_by_domain(const char *command)
{
	size_t first = strcspn(command, " \t"), name = first;

	if (job_is_address(command))
		return true;
	while (name && command[name - 1] != '/')
		name--;
	if (first - name != strlen(ROUTE_REMOTE)
	    || strncmp(command + name, ROUTE_REMOTE, first - name) != 0)
		return false;
	for (const char *word = command + first; *word; word += strcspn(word, " \t")) {
		word += strspn(word, " \t");
		if (strncmp(word, "-h", 2) == 0)
			return false;
	}
	return true;
}

static bool
key_make(stralloc *out, const char *command, const stralloc *address)
{
	const char *at = memrchr(address->s, '@', address->len);

	out->len = 0;
	if (!goes_by_domain(command))
		return stralloc_cats(out, command) && stralloc_0(out);
	if (at && !stralloc_catb(out, at + 1, address->len - (size_t)(at + 1 - address->s)))
		return false;
	if (strcmp(command, ROUTE_REMOTE) != 0
	    && (!stralloc_append(out, ' ') || !stralloc_cats(out, command)))
		return false;
	return stralloc_0(out);
}

bool
route_find(const struct routes *routes, const struct envelope *envelope, const char *recipient,
           struct route *out)
{
	stralloc address = STRALLOC_ZERO;
	bool done;

	done = address_key(&address, recipient, DETAIL_SEPARATOR)
	       && find_command(routes, envelope, recipient, &address, &out->command)
	       && stralloc_0(&out->command);
	if (done) {
		line_ends_become_spaces(&out->command);
		done = key_make(&out->key, out->command.s, &address);
	}
	stralloc_free(&address);
	return done;
}

void
route_free(struct route *route)
{
	stralloc_free(&route->command);
	stralloc_free(&route->key);
}
