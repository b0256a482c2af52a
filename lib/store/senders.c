#include "store/senders.h"

#include "mail/address.h"
#include "store/lookup.h"

#include <skalibs/stralloc.h>

#include <string.h>

/* Is this the key of the mailbox, with or without its detail? */
static bool
is_key(const stralloc *wanted, const char *mailbox)
{
	static const char separators[] = { 0, DETAIL_SEPARATOR };
	stralloc key = STRALLOC_ZERO;
	bool same = false;

	for (size_t i = 0; i < sizeof separators && !same; i++) {
		key.len = 0;
		same = address_key(&key, mailbox, separators[i]) && key.len == wanted->len
		       && memcmp(key.s, wanted->s, key.len) == 0;
	}
	stralloc_free(&key);
	return same;
}

bool
senders_item_covers(const struct value *item, const char *mailbox)
{
	stralloc address = STRALLOC_ZERO, wanted = STRALLOC_ZERO;
	struct address parts;
	bool covers;

	if (item->len == 1 && *item->text == '*')
		return true;
	address_split(mailbox, &parts);
	if (item->len && *item->text == '@')
		return domain_equal(item->text + 1, item->len - 1, parts.domain, parts.domain_len);
	covers = stralloc_catb(&address, item->text, item->len) && stralloc_0(&address)
	         && address_key(&wanted, address.s, 0) && wanted.len && is_key(&wanted, mailbox);
	stralloc_free(&address);
	stralloc_free(&wanted);
	return covers;
}

bool
senders_allow(const struct table *senders, const char *login, const char *mailbox)
{
	struct value rest, item;

	if (!table_find(senders, login, strlen(login), &rest))
		return false;
	while (value_item(&rest, &item))
		if (senders_item_covers(&item, mailbox))
			return true;
	return false;
}
