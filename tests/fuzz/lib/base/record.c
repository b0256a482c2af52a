/* Lists of records: the walk takes each one, and ends where the list says. */
#include "base/record.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	size_t list_len = record_list_len(bytes, len), at = 0;
	char *list = fuzz_piece(bytes, list_len);
	stralloc copy = STRALLOC_ZERO;
	const char *record;

	while ((record = record_next(list, list_len, &at)) != NULL)
		assert(*record && record_add(&copy, record[0], record + 1));
	assert(!list_len
	       || (at == list_len - 1 && record_end(&copy) && copy.len == list_len
	           && memcmp(copy.s, list, list_len) == 0));
	for (size_t cut = 0; cut < list_len; cut++)
		assert(record_list_len(list, cut) == 0);
	stralloc_free(&copy);
	free(list);
}
