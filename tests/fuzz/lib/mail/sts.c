/* Records and policies of MTA-STS: what is good has what it must have, and nothing else in it. */
#include "mail/sts.h"

#include "fuzz/fuzz.h"

static void
policy_check(const struct sts_policy *policy)
{
	size_t at = 0, hosts = 0;
	struct sts_line line;

	assert(policy->max_age_s <= STS_AGE_MAX_S && policy->mode <= STS_ENFORCE);
	while (sts_policy_next_line(policy, &at, &line))
		for (size_t i = 0; i < line.len; i++)
			assert((unsigned char)line.text[i] >= ' ' || line.text[i] == '\t');
	at = 0;
	while (sts_policy_next_mx(policy, &at, &line)) {
		assert(line.len && line.len < 300 && fuzz_printable(line.text, line.len));
		hosts++;
	}
	assert(hosts || policy->mode == STS_NONE);
}

static void
fuzz(char *bytes, size_t len)
{
	struct sts_record record = { .count = 0 };
	struct sts_policy policy;
	const char *rest = bytes;
	size_t left = len;

	if (!sts_policy_parse(&policy, bytes, len))
		policy_check(&policy);
	while (left) {
		char *text = fuzz_next(&rest, &left);

		sts_record_add(&record, text);
		free(text);
	}
	assert(strlen(record.id) <= STS_ID_MAX);
	for (const char *c = record.id; *c; c++)
		assert(
		    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *c));
}
