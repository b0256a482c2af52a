/* Lines of tls-policy(5): what is expected of a server is a list of plain records, and never empty. */
#include "mail/tls_policy.h"

#include "base/record.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc out = STRALLOC_ZERO;
	struct tls_policy policy;
	size_t at = 0;
	const char *record;

	if (!tls_policy_parse(&policy, bytes, len))
		return;
	assert(tls_level_word(policy.level)
	       && (policy.is_sts || !memmem(bytes, len, "max_age", 7)));
	tls_policy_takes_host(&policy, "mx.example.org");
	assert(tls_policy_expect(&policy, "mx.example.org", &out) && record_end(&out));
	assert(out.len > 1 && record_list_len(out.s, out.len) == out.len);
	while ((record = record_next(out.s, out.len, &at)) != NULL)
		assert(fuzz_printable(record, strlen(record))
		       && (strncmp(record, "name=", 5) == 0 || strncmp(record, "tlsa=", 5) == 0));
	stralloc_free(&out);
}
