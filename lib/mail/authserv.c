#include "mail/authserv.h"

#include "mail/lex.h"

#include <string.h>
#include <strings.h>

/* value of RFC 2045 5.1: a token or a quoted string; its text without quotes */
static bool
take_value(struct lex *lex, struct lex_view *out)
{
	size_t start = lex->at;

	if (lex_peek(lex) == '"') {
		if (!lex_quoted(lex))
			return false;
		*out = (struct lex_view){ lex->text + start + 1, lex->at - start - 2 };
		return !memchr(out->text, '\\', out->len); /* nobody writes a name so */
	}
	while (lex_atom(lex) || lex_byte(lex, '.')) {
	}
	*out = (struct lex_view){ lex->text + start, lex->at - start };
	return out->len;
}

bool
authserv_claims(const char *body, size_t len, const char *name)
{
	struct lex lex = { .text = body, .len = len };
	struct lex_view id;
	unsigned int version;

	if (!lex_space(&lex) || !take_value(&lex, &id))
		return true;
	if (id.len == strlen(name) && strncasecmp(id.text, name, id.len) == 0)
		return true;
	if (!lex_space(&lex))
		return true;
	if (lex_peek(&lex) != ';' && lex.at < len
	    && (!lex_number(&lex, 1, 9, &version) || version != 1 || !lex_space(&lex)))
		return true;
	return lex.at < len && lex_peek(&lex) != ';';
}
