/* Final delivery: however the message is cut, the same comes out, with one Return-Path at most. */
#include "mail/final.h"

#include "mail/header.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 2000 };

static void
deliver(struct final *final, const char *bytes, size_t len, size_t step, stralloc *out)
{
	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *piece = fuzz_piece(bytes + at, part);

		assert(final_add(final, piece, part, out));
		free(piece);
	}
	assert(final_end(final, out));
}

static void
fuzz(char *bytes, size_t len)
{
	struct final whole = { 0 }, cut = { 0 };
	stralloc out = STRALLOC_ZERO, pieces = STRALLOC_ZERO, top = STRALLOC_ZERO;
	char *text = fuzz_string(bytes, len);
	size_t end = 0;

	deliver(&whole, bytes, len, len ? len : 1, &out);
	deliver(&cut, bytes, len, fuzz_step(len), &pieces);
	assert(fuzz_same(&out, &pieces) && whole.hops == cut.hops && out.len <= len);
	assert(fuzz_same(&whole.seen, &cut.seen));
	assert(final_was_here(&whole, "ann@example.org")
	       == final_was_here(&cut, "ann@example.org"));
	header_end(out.s, out.len, &end);
	assert(!out.len || header_count(out.s, end, "Return-Path") == 0);
	if (final_top(&top, text, text))
		assert(stralloc_0(&top) && header_count(top.s, top.len - 1, "Delivered-To") == 1);
	stralloc_free(&out);
	stralloc_free(&pieces);
	stralloc_free(&top);
	final_free(&whole);
	final_free(&cut);
	free(text);
}
