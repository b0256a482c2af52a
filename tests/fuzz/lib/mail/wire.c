/* Line ends: made and unmade again, in any pieces; what claims to be clean is. */
#include "mail/wire.h"

#include "fuzz/fuzz.h"

typedef bool convert(struct wire *wire, const char *bytes, size_t len, stralloc *out);

static struct wire
run(convert *convert, const char *bytes, size_t len, size_t step, stralloc *out)
{
	struct wire wire = { 0 };

	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *piece = fuzz_piece(bytes + at, part);

		assert(convert(&wire, piece, part, out));
		free(piece);
	}
	return wire;
}

static void
fuzz(char *bytes, size_t len)
{
	size_t all = len ? len : 1, step = fuzz_step(len);
	stralloc made = STRALLOC_ZERO, cut = STRALLOC_ZERO, back = STRALLOC_ZERO;
	struct wire wire = run(wire_make, bytes, len, all, &made), other, scan = { 0 };

	other = run(wire_make, bytes, len, step, &cut);
	assert(wire_make_end(&wire, &made) && wire_make_end(&other, &cut));
	assert(fuzz_same(&made, &cut));
	assert(wire.bare_cr == other.bare_cr && wire.nul == other.nul && !wire.bare_lf);
	assert((!wire.bare_cr && !wire.nul) == fuzz_clean(made.s, made.len));
	wire_scan(&scan, bytes, len);
	assert(wire_is_clean(&scan) == fuzz_clean(bytes, len));
	cut.len = 0;
	wire = run(wire_unmake, made.s, made.len, made.len ? made.len : 1, &back);
	other = run(wire_unmake, made.s, made.len, step, &cut);
	assert(wire_unmake_end(&wire, &back) && wire_unmake_end(&other, &cut));
	assert(fuzz_same(&back, &cut));
	if (!memchr(bytes, '\r', len)) /* lines that ended in LF do so again */
		assert(back.len - len <= 1 && (!len || memcmp(back.s, bytes, len) == 0));
	stralloc_free(&made);
	stralloc_free(&cut);
	stralloc_free(&back);
}
