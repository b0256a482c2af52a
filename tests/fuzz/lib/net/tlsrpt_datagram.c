/* What Postfix tells of TLS: whatever it is, each list that comes of it is one of ours. */
#include "net/tlsrpt_datagram.h"

#include "base/record.h"
#include "fuzz/fuzz.h"
#include "net/tls_result.h"

static void
fuzz(char *bytes, size_t len)
{
	stralloc out = STRALLOC_ZERO;
	struct tls_result result;
	size_t one, at = 0;

	if (tlsrpt_datagram_read(&out, bytes, len, 7)) {
		for (; (one = record_list_len(out.s + at, out.len - at)); at += one)
			assert(tls_result_read(&result, out.s + at, one));
		assert(at && at == out.len);
	}
	stralloc_free(&out);
}
