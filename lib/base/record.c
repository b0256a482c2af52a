#include "base/record.h"

#include <string.h>

bool
record_add(stralloc *list, char tag, const char *value)
{
	return stralloc_append(list, tag) && stralloc_catb(list, value, strlen(value) + 1);
}

bool
record_end(stralloc *list)
{
	return stralloc_0(list);
}

const char *
record_next(const char *list, size_t len, size_t *at)
{
	const char *record;

	if (*at >= len || !list[*at])
		return NULL;
	record = list + *at;
	*at += strlen(record) + 1;
	return record;
}

size_t
record_list_len(const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(bytes + at, 0, len - at);

		if (!end)
			return 0;
		if (end == bytes + at)
			return at + 1;
		at = (size_t)(end - bytes) + 1;
	}
	return 0;
}
