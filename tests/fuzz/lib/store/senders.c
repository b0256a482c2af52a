/* Senders: a login has what its line says, and no line gives another's address by accident. */
#include "store/senders.h"

#include "mail/address.h"

#include "fuzz/fuzz.h"

#include <strings.h>

enum { FUZZ_MAX = 400 };

static void
fuzz(char *bytes, size_t len)
{
	static char ours[] = "example.test:\n";
	const char *text = bytes;
	char *mailbox = fuzz_next(&text, &len);
	struct senders senders = {
		.senders = { .text = { .s = (char *)text, .len = len } },
		.domains = { .text = { .s = ours, .len = sizeof ours - 1 } },
	};
	stralloc list = STRALLOC_ZERO;
	struct address parts;

	senders_allow(&senders.senders, "alice", mailbox);
	senders_find(&senders, "alice", mailbox);
	assert(senders_list(&list, &senders, "alice", 40) && list.len <= 40);
	/* Without a line of its own, a login has its own name in our domains, and nothing else. */
	senders.senders.text.len = 0;
	if (senders_find(&senders, "alice", mailbox) == SENDER_ALLOWED) {
		address_split(mailbox, &parts);
		assert(domain_equal(parts.domain, parts.domain_len, "example.test", 12));
		assert(parts.local_len >= 5 && strncasecmp(parts.local, "alice", 5) == 0);
		assert(parts.local_len == 5 || parts.local[5] == '+');
	}
	stralloc_free(&list);
	free(mailbox);
}
