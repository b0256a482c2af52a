/* Received: whatever the envelope says, it's one field. */
#include "mail/received.h"

#include "base/record.h"
#include "mail/header.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	size_t list_len = record_list_len(bytes, len);
	stralloc out = STRALLOC_ZERO;
	struct envelope envelope;
	struct header header;
	struct field field;

	if (!envelope_parse(&envelope, bytes, list_len))
		return;
	assert(received_add(&out, &envelope, NULL, 1700000000) && fuzz_clean(out.s, out.len));
	header = (struct header){ .text = out.s, .len = out.len };
	assert(header_next(&header, &field) == HEADER_FIELD && field_is(&field, "Received"));
	assert(header_next(&header, &field) == HEADER_END);
	stralloc_free(&out);
}
