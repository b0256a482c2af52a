/* Display names: whatever the name, it stands in front of one address and makes no second one. */
#include "mail/phrase.h"

#include "mail/mailbox_list.h"
#include "mail/utf8.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char *name = fuzz_string(bytes, len);
	stralloc field = STRALLOC_ZERO;
	struct mailbox_list list = { 0 };
	struct mailbox mailbox;

	/* As its header says: printable. */
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	assert(phrase_add(&field, name) && stralloc_cats(&field, " <ann@example.org>"));
	assert(fuzz_clean(field.s, field.len) && utf8_is_ascii_bytes(field.s, field.len));
	list.lex = (struct lex){ .text = field.s, .len = field.len };
	assert(mailbox_next(&list, &mailbox) == MAILBOX_FOUND);
	assert(mailbox.local.len == 3 && mailbox.domain.len == strlen("example.org"));
	assert(mailbox_next(&list, &mailbox) == MAILBOX_END);
	stralloc_free(&field);
	free(name);
}
