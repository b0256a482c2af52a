#include "mail/mailbox_list.h"

#include <string.h>

/* A run of words and dots: a display name, a local part, or both, as long as nobody knows which. */
struct phrase {
	struct lex_view view;
	bool is_local; /* word *("." word) */
};

/* phrase of RFC 5322 3.2.5 and 4.1; without words: view.len 0 */
static bool
take_phrase(struct lex *lex, struct phrase *out)
{
	bool after_word = false;

	*out = (struct phrase){ .view.text = lex->text + lex->at, .is_local = true };
	for (;;) {
		int c = lex_peek(lex);

		if (c == '.' && out->view.len) {
			if (!after_word)
				out->is_local = false;
			after_word = false;
			lex->at++;
		} else if (c >= 0 && (c == '"' || lex_is_atext((char)c))) {
			if (!(c == '"' ? lex_quoted(lex) : lex_atom(lex)))
				return false;
			if (after_word)
				out->is_local = false;
			after_word = true;
		} else {
			out->is_local = out->is_local && after_word;
			return true;
		}
		out->view.len = (size_t)(lex->text + lex->at - out->view.text);
		if (!lex_space(lex))
			return false;
	}
}

/* obs-route: "@" domains parted by commas, some of them empty, and a colon. Ignored (RFC 5322 4.4). */
static bool
take_route(struct lex *lex)
{
	struct lex_view domain;
	bool any = false;

	do {
		if (!lex_space(lex))
			return false;
		if (lex_byte(lex, '@')) {
			if (!lex_domain(lex, &domain))
				return false;
			any = true;
		}
	} while (lex_byte(lex, ','));
	return any && lex_byte(lex, ':');
}

/* Behind a local part: "@" and a domain, or nothing. */
static bool
take_domain(struct lex *lex, struct mailbox *out)
{
	out->domain.len = 0;
	out->domain_at = (size_t)(out->local.text - lex->text) + out->local.len;
	if (!lex_byte(lex, '@'))
		return true;
	if (!lex_domain(lex, &out->domain))
		return false;
	out->domain_at = (size_t)(out->domain.text - lex->text);
	return true;
}

static bool
take_angle(struct lex *lex, struct mailbox *out)
{
	int c;

	if (!lex_byte(lex, '<') || !lex_space(lex))
		return false;
	c = lex_peek(lex);
	if ((c == '@' || c == ',') && !take_route(lex))
		return false;
	return lex_local(lex, &out->local) && take_domain(lex, out) && lex_byte(lex, '>');
}

enum mailbox_found
mailbox_next(struct mailbox_list *list, struct mailbox *out)
{
	struct lex *lex = &list->lex;
	struct phrase phrase;

	for (;;) {
		if (!lex_space(lex))
			return MAILBOX_MALFORMED;
		if (lex_byte(lex, ',')) {
			list->need_comma = false;
			continue;
		}
		if (list->in_group && lex_byte(lex, ';')) {
			list->in_group = false;
			list->need_comma = true;
			continue;
		}
		if (lex->at == lex->len)
			return list->in_group ? MAILBOX_MALFORMED : MAILBOX_END;
		if (list->need_comma || !take_phrase(lex, &phrase))
			return MAILBOX_MALFORMED;
		if (!list->in_group && phrase.view.len && lex_byte(lex, ':')) {
			list->in_group = true;
			list->count++;
			continue;
		}
		*out = (struct mailbox){ .local = phrase.view, .in_group = list->in_group };
		if (lex_peek(lex) == '<' ? !take_angle(lex, out)
		                         : !phrase.is_local || !take_domain(lex, out))
			return MAILBOX_MALFORMED;
		if (!list->in_group)
			list->count++;
		list->need_comma = true;
		return MAILBOX_FOUND;
	}
}

/* The bytes that words and dots stand for: what only writes them is left out. */
static bool
add_meaning(stralloc *out, const struct lex_view *part)
{
	struct lex lex = { .text = part->text, .len = part->len };
	bool quoted = false;

	for (; lex.at < lex.len; lex.at++) {
		char c;

		/* Cannot fail: the part was read before. */
		if (!quoted && (!lex_space(&lex) || lex.at == lex.len))
			break;
		c = lex.text[lex.at];
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && lex.at + 1 < lex.len)
			c = lex.text[++lex.at];
		else if (c == '\r' || c == '\n')
			continue; /* a fold is only its white space (RFC 5322 3.2.4) */
		if (!stralloc_append(out, c))
			return false;
	}
	return true;
}

/* Without white space, but for that behind a backslash (obs-dtext). */
static bool
add_literal(stralloc *out, const struct lex_view *literal)
{
	for (size_t i = 0; i < literal->len; i++) {
		size_t take = literal->text[i] == '\\' && i + 1 < literal->len ? 2 : 1;

		if (take == 1 && strchr(" \t\r\n", literal->text[i]))
			continue;
		if (!stralloc_catb(out, literal->text + i, take))
			return false;
		i += take - 1;
	}
	return true;
}

static bool
is_dot_atom(const char *text, size_t len)
{
	bool after_dot = true;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' ? after_dot : !lex_is_atext(text[i]))
			return false;
		after_dot = text[i] == '.';
	}
	return !after_dot;
}

/* Puts quotes around out from start on, and a backslash before what needs one. */
static bool
add_quotes(stralloc *out, size_t start)
{
	size_t extra = 2, to;

	for (size_t i = start; i < out->len; i++)
		extra += out->s[i] == '"' || out->s[i] == '\\';
	if (!stralloc_readyplus(out, extra))
		return false;
	to = out->len + extra;
	out->s[--to] = '"';
	for (size_t i = out->len; i-- > start;) {
		out->s[--to] = out->s[i];
		if (out->s[to] == '"' || out->s[to] == '\\')
			out->s[--to] = '\\';
	}
	out->s[--to] = '"';
	out->len += extra;
	return true;
}

bool
mailbox_add(stralloc *out, const struct mailbox *mailbox)
{
	const struct lex_view *domain = &mailbox->domain;
	size_t start = out->len;

	if (!stralloc_readyplus(out, mailbox->local.len + 1) || !add_meaning(out, &mailbox->local)
	    || (!is_dot_atom(out->s + start, out->len - start) && !add_quotes(out, start)))
		return false;
	if (!domain->len)
		return true;
	return stralloc_append(out, '@')
	       && (domain->text[0] == '[' ? add_literal(out, domain) : add_meaning(out, domain));
}
