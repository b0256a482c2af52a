/*
 * A draft: where it ends is the same wherever it is cut, no hidden recipient's field stays, and recipients
 * are sound records.
 */
#include "mail/draft.h"

#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/wire.h"

#include "fuzz/fuzz.h"

#include <strings.h>

char const *PROG = "draft";

/* Read in pieces of so many bytes, as a program does: what is held is given again with more behind it. */
static void
read_text(const char *bytes, size_t len, size_t step, stralloc *out)
{
	size_t begin = 0, end = 0;
	bool in_line = false, ended = false;

	do {
		size_t part = len - end < step ? len - end : step, take;
		char *copy;

		end += part;
		ended = part == 0;
		copy = fuzz_piece(bytes + begin, end - begin);
		take = draft_text_len(copy, end - begin, in_line, part == 0, &ended);
		assert(take <= end - begin && (end - begin - take <= 2 || ended));
		assert(stralloc_catb(out, copy, take));
		if (take)
			in_line = copy[take - 1] != '\n';
		begin += take;
		free(copy);
	} while (!ended);
}

static void
check_header(const char *text, size_t len)
{
	struct draft_recipients to = { .list = STRALLOC_ZERO, .notify = "NEVER" };
	stralloc out = STRALLOC_ZERO, from = STRALLOC_ZERO, again = STRALLOC_ZERO;
	struct recipient recipient;
	struct envelope envelope;
	struct header header;
	struct field field;
	size_t line = 0, at = 0;

	if (draft_recipients(&to, text, len, &line) == DRAFT_OK && to.list.len) {
		stralloc whole = STRALLOC_ZERO;

		assert(stralloc_catb(&whole, "V1\0F\0", 5)
		       && stralloc_catb(&whole, to.list.s, to.list.len) && stralloc_0(&whole));
		if (envelope_parse(&envelope, whole.s, whole.len))
			while (envelope_recipient(&envelope, &at, &recipient))
				assert(draft_printable(recipient.address)
				       && strcmp(recipient.notify, "NEVER") == 0);
		else /* the limits of an envelope */
			assert(whole.len > 1000);
		stralloc_free(&whole);
	}
	assert(draft_without_bcc(&out, text, len));
	header = (struct header){ .text = out.s, .len = out.len };
	while (header_next(&header, &field) == HEADER_FIELD)
		assert(!field_is(&field, "Bcc") && !field_is(&field, "Resent-Bcc"));
	assert(draft_without_bcc(&again, out.s, out.len) && fuzz_same(&out, &again));
	/* A From that was added is there for the next one who looks. */
	assert(draft_from(&from, text, len, "Ann \"B\" Example", "ann@example.org"));
	if (from.len) {
		size_t before = from.len;

		assert(fuzz_clean(from.s, from.len));
		assert(draft_from(&from, from.s, from.len, "x", "y") && from.len == before);
	}
	stralloc_free(&to.list);
	stralloc_free(&out);
	stralloc_free(&again);
	stralloc_free(&from);
}

static void
fuzz(char *bytes, size_t len)
{
	stralloc whole = STRALLOC_ZERO, cut = STRALLOC_ZERO, text = STRALLOC_ZERO;
	struct wire wire = { 0 };

	read_text(bytes, len, len + 1, &whole);
	read_text(bytes, len, fuzz_step(len), &cut);
	assert(fuzz_same(&whole, &cut));
	assert(wire_make(&wire, bytes, len, &text) && wire_make_end(&wire, &text));
	if (!wire.bare_cr && !wire.nul) /* nothing else is taken */
		check_header(text.s, text.len);
	stralloc_free(&text);
	stralloc_free(&whole);
	stralloc_free(&cut);
}
