#include "mail/lex.h"

#include <string.h>

bool
lex_is_atext(char c) /* RFC 5322 3.2.3 */
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	       || (c && strchr("!#$%&'*+-/=?^_`{|}~", c)) || (c & 0x80);
}

int
lex_peek(const struct lex *lex)
{
	return lex->at < lex->len ? (unsigned char)lex->text[lex->at] : -1;
}

bool
lex_byte(struct lex *lex, char wanted)
{
	if (lex_peek(lex) != (unsigned char)wanted)
		return false;
	lex->at++;
	return true;
}

/* Takes one white space character or the line end of a fold. */
static bool
take_white(struct lex *lex)
{
	size_t ahead = lex->at;
	int c = lex_peek(lex);

	if (c == ' ' || c == '\t') {
		lex->at++;
		return true;
	}
	if (c == '\r')
		ahead++;
	if (lex->len - ahead < 2 || lex->text[ahead] != '\n'
	    || (lex->text[ahead + 1] != ' ' && lex->text[ahead + 1] != '\t'))
		return false;
	lex->at = ahead + 2;
	return true;
}

/* Takes one byte of a comment or a quoted string that is no white space and has no meaning there. */
static bool
take_text(struct lex *lex)
{
	int c;

	lex_byte(lex, '\\'); /* and then any byte is text */
	c = lex_peek(lex);
	if (c <= 0 || c == '\r' || c == '\n')
		return false;
	lex->at++;
	return true;
}

bool
lex_space(struct lex *lex)
{
	unsigned int depth = 0;

	for (;;) {
		if (take_white(lex))
			continue;
		if (lex_byte(lex, '(')) {
			if (++depth > LEX_COMMENT_DEPTH_MAX)
				return false;
			continue;
		}
		if (!depth)
			return true;
		if (lex_byte(lex, ')'))
			depth--;
		else if (!take_text(lex))
			return false;
	}
}

bool
lex_atom(struct lex *lex)
{
	size_t start = lex->at;

	while (lex->at < lex->len && lex_is_atext(lex->text[lex->at]))
		lex->at++;
	return lex->at > start;
}

bool
lex_quoted(struct lex *lex)
{
	if (!lex_byte(lex, '"'))
		return false;
	while (!lex_byte(lex, '"'))
		if (!take_white(lex) && !take_text(lex))
			return false;
	return true;
}

bool
lex_number(struct lex *lex, unsigned int least, unsigned int most, unsigned int *out)
{
	unsigned int digits;
	int c;

	*out = 0;
	for (digits = 0; digits < most; digits++, lex->at++) {
		c = lex_peek(lex);
		if (c < '0' || c > '9')
			break;
		*out = *out * 10 + (unsigned int)(c - '0');
	}
	return digits >= least;
}

/* word *("." word), with space between all of them; a domain has no quoted words. */
static bool
take_dotted(struct lex *lex, bool quoted, struct lex_view *out)
{
	if (!lex_space(lex))
		return false;
	*out = (struct lex_view){ .text = lex->text + lex->at };
	do {
		if (!lex_space(lex))
			return false;
		if (!(quoted && lex_peek(lex) == '"' ? lex_quoted(lex) : lex_atom(lex)))
			return false;
		out->len = (size_t)(lex->text + lex->at - out->text);
		if (!lex_space(lex))
			return false;
	} while (lex_byte(lex, '.'));
	return true;
}

/* "[" dtext "]", RFC 5322 3.4.1 and obs-dtext of 4.4 */
static bool
take_literal(struct lex *lex)
{
	if (!lex_byte(lex, '['))
		return false;
	while (!lex_byte(lex, ']'))
		if (lex_peek(lex) == '[' || (!take_white(lex) && !take_text(lex)))
			return false;
	return true;
}

bool
lex_local(struct lex *lex, struct lex_view *out)
{
	return take_dotted(lex, true, out);
}

bool
lex_domain(struct lex *lex, struct lex_view *out)
{
	if (!lex_space(lex))
		return false;
	if (lex_peek(lex) != '[')
		return take_dotted(lex, false, out);
	*out = (struct lex_view){ .text = lex->text + lex->at };
	if (!take_literal(lex))
		return false;
	out->len = (size_t)(lex->text + lex->at - out->text);
	return lex_space(lex);
}

bool
lex_message_id(const char *text, size_t len)
{
	struct lex lex = { .text = text, .len = len };
	struct lex_view part;

	return lex_space(&lex) && lex_byte(&lex, '<') && lex_local(&lex, &part)
	       && lex_byte(&lex, '@') && lex_domain(&lex, &part) && lex_byte(&lex, '>')
	       && lex_space(&lex) && lex.at == len;
}
