/* Results of TLS: what was read is plain text, and is the same when it was written again. */
#include "net/tls_result.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc list = STRALLOC_ZERO;
	struct tls_result first, second;

	if (!tls_result_read(&first, bytes, len))
		return;
	assert(fuzz_printable(first.domain, strlen(first.domain)) && !strchr(first.domain, '/')
	       && *first.domain != '.' && first.time_s >= 0);
	assert(tls_result_add(&list, &first) && list.len <= TLS_RESULT_MAX_BYTES);
	assert(tls_result_read(&second, list.s, list.len) && first.time_s == second.time_s
	       && strcmp(first.domain, second.domain) == 0 && strcmp(first.type, second.type) == 0
	       && strcmp(first.result, second.result) == 0);
	stralloc_free(&list);
}
