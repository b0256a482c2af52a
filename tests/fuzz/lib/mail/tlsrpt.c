/* Records of TLSRPT: what comes out can be sent to, and has nothing else in it. */
#include "mail/tlsrpt.h"

#include "mail/address.h"
#include "mail/http.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct tlsrpt record = { .count = 0 };
	stralloc mailbox = STRALLOC_ZERO;
	const char *rest = bytes;
	struct http_url url;
	size_t left = len;
	char *text;

	while (left) {
		text = fuzz_next(&rest, &left);
		assert(tlsrpt_add(&record, text));
		free(text);
	}
	for (size_t at = 0; at < record.ruas.len; at += strlen(record.ruas.s + at) + 1) {
		const char *rua = record.ruas.s + at;

		assert(fuzz_printable(rua, strlen(rua)) && !strchr(rua, ' '));
		mailbox.len = 0;
		assert(http_url(&url, rua) || tlsrpt_mailbox(&mailbox, rua));
	}
	mailbox.len = 0;
	text = fuzz_string(bytes, len);
	if (tlsrpt_mailbox(&mailbox, text)) {
		assert(fuzz_printable(mailbox.s, mailbox.len) && stralloc_0(&mailbox));
		assert(mailbox_canonical(mailbox.s));
	}
	free(text);
	stralloc_free(&mailbox);
	stralloc_free(&record.ruas);
}
