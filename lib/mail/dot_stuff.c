#include "mail/dot_stuff.h"

#include <string.h>

bool
dot_stuff(struct dot_stuff *state, const char *bytes, size_t len, char *out, size_t *out_len)
{
	char *to = out;

	*out_len = 0;
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if ((c == '\n') != (state->at == STUFF_AFTER_CR))
			return false;
		if (c == '.' && state->at == STUFF_LINE_START)
			*to++ = '.';
		*to++ = c;
		state->at = c == '\r'   ? STUFF_AFTER_CR
		            : c == '\n' ? STUFF_LINE_START
		                        : STUFF_IN_LINE;
	}
	*out_len = (size_t)(to - out);
	return true;
}

size_t
dot_stuff_end(const struct dot_stuff *state, char out[DOT_STUFF_END_MAX])
{
	static const char end[] = "\r\n.\r\n";
	size_t skip = state->at == STUFF_LINE_START ? 2 : 0;

	if (state->at == STUFF_AFTER_CR)
		return 0;
	memcpy(out, end + skip, DOT_STUFF_END_MAX - skip);
	return DOT_STUFF_END_MAX - skip;
}
