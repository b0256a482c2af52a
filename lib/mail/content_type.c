#include "mail/content_type.h"

#include "mail/lex.h"

#include <string.h>
#include <strings.h>

/* A byte of a token; in a value what only some may write unquoted is taken too, as others do. */
static bool
is_token(int c, bool in_value)
{
	return c > ' ' && (in_value ? c != 127 : c < 127)
	       && !strchr(in_value ? "\"();" : "\"();=<>@,:\\[]?", c); /* "/" is of the type */
}

/* Copies a token in lower case where wanted; false: there is none. One too long is taken as empty. */
static bool
token(struct lex *lex, char *out, size_t size, bool lower, bool in_value)
{
	size_t len = 0, start = lex->at;

	for (; is_token(lex_peek(lex), in_value); lex->at++) {
		char c = lex->text[lex->at];

		if (len + 1 < size)
			out[len] = lower && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		len++;
	}
	out[len < size ? len : 0] = 0;
	return lex->at > start;
}

static bool
quoted(struct lex *lex, char *out, size_t size)
{
	size_t start = lex->at + 1, len = 0;

	if (!lex_quoted(lex))
		return false;
	for (size_t i = start; i + 1 < lex->at; i++) {
		if (lex->text[i] == '\r' || lex->text[i] == '\n')
			continue; /* a fold */
		i += lex->text[i] == '\\' && i + 2 < lex->at;
		if (len + 1 < size)
			out[len] = lex->text[i];
		len++;
	}
	out[len < size ? len : 0] = 0;
	return true;
}

static bool
parameter(struct lex *lex, struct content_type *out)
{
	char name[16], value[BOUNDARY_MAX + 1];

	if (!lex_space(lex) || !token(lex, name, sizeof name, true, false) || !lex_space(lex)
	    || !lex_byte(lex, '=') || !lex_space(lex))
		return false;
	if (lex_peek(lex) == '"' ? !quoted(lex, value, sizeof value)
	                         : !token(lex, value, sizeof value, false, true))
		return false;
	if (strcmp(name, "boundary") == 0 && !*out->boundary)
		strcpy(out->boundary, value);
	return true;
}

void
content_type_parse(struct content_type *out, const char *text, size_t len)
{
	struct lex lex = { .text = text, .len = len };

	*out = (struct content_type){ .name = "" };
	if (!lex_space(&lex) || !token(&lex, out->name, sizeof out->name, true, false))
		return;
	if (!strchr(out->name, '/'))
		out->name[0] = 0;
	while (lex_space(&lex) && lex_byte(&lex, ';')) {
		if (!lex_space(&lex) || lex_peek(&lex) < 0)
			return; /* a last ";" too many */
		if (!parameter(&lex, out))
			return;
	}
}

bool
content_type_is(const struct content_type *type, const char *name)
{
	size_t len = strlen(name);

	return name[len - 1] == '/' ? strncmp(type->name, name, len) == 0
	                            : strcmp(type->name, name) == 0;
}
