#include "store/local.h"

#include "mail/address.h"

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

void
local_open(struct local *out)
{
	*out = (struct local){ .trouble = NULL };
	open_one(&out->domains, "domains");
	open_one(&out->mailboxes, "mailboxes");
	open_one(&out->aliases, "aliases");
}

void
local_close(struct local *local)
{
	table_close(&local->domains.table);
	table_close(&local->mailboxes.table);
	table_close(&local->aliases.table);
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

static bool
is_postmaster(const char *local, size_t len)
{
	return len == 10 && strncasecmp(local, "postmaster", len) == 0;
}

/* In one of the two tables that name users? */
static bool
user_find(const struct local *local, const char *key, size_t len)
{
	struct value value;

	return table_find(&local->mailboxes.table, key, len, &value)
	       || table_find(&local->aliases.table, key, len, &value);
}

/* By a key, with its domain and without? */
static bool
key_find(const struct local *local, const char *key)
{
	struct address parts;

	address_split(key, &parts);
	return is_postmaster(parts.local, parts.local_len) || user_find(local, key, strlen(key))
	       || user_find(local, parts.local, parts.local_len);
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

/* In a domain of ours, whose entry has this value: is the user known by one of these keys? */
static enum local_kind
user_kind(struct local *local, struct value domain_value, const char *key, const char *short_key)
{
	struct address parts;

	if (key_find(local, key) || key_find(local, short_key))
		return LOCAL_KNOWN;
	address_split(key, &parts);
	if (value_has(domain_value, "any")
	    || user_find(local, parts.domain - 1, parts.domain_len + 1))
		return names_a_way(&parts) ? LOCAL_FOREIGN : LOCAL_KNOWN;
	if (local->mailboxes.error)
		return later(local, &local->mailboxes);
	if (local->aliases.error)
		return later(local, &local->aliases);
	return LOCAL_UNKNOWN;
}

enum local_kind
local_find(struct local *local, const char *mailbox)
{
	stralloc key = STRALLOC_ZERO, short_key = STRALLOC_ZERO;
	enum local_kind kind;
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
	if (address_key(&key, mailbox, 0) && stralloc_0(&key)
	    && address_key(&short_key, mailbox, '+') && stralloc_0(&short_key))
		kind = user_kind(local, value, key.s, short_key.s);
	else
		kind = later(local, NULL);
	stralloc_free(&key);
	stralloc_free(&short_key);
	return kind;
}
