/* qmail's addresses: there and back. */
#include "mail/qmail.h"

#include "fuzz/fuzz.h"

static void
check_address(const char *text, enum path_kind kind, const char *domain)
{
	stralloc mailbox = STRALLOC_ZERO, back = STRALLOC_ZERO, again = STRALLOC_ZERO;

	if (qmail_address_read(&mailbox, text, kind, domain) == PATH_OK) {
		assert(stralloc_0(&mailbox));
		assert(!*mailbox.s || !strchr(mailbox.s, '@') || mailbox_canonical(mailbox.s));
		assert(qmail_address_add(&back, mailbox.s) && stralloc_0(&back));
		assert(qmail_address_read(&again, back.s, kind, domain) == PATH_OK);
		assert(stralloc_0(&again) && fuzz_same(&mailbox, &again));
	} else {
		assert(!mailbox.len);
	}
	stralloc_free(&mailbox);
	stralloc_free(&back);
	stralloc_free(&again);
}

static void
fuzz(char *bytes, size_t len)
{
	char *text = fuzz_string(bytes, len);

	check_address(text, PATH_REVERSE, NULL);
	check_address(text, PATH_FORWARD, NULL);
	check_address(text, PATH_FORWARD, "example.test");
	free(text);
}
