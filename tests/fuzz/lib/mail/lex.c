/* Words of header fields: each reader stays in the text and takes what it says it takes. */
#include "mail/lex.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 100 };

static void
fuzz(char *bytes, size_t len)
{
	struct lex lex = { .text = bytes, .len = len };
	struct lex_view view;
	unsigned int number;

	assert(!lex_space(&lex) || lex.at <= len);
	for (size_t at = 0; at < len && at < 64; at++) {
		lex.at = at;
		assert(!lex_atom(&lex) || (lex.at > at && lex.at <= len));
		lex.at = at;
		assert(!lex_quoted(&lex) || (bytes[at] == '"' && bytes[lex.at - 1] == '"'));
		lex.at = at;
		assert(!lex_number(&lex, 1, 9, &number) || (number <= 999999999 && lex.at > at));
		lex.at = at;
		if (lex_local(&lex, &view) || (lex.at = at, lex_domain(&lex, &view)))
			assert(view.len && view.text >= bytes + at
			       && view.text + view.len <= bytes + lex.at && lex.at <= len
			       && !memchr(view.text, 0, view.len));
	}
	if (lex_message_id(bytes, len))
		assert(memchr(bytes, '<', len) && memchr(bytes, '@', len)
		       && !memchr(bytes, 0, len));
}
