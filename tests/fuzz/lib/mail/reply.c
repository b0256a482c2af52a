/* Replies of a server: printable, of one class, and the same however they come in. */
#include "mail/reply.h"

#include "fuzz/fuzz.h"

/* The first reply, fed in pieces; read: how many bytes it took. */
static enum reply_state
feed(struct reply *reply, const char *bytes, size_t len, size_t step, size_t *read)
{
	enum reply_state state = REPLY_MORE;
	size_t used;

	reply_begin(reply);
	for (*read = 0; *read < len && (state == REPLY_MORE || state == REPLY_LINE);
	     *read += used) {
		size_t part = len - *read < step ? len - *read : step;
		char *piece = fuzz_piece(bytes + *read, part);

		state = reply_feed(reply, piece, part, &used);
		assert(used <= part && (used || state == REPLY_BROKEN));
		if (state == REPLY_LINE || state == REPLY_WHOLE)
			assert(strlen(reply->line) <= REPLY_LINE_KEPT
			       && fuzz_printable(reply->line, strlen(reply->line)));
		free(piece);
	}
	return state;
}

static void
fuzz(char *bytes, size_t len)
{
	struct reply whole, cut;
	size_t read, cut_read;
	enum reply_state state = feed(&whole, bytes, len, len ? len : 1, &read);

	assert(feed(&cut, bytes, len, fuzz_step(len), &cut_read) == state && cut_read == read);
	if (state != REPLY_WHOLE)
		return;
	assert(whole.code >= 200 && whole.code <= 599 && whole.code == cut.code);
	assert(strlen(whole.text) <= REPLY_TEXT_KEPT && strcmp(whole.text, cut.text) == 0);
	assert(fuzz_printable(whole.text, strlen(whole.text)));
	assert(strlen(whole.enhanced) < sizeof whole.enhanced
	       && strcmp(whole.enhanced, cut.enhanced) == 0);
	assert(reply_class(&whole) == 3 || whole.enhanced[0] == '0' + reply_class(&whole));
}
