#include "mail/gs2.h"

#include <string.h>

bool
gs2_parse(struct gs2 *out, const char *message, size_t len)
{
	const char *end;

	*out = (struct gs2){ .len = 0 };
	if (len < 3 || (message[0] != 'n' && message[0] != 'y') || message[1] != ',')
		return false;
	end = memchr(message + 2, ',', len - 2);
	if (!end)
		return false;
	out->len = (size_t)(end - message) + 1;
	if (end == message + 2)
		return true;
	if (out->len < 6 || message[2] != 'a' || message[3] != '=')
		return false;
	out->identity = message + 4;
	out->identity_len = out->len - 5;
	return true;
}

bool
gs2_name(char *out, size_t size, const char *text, size_t len)
{
	size_t at = 0, n = 0;

	while (at < len && n + 1 < size) {
		char c = text[at];

		if (!c || c == ',')
			return false;
		if (c == '=') {
			if (len - at < 3)
				return false;
			if (memcmp(text + at, "=2C", 3) == 0)
				c = ',';
			else if (memcmp(text + at, "=3D", 3) != 0)
				return false;
			at += 2;
		}
		out[n++] = c;
		at++;
	}
	out[n] = 0;
	return n && at == len;
}
