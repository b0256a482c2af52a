/* Address lists: a mailbox in its shortest form is a list of one, and reads as itself. */
#include "mail/mailbox_list.h"

#include "fuzz/fuzz.h"

static void
check_mailbox(const stralloc *mailbox, bool qualified)
{
	struct mailbox_list list = { .lex = { .text = mailbox->s, .len = mailbox->len } };
	stralloc again = STRALLOC_ZERO;
	struct mailbox found;

	for (size_t i = 0; i < mailbox->len; i++)
		assert(mailbox->s[i] && mailbox->s[i] != '\r' && mailbox->s[i] != '\n');
	assert(mailbox_next(&list, &found) == MAILBOX_FOUND && !!found.domain.len == qualified);
	assert(mailbox_add(&again, &found) && fuzz_same(mailbox, &again));
	assert(mailbox_next(&list, &found) == MAILBOX_END && list.count == 1);
	stralloc_free(&again);
}

static void
fuzz(char *bytes, size_t len)
{
	struct mailbox_list list = { .lex = { .text = bytes, .len = len } };
	stralloc text = STRALLOC_ZERO;
	struct mailbox mailbox;
	enum mailbox_found found;

	while ((found = mailbox_next(&list, &mailbox)) == MAILBOX_FOUND) {
		assert(mailbox.local.len && mailbox.domain_at <= len);
		assert(mailbox.local.text + mailbox.local.len <= bytes + len);
		assert(mailbox.domain.len <= len - mailbox.domain_at);
		text.len = 0;
		assert(mailbox_add(&text, &mailbox));
		check_mailbox(&text, mailbox.domain.len);
	}
	assert(list.lex.at <= len && (found == MAILBOX_MALFORMED || list.lex.at == len));
	stralloc_free(&text);
}
