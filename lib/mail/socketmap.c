#include "mail/socketmap.h"

#include <skalibs/types.h>

#include <string.h>

enum { DIGITS_MAX = 4 };

enum socketmap_state
socketmap_read(struct socketmap_request *out, const char *bytes, size_t len)
{
	size_t size = 0, digits = 0;
	const char *space;

	while (digits < len && bytes[digits] >= '0' && bytes[digits] <= '9') {
		size = size * 10 + (size_t)(bytes[digits] - '0');
		if (++digits > DIGITS_MAX || size > SOCKETMAP_REQUEST_MAX)
			return SOCKETMAP_BROKEN;
	}
	if (digits == len)
		return SOCKETMAP_MORE;
	if (!digits || bytes[digits] != ':' || (bytes[0] == '0' && digits > 1))
		return SOCKETMAP_BROKEN;
	out->bytes = digits + 1 + size + 1;
	if (len < out->bytes)
		return SOCKETMAP_MORE;
	bytes += digits + 1;
	space = memchr(bytes, ' ', size);
	if (bytes[size] != ',' || !space || space == bytes)
		return SOCKETMAP_BROKEN;
	out->name = bytes;
	out->name_len = (size_t)(space - bytes);
	out->key = space + 1;
	out->key_len = (size_t)(bytes + size - out->key);
	return SOCKETMAP_WHOLE;
}

bool
socketmap_reply(stralloc *out, const char *word, const char *text)
{
	char number[SIZE_FMT];

	return stralloc_catb(out, number, size_fmt(number, strlen(word) + 1 + strlen(text)))
	       && stralloc_append(out, ':') && stralloc_cats(out, word) && stralloc_append(out, ' ')
	       && stralloc_cats(out, text) && stralloc_append(out, ',');
}
