/* Envelopes: one that is read can be written again, and tells the same. */
#include "mail/envelope.h"

#include "base/record.h"

#include "fuzz/fuzz.h"

static void
check_copy_of(const struct envelope *envelope)
{
	stralloc list = STRALLOC_ZERO;
	struct recipient recipient;
	struct envelope copy;
	unsigned int count = 0;
	size_t at = 0;

	assert(envelope_copy_facts(&list, envelope, ""));
	while (envelope_recipient(envelope, &at, &recipient)) {
		assert(*recipient.address && envelope_add_recipient(&list, &recipient));
		count++;
	}
	assert(count == envelope->recipients && record_end(&list));
	assert(envelope_parse_facts(&copy, list.s, list.len) && copy.recipients == count);
	for (size_t tag = 0; tag < 128; tag++)
		assert(strcmp(envelope_get(envelope, (char)tag), envelope_get(&copy, (char)tag))
		       == 0);
	stralloc_free(&list);
}

static void
fuzz(char *bytes, size_t len)
{
	size_t list_len = record_list_len(bytes, len);
	struct envelope envelope;
	char *list;

	assert(list_len <= len && (!list_len || !bytes[list_len - 1]));
	if (envelope_parse(&envelope, bytes, len))
		assert(list_len == len && envelope.value[ENVELOPE_SENDER]);
	list = fuzz_piece(bytes, list_len);
	if (envelope_parse_facts(&envelope, list, list_len))
		check_copy_of(&envelope);
	free(list);
}
