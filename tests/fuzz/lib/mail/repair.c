/* Header repair: what it lets out is well-formed, and a second pass finds nothing to do. */
#include "mail/repair.h"

#include "mail/header.h"
#include "mail/wire.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 2000 };

static void
check_repaired(const struct repair *repair, const stralloc *text, bool was_crlf)
{
	struct header header = { .text = text->s, .len = text->len };
	struct repair_outcome outcome = { 0 };
	stralloc again = STRALLOC_ZERO;
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) != HEADER_END)
		assert(found == HEADER_FIELD);
	assert(!was_crlf || fuzz_clean(text->s, text->len));
	assert(header_count(text->s, text->len, "From") == 1);
	assert(header_count(text->s, text->len, "Date") == 1);
	assert(header_count(text->s, text->len, "Message-ID") == 1);
	assert(header_count(text->s, text->len, "Bcc") == 0);
	assert(repair_header(repair, text->s, text->len, &again, &outcome));
	assert(fuzz_same(text, &again) && !outcome.changes.len);
	stralloc_free(&again);
	stralloc_free(&outcome.changes);
}

static void
repair_once(const struct repair *repair, const char *text, size_t len)
{
	struct repair_outcome outcome = { 0 };
	stralloc out = STRALLOC_ZERO;

	if (repair_header(repair, text, len, &out, &outcome)) {
		if (!memchr(text, 0, len))
			check_repaired(repair, &out, fuzz_clean(text, len));
	} else {
		assert(outcome.refused && outcome.code >= 500 && outcome.enhanced[0] == '5');
		assert(memchr(outcome.text, 0, sizeof outcome.text));
	}
	stralloc_free(&out);
	stralloc_free(&outcome.changes);
}

static void
fuzz(char *bytes, size_t len)
{
	struct repair repair = { .server = "mail.example.test",
		                 .id = "0000000000000000",
		                 .domain = "example.test",
		                 .sender = "ann@example.test",
		                 .line_end = "\r\n",
		                 .time_s = 1700000000 };
	struct wire wire = { 0 };
	stralloc crlf = STRALLOC_ZERO;
	size_t end = 0;

	header_end(bytes, len, &end);
	repair_once(&repair, bytes, end);
	assert(wire_make(&wire, bytes, end, &crlf) && wire_make_end(&wire, &crlf));
	repair.utf8 = true;
	repair.strict = true;
	if (crlf.len)
		repair_once(&repair, crlf.s, crlf.len);
	stralloc_free(&crlf);
}
