/* Lines of counted results: those that are read make a report, and read again as themselves. */
#include "net/tls_report.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc list = STRALLOC_ZERO, again = STRALLOC_ZERO, json = STRALLOC_ZERO;
	char *key = fuzz_string(bytes, len);
	struct tls_count count = { .count = len };

	if (tls_report_result(&count.result, &list, key)) {
		struct tls_report report = { "o",        "a@b.test", "b.test", count.result.domain,
			                     "1@b.test", 0,          86399,    &count,
			                     1 };

		assert(tls_report_key(&again, &count.result));
		assert(fuzz_printable(again.s, strcspn(again.s, "\t")));
		tls_report_sort(&count, 1);
		assert(tls_report_json(&json, &report));
		assert(json.s[0] == '{' && json.s[json.len - 2] == '}');
		assert(fuzz_printable(json.s, json.len - 1));
	}
	free(key);
	stralloc_free(&list);
	stralloc_free(&again);
	stralloc_free(&json);
}
