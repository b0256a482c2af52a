#include "store/lookup.h"

#include "mail/address.h"

bool
lookup_is_local(const struct table *domains, const char *mailbox)
{
	struct address parts;
	struct value ignored;

	address_split(mailbox, &parts);
	return !parts.domain_len || table_find(domains, parts.domain, parts.domain_len, &ignored);
}

enum lookup
lookup_mailbox(const struct table *table, const struct table *domains, const char *mailbox,
               struct value *out)
{
	stralloc exact = STRALLOC_ZERO, plain = STRALLOC_ZERO;
	struct address exact_parts, plain_parts;
	enum lookup answer = LOOKUP_NO_MEMORY;

	if (!address_key(&exact, mailbox, 0) || !stralloc_0(&exact)
	    || !address_key(&plain, mailbox, DETAIL_SEPARATOR) || !stralloc_0(&plain))
		goto out;
	address_split(exact.s, &exact_parts);
	address_split(plain.s, &plain_parts);
	answer = LOOKUP_FOUND;
	if (table_find(table, exact.s, exact.len - 1, out)
	    || table_find(table, plain.s, plain.len - 1, out))
		goto out;
	if (lookup_is_local(domains, mailbox)
	    && (table_find(table, exact_parts.local, exact_parts.local_len, out)
	        || table_find(table, plain_parts.local, plain_parts.local_len, out)))
		goto out;
	/* The "@" stands in front of the domain. */
	if (exact_parts.domain_len
	    && table_find(table, exact_parts.domain - 1, exact_parts.domain_len + 1, out))
		goto out;
	answer = LOOKUP_NOTHING;
out:
	stralloc_free(&exact);
	stralloc_free(&plain);
	return answer;
}
