#include "store/local.h"

#include "mail/address.h"
#include "store/lookup.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static void
open_one(struct local_table *out, const char *name)
{
	*out = (struct local_table){ .name = name };
	if (!table_open(&out->table, name))
		out->error = errno;
}

/* routes may be missing */
static void
allow_no_routes(struct local *local)
{
	if (local->routes.error == ENOENT)
		local->routes.error = 0;
}

void
local_open(struct local *out)
{
	*out = (struct local){ .trouble = NULL };
	open_one(&out->domains, "domains");
	open_one(&out->mailboxes, "mailboxes");
	open_one(&out->aliases, "aliases");
	open_one(&out->routes, "routes");
	allow_no_routes(out);
}

void
local_renew(struct local *local)
{
	struct local_table *const tables[] = { &local->domains, &local->mailboxes, &local->aliases,
		                               &local->routes };

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (!table_is_fresh(&tables[i]->table, tables[i]->name)) {
			table_close(&tables[i]->table);
			open_one(tables[i], tables[i]->name);
		}
	allow_no_routes(local);
}

void
local_close(struct local *local)
{
	table_close(&local->domains.table);
	table_close(&local->mailboxes.table);
	table_close(&local->aliases.table);
	table_close(&local->routes.table);
}

static bool
value_has(struct value value, const char *word)
{
	struct value item;

	while (value_item(&value, &item))
		if (item.len == strlen(word) && strncasecmp(item.text, word, item.len) == 0)
			return true;
	return false;
}

static bool
names_a_way(const struct address *address)
{
	return memchr(address->local, '%', address->local_len)
	       || memchr(address->local, '!', address->local_len)
	       || memchr(address->local, '@', address->local_len);
}

/* With +detail or without. */
static bool
is_postmaster(const struct address *address)
{
	static const char name[] = "postmaster";
	size_t len = sizeof name - 1;

	return address->local_len >= len && strncasecmp(address->local, name, len) == 0
	       && (address->local_len == len || address->local[len] == DETAIL_SEPARATOR);
}

/* errno says why */
static enum local_kind
later(struct local *local, const struct local_table *trouble)
{
	local->trouble = trouble;
	if (trouble)
		errno = trouble->error;
	return LOCAL_LATER;
}

/* Does this table know the mailbox? caught: only by "@domain". */
static enum lookup
table_knows(const struct table *table, const struct local *local, const char *mailbox, bool *caught)
{
	struct value found, catch_all;
	struct address address;
	enum lookup answer = lookup_mailbox(table, &local->domains.table, mailbox, &found);

	address_split(mailbox, &address);
	*caught = answer == LOOKUP_FOUND
	          && table_find(table, address.domain - 1, address.domain_len + 1, &catch_all)
	          && catch_all.text == found.text;
	return answer;
}

/* In a domain of ours, whose entry has this value. */
static enum local_kind
user_find(struct local *local, struct value domain_value, const char *mailbox)
{
	const struct local_table *const tables[] = { &local->mailboxes, &local->aliases,
		                                     &local->routes };
	bool anybody = value_has(domain_value, "any"), caught;
	struct address address;

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		switch (table_knows(&tables[i]->table, local, mailbox, &caught)) {
		case LOOKUP_FOUND:
			if (!caught)
				return LOCAL_KNOWN;
			anybody = true;
			break;
		case LOOKUP_NOTHING: break;
		case LOOKUP_NO_MEMORY: return later(local, NULL);
		}
	address_split(mailbox, &address);
	if (anybody)
		return names_a_way(&address) ? LOCAL_FOREIGN : LOCAL_KNOWN;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (tables[i]->error)
			return later(local, tables[i]);
	return LOCAL_UNKNOWN;
}

enum local_kind
local_find(struct local *local, const char *mailbox)
{
	struct address address;
	struct value value;

	if (!mailbox_canonical(mailbox))
		return errno == ENOMEM ? later(local, NULL) : LOCAL_BROKEN;
	address_split(mailbox, &address);
	if (!address.domain_len) /* only postmaster can be written so */
		return LOCAL_KNOWN;
	if (address.domain[0] == '[')
		return LOCAL_FOREIGN;
	if (local->domains.error)
		return later(local, &local->domains);
	if (!table_find(&local->domains.table, address.domain, address.domain_len, &value))
		return LOCAL_FOREIGN;
	if (is_postmaster(&address))
		return LOCAL_KNOWN;
	return user_find(local, value, mailbox);
}
