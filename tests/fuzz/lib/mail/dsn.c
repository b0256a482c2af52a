/* Reports: nothing that a server, a sender or a recipient said makes a line or a part of its own. */
#include "mail/dsn.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 600 };

/* Counts lines that begin with this. */
static unsigned int
lines_with(const stralloc *text, const char *start)
{
	unsigned int count = 0;
	size_t start_len = strlen(start);

	for (size_t at = 0; at < text->len;) {
		const char *line = text->s + at, *feed = memchr(line, '\n', text->len - at);
		size_t len = feed ? (size_t)(feed - line) + 1 : text->len - at;

		assert(len <= 998 + 2);
		count += len >= start_len && memcmp(line, start, start_len) == 0;
		at += len;
	}
	return count;
}

static void
fuzz(char *bytes, size_t len)
{
	const char *at = bytes;
	char *sender = fuzz_next(&at, &len), *address = fuzz_next(&at, &len);
	char *orcpt = fuzz_next(&at, &len), *envid = fuzz_next(&at, &len);
	char *id = fuzz_next(&at, &len), *why = fuzz_next(&at, &len);
	struct recipient recipient = { .address = address, .orcpt = *orcpt ? orcpt : NULL };
	enum dsn_kind kind = (enum dsn_kind)(strlen(sender) % (DSN_EXPANDED + 1));
	struct dsn dsn = { .kind = kind,
		           .server = "mail.example.test",
		           .id = "0000000000000000",
		           .to = sender,
		           .about = strlen(id) % 2 ? address : NULL,
		           .recipients = 1,
		           .original_id = *id ? id : NULL,
		           .envid = *envid ? envid : NULL,
		           .arrived_s = 1700000000,
		           .now_s = 1700000001,
		           .retry_until_s = strlen(id) % 3 ? -1 : 1700000002,
		           .utf8 = strlen(address) % 2,
		           .eight_bit = strlen(envid) % 2,
		           .whole = strlen(why) % 2 };
	char random[DSN_BOUNDARY_LEN] = "0123456789abcdefghijklmnopqrs";
	char delimiter[DSN_BOUNDARY_LEN + 3] = "--";
	stralloc text = STRALLOC_ZERO;
	struct dsn_outcome outcome;
	char *record = fuzz_string(why, strlen(why));

	dsn_outcome(kind, record, &outcome);
	if (dsn_boundary(&dsn, random, bytes, (size_t)(at - bytes))) {
		memcpy(delimiter + 2, dsn.boundary, sizeof dsn.boundary);
		assert(dsn_top(&text, &dsn) && dsn_tell(&text, &dsn, &recipient, &outcome)
		       && dsn_told(&text, &dsn) && dsn_status_top(&text, &dsn)
		       && dsn_status(&text, &dsn, &recipient, &outcome)
		       && dsn_original_top(&text, &dsn) && dsn_end(&text, &dsn));
		assert(fuzz_clean(text.s, text.len));
		assert(lines_with(&text, delimiter) == 4);
		assert(lines_with(&text, "Final-Recipient:") == 1);
		assert(lines_with(&text, "Action:") == 1 && lines_with(&text, "Status:") == 1);
		assert(lines_with(&text, "From:") == 1 && lines_with(&text, "To:") == 1);
		assert(lines_with(&text, "Bcc:") == 0);
	}
	stralloc_free(&text);
	free(record);
	free(sender);
	free(address);
	free(orcpt);
	free(envid);
	free(id);
	free(why);
}
