/* Paths: what was taken reads as itself, holds no control byte, and no writing of it is another's. */
#include "mail/address.h"

#include "fuzz/fuzz.h"

static void
check_mailbox(const char *bytes, size_t used, const stralloc *mailbox, enum path_kind kind,
              bool utf8)
{
	stralloc again = STRALLOC_ZERO, path = STRALLOC_ZERO, key = STRALLOC_ZERO,
	         key2 = STRALLOC_ZERO;
	struct address parts;
	size_t used2;

	assert(used >= 2 && bytes[0] == '<' && bytes[used - 1] == '>');
	assert(mailbox->len <= PATH_MAX_BYTES);
	for (size_t i = 0; i < mailbox->len; i++)
		assert((unsigned char)mailbox->s[i] >= ' ' && mailbox->s[i] != 0x7f
		       && (utf8 || !(mailbox->s[i] & 0x80)));
	assert(stralloc_cats(&path, "<") && stralloc_cat(&path, mailbox)
	       && stralloc_cats(&path, ">"));
	assert(path_parse(path.s, path.len, kind, utf8, &used2, &again) == PATH_OK);
	assert(used2 == path.len && fuzz_same(mailbox, &again));
	assert(stralloc_0(&again));
	assert(mailbox_canonical(again.s) == (mailbox->len != 0));
	address_split(again.s, &parts);
	assert(parts.local_len <= LOCAL_PART_MAX && parts.domain_len <= DOMAIN_MAX);
	assert(!parts.domain_len || domain_valid(parts.domain, parts.domain_len, utf8));
	assert(address_key(&key, again.s, '+') && stralloc_0(&key));
	assert(address_key(&key2, key.s, 0) && stralloc_0(&key2) && fuzz_same(&key, &key2));
	stralloc_free(&again);
	stralloc_free(&path);
	stralloc_free(&key);
	stralloc_free(&key2);
}

static void
fuzz(char *bytes, size_t len)
{
	static const enum path_kind kinds[] = { PATH_REVERSE, PATH_FORWARD };
	char *text = fuzz_string(bytes, len);

	for (int i = 0; i < 4; i++) {
		stralloc mailbox = STRALLOC_ZERO;
		size_t used;

		if (path_parse(bytes, len, kinds[i & 1], i & 2, &used, &mailbox) == PATH_OK)
			check_mailbox(bytes, used, &mailbox, kinds[i & 1], i & 2);
		stralloc_free(&mailbox);
	}
	assert(!domain_valid(bytes, len, false) || domain_valid(bytes, len, true));
	mailbox_canonical(text);
	free(text);
}
