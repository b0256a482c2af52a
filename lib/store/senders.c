#include "store/senders.h"

#include "mail/address.h"
#include "store/lookup.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

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

/* Is its domain below this one, which begins with a dot? */
static bool
is_below(const struct address *parts, const char *domain, size_t len)
{
	return parts->domain_len > len
	       && domain_equal(domain + 1, len - 1, parts->domain + parts->domain_len - (len - 1),
	                       len - 1)
	       && parts->domain[parts->domain_len - len] == '.';
}

/* news-*@example.org: any name that begins so, in that domain. */
static bool
begins_alike(const struct value *item, const struct address *parts)
{
	const char *star = memchr(item->text, '*', item->len);
	size_t begin = star ? (size_t)(star - item->text) : 0;

	return begin && item->len - begin > 2 && star[1] == '@' && parts->domain_len
	       && parts->local_len > begin && parts->local[0] != '"'
	       && strncasecmp(parts->local, item->text, begin) == 0
	       && domain_equal(star + 2, item->len - begin - 2, parts->domain, parts->domain_len);
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
	if (item->len > 2 && item->text[0] == '@' && item->text[1] == '.')
		return is_below(&parts, item->text + 1, item->len - 1);
	if (item->len && *item->text == '@')
		return domain_equal(item->text + 1, item->len - 1, parts.domain, parts.domain_len);
	if (begins_alike(item, &parts))
		return true;
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

bool
senders_open(struct senders *out, const char *path)
{
	*out = (struct senders){ .domains_error = 0 };
	if (!table_open(&out->senders, path) && errno != ENOENT)
		return false;
	if (!table_open(&out->domains, "domains"))
		out->domains_error = errno;
	return true;
}

void
senders_close(struct senders *senders)
{
	table_close(&senders->senders);
	table_close(&senders->domains);
}

/* The login's items: its entry, or itself. */
static struct value
items_of(const struct senders *senders, const char *login)
{
	struct value items;

	if (!table_find(&senders->senders, login, strlen(login), &items))
		items = (struct value){ login, strlen(login) };
	return items;
}

static bool
is_name(const struct value *item)
{
	return !memchr(item->text, '@', item->len) && !(item->len == 1 && *item->text == '*');
}

/* Does it, in the mailbox's own domain? */
static bool
name_covers(const struct value *item, const char *mailbox)
{
	stralloc address = STRALLOC_ZERO;
	struct address parts;
	bool covers;

	address_split(mailbox, &parts);
	covers = parts.domain_len && stralloc_catb(&address, item->text, item->len)
	         && stralloc_append(&address, '@')
	         && stralloc_catb(&address, parts.domain, parts.domain_len)
	         && senders_item_covers(&(struct value){ address.s, address.len }, mailbox);
	stralloc_free(&address);
	return covers;
}

enum sender_kind
senders_find(const struct senders *senders, const char *login, const char *mailbox)
{
	struct value items = items_of(senders, login), item;
	enum sender_kind kind = SENDER_DENIED;

	errno = 0;
	while (kind != SENDER_ALLOWED && value_item(&items, &item)) {
		if (!is_name(&item)) {
			if (senders_item_covers(&item, mailbox))
				kind = SENDER_ALLOWED;
		} else if (name_covers(&item, mailbox)) {
			if (senders->domains_error)
				kind = SENDER_LATER;
			else if (lookup_is_local(&senders->domains, mailbox))
				kind = SENDER_ALLOWED;
		}
	}
	if (kind == SENDER_LATER)
		errno = senders->domains_error;
	return kind == SENDER_DENIED && errno == ENOMEM ? SENDER_LATER : kind;
}

static bool
list_add(stralloc *list, struct value name, struct value domain)
{
	return (!list->len || stralloc_cats(list, ", ")) && stralloc_catb(list, name.text, name.len)
	       && (!domain.len
	           || (stralloc_append(list, '@') && stralloc_catb(list, domain.text, domain.len)));
}

static bool
list_make(stralloc *list, const struct senders *senders, const char *login)
{
	struct value items = items_of(senders, login), item, domain, value;

	while (value_item(&items, &item)) {
		size_t at = 0;

		if (!is_name(&item) && !list_add(list, item, (struct value){ "", 0 }))
			return false;
		while (is_name(&item) && table_next(&senders->domains, &at, &domain, &value))
			if (!list_add(list, item, domain))
				return false;
	}
	return true;
}

bool
senders_list(stralloc *out, const struct senders *senders, const char *login, size_t max)
{
	static const char more[] = ", ...";
	stralloc list = STRALLOC_ZERO;
	size_t fits;
	bool done = list_make(&list, senders, login);

	if (done && list.len <= max) {
		done = stralloc_catb(out, list.s, list.len);
	} else if (done) {
		for (fits = max - (sizeof more - 1); fits && list.s[fits] != ','; fits--) {
		}
		done = stralloc_catb(out, list.s, fits) && stralloc_cats(out, fits ? more : "...");
	}
	stralloc_free(&list);
	return done;
}
