/* Whose is a recipient? Never ours is what names a way further, and never a stranger's domain. */
#include "store/local.h"

#include "mail/address.h"

#include "fuzz/fuzz.h"

#include <strings.h>

static struct table
table(const char *text)
{
	return (struct table){ .text = { .s = (char *)text, .len = strlen(text) } };
}

static void
fuzz(char *bytes, size_t len)
{
	char *mailbox = fuzz_string(bytes, len);
	struct local local = {
		.domains = { .table = table("example.test: any\nexample.org:\n") },
		.mailboxes = { .table = table("ann: x\n@example.org: y\n") },
		.aliases = { .table = table("team@example.test: ann\n") },
	};
	struct address parts;

	switch (local_find(&local, mailbox)) {
	case LOCAL_KNOWN:
	case LOCAL_UNKNOWN:
		assert(mailbox_canonical(mailbox));
		address_split(mailbox, &parts);
		assert(!parts.domain_len
		       || domain_equal(parts.domain, parts.domain_len, "example.test", 12)
		       || domain_equal(parts.domain, parts.domain_len, "example.org", 11));
		/* A way further may stand only in the detail of a name that is known. */
		if (strncasecmp(parts.local, "ann+", 4) != 0
		    && strncasecmp(parts.local, "team+", 5) != 0
		    && strncasecmp(parts.local, "postmaster+", 11) != 0)
			assert(!memchr(parts.local, '%', parts.local_len)
			       && !memchr(parts.local, '!', parts.local_len)
			       && !memchr(parts.local, '@', parts.local_len));
		break;
	case LOCAL_FOREIGN: assert(mailbox_canonical(mailbox)); break;
	case LOCAL_BROKEN: break;
	case LOCAL_LATER: abort();
	}
	free(mailbox);
}
