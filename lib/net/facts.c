#include "net/facts.h"

#include "base/io.h"
#include "base/record.h"

#include <errno.h>

enum { CHUNK_BYTES = 1024 };

bool
facts_read(struct facts *out, int fd)
{
	stralloc *list = &out->list;

	*out = (struct facts){ .list = STRALLOC_ZERO };
	while (!record_list_len(list->s, list->len)) {
		ssize_t n;

		if (!stralloc_readyplus(list, CHUNK_BYTES))
			return false;
		n = io_read(fd, list->s + list->len, CHUNK_BYTES);
		if (n < 0)
			return false;
		if (n == 0 || list->len > FACTS_MAX_BYTES) {
			errno = EPROTO;
			return false;
		}
		list->len += (size_t)n;
	}
	if (!envelope_parse_facts(&out->known, list->s, list->len)) {
		errno = EPROTO;
		return false;
	}
	return true;
}

void
facts_free(struct facts *facts)
{
	stralloc_free(&facts->list);
}
