/* Seven bits: what is made has none more, no long line, and nothing left to do; cuts do not matter. */
#include "mail/seven_bit.h"

#include "mail/header.h"
#include "mail/wire.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 1500 };

/* false: it is stuck, or not needed */
static bool
make(const char *bytes, size_t len, size_t step, stralloc *out)
{
	struct seven_bit plan = { .needed = false };
	bool wanted;

	for (size_t at = 0; at < len; at += step)
		assert(seven_bit_plan(&plan, bytes + at, len - at < step ? len - at : step));
	assert(seven_bit_planned(&plan) && plan.parts <= SEVEN_BIT_PARTS_MAX);
	wanted = plan.needed && !plan.stuck;
	for (size_t at = 0; wanted && at < len; at += step)
		assert(seven_bit_make(&plan, bytes + at, len - at < step ? len - at : step, "\r\n",
		                      out));
	assert(!wanted || seven_bit_made(&plan, out));
	return wanted;
}

static void
check_made(const stralloc *out)
{
	stralloc again = STRALLOC_ZERO;
	size_t line = 0, body = 0;

	/* The message's own header is for others to judge: RFC 6532. */
	header_end(out->s, out->len, &body);
	for (size_t i = body; i < out->len; i++) {
		assert(!(out->s[i] & 0x80));
		line = out->s[i] == '\n' ? 0 : line + 1;
		assert(line <= SEVEN_BIT_LINE_MAX + 1);
	}
	assert(!make(out->s, out->len, out->len, &again));
	stralloc_free(&again);
}

static void
fuzz(char *bytes, size_t len)
{
	stralloc crlf = STRALLOC_ZERO, whole = STRALLOC_ZERO, cut = STRALLOC_ZERO;
	struct wire wire = { 0 };
	bool made;

	assert(wire_make(&wire, bytes, len, &crlf) && wire_make_end(&wire, &crlf));
	if (crlf.len && fuzz_clean(crlf.s, crlf.len)) {
		made = make(crlf.s, crlf.len, crlf.len, &whole);
		assert(make(crlf.s, crlf.len, fuzz_step(crlf.len), &cut) == made);
		assert(fuzz_same(&whole, &cut));
		if (made)
			check_made(&whole);
	}
	stralloc_free(&crlf);
	stralloc_free(&whole);
	stralloc_free(&cut);
}
