/* Tables: every entry has a key, and is found by it; views stay in the text. */
#include "store/table.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct table table = { .text = { .s = bytes, .len = len, .a = len } };
	struct value key, value, found, item;
	size_t at = 0, last = 0;

	while (table_next(&table, &at, &key, &value)) {
		assert(at > last && at <= len);
		assert(key.text >= bytes && key.text + key.len <= bytes + len);
		assert(value.text >= bytes && value.text + value.len <= bytes + len);
		if (len < 1000)
			assert(table_find(&table, key.text, key.len, &found)
			       && found.text <= value.text);
		while (value_item(&value, &item))
			assert(item.len && item.text + item.len <= bytes + len);
		last = at;
	}
}
