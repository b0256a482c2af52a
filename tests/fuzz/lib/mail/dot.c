/* DATA: only CRLF . CRLF ends it, and a cut between two bytes makes no difference. */
#include "mail/dot.h"

#include "fuzz/fuzz.h"

/* Decodes in pieces; returns how many bytes were read. */
static size_t
decode(struct dot *dot, const char *bytes, size_t len, size_t step, stralloc *out)
{
	size_t read = 0, used, made;

	while (read < len && !dot->ended) {
		size_t part = len - read < step ? len - read : step;
		char *piece = fuzz_piece(bytes + read, part);

		made = dot_decode(dot, piece, part, &used);
		assert(made <= used && used <= part && (used == part || dot->ended));
		assert(stralloc_catb(out, piece, made));
		read += used;
		free(piece);
	}
	return read;
}

/* Where the data end: behind the first CRLF . CRLF whose first CR is not the last of several. */
static size_t
end_of_data(const char *bytes, size_t len)
{
	static const char ending[] = "\r\n.\r\n";

	if (len >= 3 && memcmp(bytes, ending + 2, 3) == 0)
		return 3;
	for (size_t at = 0; at + 5 <= len; at++)
		if (memcmp(bytes + at, ending, 5) == 0 && (at == 0 || bytes[at - 1] != '\r'))
			return at + 5;
	return 0;
}

static void
fuzz(char *bytes, size_t len)
{
	stralloc message = STRALLOC_ZERO;
	struct dot whole = DOT_ZERO;
	size_t read = decode(&whole, bytes, len, len, &message);
	bool bare = whole.bare_cr || whole.bare_lf || whole.nul;

	assert(whole.ended ? read == end_of_data(bytes, len) : !end_of_data(bytes, len));
	if (whole.ended) {
		/* Without anything bare, this is a message in wire form. */
		assert(bare || fuzz_clean(message.s, message.len));
		assert(bare || !message.len || message.s[message.len - 1] == '\n');
	}
	for (size_t step = len < 40 ? 1 : fuzz_step(len); step <= fuzz_step(len); step++) {
		stralloc pieces = STRALLOC_ZERO;
		struct dot cut = DOT_ZERO;

		assert(decode(&cut, bytes, len, step, &pieces) == read);
		assert(cut.ended == whole.ended);
		assert((cut.bare_cr || cut.bare_lf || cut.nul) == bare);
		assert(bare || fuzz_same(&message, &pieces));
		stralloc_free(&pieces);
	}
	stralloc_free(&message);
}
