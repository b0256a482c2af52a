/* What we send in DATA, read again by our own receiver: the same message, and nothing behind it. */
#include "mail/dot_stuff.h"

#include "mail/dot.h"

#include "fuzz/fuzz.h"

/* false: it is not fit to be sent */
static bool
stuff(const char *bytes, size_t len, size_t step, stralloc *out)
{
	struct dot_stuff state = { 0 };
	size_t made;

	assert(stralloc_ready(out, 2 * len + DOT_STUFF_END_MAX));
	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *room = malloc(2 * part);
		bool good = dot_stuff(&state, bytes + at, part, room, &made);

		assert(room && made <= 2 * part && (!good || stralloc_catb(out, room, made)));
		free(room);
		if (!good)
			return false;
	}
	made = dot_stuff_end(&state, out->s + out->len);
	assert(made <= DOT_STUFF_END_MAX);
	out->len += made;
	return made;
}

static void
fuzz(char *bytes, size_t len)
{
	stralloc whole = STRALLOC_ZERO, cut = STRALLOC_ZERO;
	bool good = stuff(bytes, len, len ? len : 1, &whole);
	struct dot dot = DOT_ZERO;
	size_t used, made;

	assert(stuff(bytes, len, fuzz_step(len), &cut) == good
	       && (!good || fuzz_same(&whole, &cut)));
	if (good) {
		made = dot_decode(&dot, whole.s, whole.len, &used);
		assert(dot.ended && used == whole.len && !dot.bare_cr && !dot.bare_lf);
		assert(made >= len && memcmp(whole.s, bytes, len) == 0);
		assert(made == len || (made == len + 2 && memcmp(whole.s + len, "\r\n", 2) == 0));
	}
	stralloc_free(&whole);
	stralloc_free(&cut);
}
