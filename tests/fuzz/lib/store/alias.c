/* Aliases: an expansion ends, is not too big, and gives addresses that are some. */
#include "store/alias.h"

#include "base/record.h"
#include "mail/address.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static char ours[] = "example.test:\n";
	struct table domains = { .text = { .s = ours, .len = sizeof ours - 1 } };
	struct table aliases = { .text = { .s = bytes, .len = len } };
	struct alias alias = { .count = 0 };
	const char *record;
	size_t at = 0;

	/* Which files there are is not for made-up input to find out. */
	if (memmem(bytes, len, ":include:", 9))
		return;
	switch (alias_expand(&alias, &aliases, &domains, "team@example.test")) {
	case ALIAS_EXPANDED:
		assert(alias.count && alias.count <= ALIAS_ADDRESSES_MAX);
		assert(!alias.owner.len || mailbox_canonical(alias.owner.s));
		for (unsigned int i = 0; i < alias.count; i++) {
			record = record_next(alias.targets.s, alias.targets.len, &at);
			assert(record && strchr("TCL", record[0]) && mailbox_canonical(record + 1));
		}
		assert(at == alias.targets.len);
		break;
	case ALIAS_FAULTY:
	case ALIAS_TOO_BIG: assert(alias.fault.len); break;
	case ALIAS_NO_MEMORY: abort();
	}
	alias_free(&alias);
}
