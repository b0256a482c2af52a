#include "store/lookup.h"

#include "mail/address.h"

#include <skalibs/stralloc.h>

#include <string.h>

bool
lookup_is_local(const struct table *domains, const char *address)
{
	struct address parts;
	struct value unused;

	address_split(address, &parts);
	return !parts.domain_len || table_find(domains, parts.domain, parts.domain_len, &unused);
}

/* Both forms of one key: out ends up NULL where neither is there. */
static bool
find_with_and_without_detail(const struct table *table, const char *address, bool local_part,
                             stralloc *key, struct value *out)
{
	static const char separators[] = { 0, DETAIL_SEPARATOR };

	for (size_t i = 0; i < sizeof separators; i++) {
		const char *at;
		size_t len;

		key->len = 0;
		if (!address_key(key, address, separators[i]))
			return false;
		len = key->len;
		if (local_part && (at = memrchr(key->s, '@', key->len)) != NULL)
			len = (size_t)(at - key->s);
		if (table_find(table, key->s, len, out))
			return true;
	}
	out->text = NULL;
	return true;
}

static void
find_domain(const struct table *table, const stralloc *key, struct value *out)
{
	const char *at = memrchr(key->s, '@', key->len);

	if (!at || !table_find(table, at, key->len - (size_t)(at - key->s), out))
		out->text = NULL;
}

bool
lookup_find(const struct table *table, const struct table *domains, const char *address,
            enum lookup_scope scope, struct value *out)
{
	stralloc key = STRALLOC_ZERO;
	bool done = find_with_and_without_detail(table, address, false, &key, out);

	if (done && !out->text && lookup_is_local(domains, address))
		done = find_with_and_without_detail(table, address, true, &key, out);
	if (done && !out->text && scope == LOOKUP_ALL)
		find_domain(table, &key, out);
	stralloc_free(&key);
	return done;
}
