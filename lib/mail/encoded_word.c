#include "mail/encoded_word.h"

#include "mail/utf8.h"

#include <string.h>

enum { WORD_MAX = 75, LINE_MAX_BYTES = 76 }; /* RFC 2047 2 */
enum { FRAME_BYTES = 7 };                    /* of a word, besides charset and text */

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_literal(char c) /* what may stand for itself anywhere: RFC 2047 5 (3) */
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The "Q" encoding of one character of some bytes. */
static size_t
character_put(char out[12], const char *bytes, size_t count)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		if (is_literal(bytes[i])) {
			out[len++] = bytes[i];
		} else {
			out[len++] = '=';
			out[len++] = hex[(unsigned char)bytes[i] >> 4];
			out[len++] = hex[bytes[i] & 15];
		}
	return len;
}

/* One encoded word of as much text as fits; returns how much that is. 0: no memory. */
static size_t
word_add(stralloc *out, const char *text, size_t len, bool utf8)
{
	const char *charset = utf8 ? "UTF-8" : "unknown-8bit";
	size_t room = WORD_MAX
	              - strlen("=?"
	                       "?Q?"
	                       "?=")
	              - strlen(charset),
	       at = 0;

	if (!stralloc_cats(out, "=?") || !stralloc_cats(out, charset) || !stralloc_cats(out, "?Q?"))
		return 0;
	while (at < len) {
		size_t bytes = utf8 ? utf8_len(text + at, len - at) : 0, coded;
		char character[12];

		bytes += !bytes;
		coded = character_put(character, text + at, bytes);
		if (coded > room)
			break;
		if (!stralloc_catb(out, character, coded))
			return 0;
		room -= coded;
		at += bytes;
	}
	return stralloc_cats(out, "?=") ? at : 0;
}

bool
encoded_word_add(stralloc *out, const char *text, size_t len, const char *line_end)
{
	bool utf8 = utf8_valid(text, len);
	size_t at = 0;

	while (at < len) {
		size_t taken = word_add(out, text + at, len - at, utf8);

		if (!taken)
			return false;
		at += taken;
		if (at < len && (!stralloc_cats(out, line_end) || !stralloc_append(out, ' ')))
			return false;
	}
	return true;
}

struct pen {
	stralloc *out;
	const char *line_end;
	size_t column;
	bool line_is_coded;  /* an encoded word stands on this line */
	bool word_is_coded;  /* the last word is one: white space behind it is not shown */
	bool word_is_ours;   /* ... and was made here, */
	bool wants_space;    /* ... and nothing may stand right behind it */
	bool in_angle;       /* what stands between < and > is for programs */
	stralloc text, word; /* what is to be encoded, and one word of that */
};

static bool
put(struct pen *pen, const char *bytes, size_t len)
{
	const char *feed = memrchr(bytes, '\n', len);

	pen->column = feed ? (size_t)(bytes + len - feed) - 1 : pen->column + len;
	pen->line_is_coded &= !feed;
	return stralloc_catb(pen->out, bytes, len);
}

/* White space in front of a word of so many bytes: folded where the line would become too long. */
static bool
space_put(struct pen *pen, const char *space, size_t len, size_t word, bool coded)
{
	bool folds = (coded || pen->line_is_coded) && len && !memchr(space, '\n', len)
	             && pen->column > 1 && pen->column + len + word > LINE_MAX_BYTES;

	pen->wants_space = false;
	return (!folds || put(pen, pen->line_end, strlen(pen->line_end))) && put(pen, space, len);
}

/* What pen->text holds becomes encoded words, with this in front. */
static bool
coded_put(struct pen *pen, const char *space, size_t space_len)
{
	bool utf8 = utf8_valid(pen->text.s, pen->text.len);

	for (size_t at = 0; at < pen->text.len;) {
		size_t taken;

		pen->word.len = 0;
		taken = word_add(&pen->word, pen->text.s + at, pen->text.len - at, utf8);
		if (!taken || !space_put(pen, space, space_len, pen->word.len, true)
		    || !put(pen, pen->word.s, pen->word.len))
			return false;
		at += taken;
		space = " ";
		space_len = 1;
		pen->line_is_coded = true;
	}
	pen->word_is_coded = pen->word_is_ours = pen->wants_space = true;
	return true;
}

/* White space without line ends: what a reader sees of it. */
static bool
space_keep(stralloc *text, const char *space, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (space[i] != '\r' && space[i] != '\n' && !stralloc_append(text, space[i]))
			return false;
	return true;
}

/* Between two encoded words no white space is shown: so it goes into the second one. */
static bool
word_code(struct pen *pen, const char *space, size_t space_len, bool is_comment_start)
{
	stralloc *text = &pen->text;

	if (!pen->word_is_coded)
		return coded_put(pen, space_len || is_comment_start ? space : " ",
		                 space_len || is_comment_start ? space_len : 1);
	pen->word.len = 0;
	if (!space_keep(&pen->word, space, space_len)
	    || !stralloc_catb(&pen->word, text->s, text->len)
	    || !stralloc_copyb(text, pen->word.s, pen->word.len))
		return false;
	return coded_put(pen, " ", 1);
}

static bool
looks_coded(const char *word, size_t len)
{
	return len > 4 && memcmp(word, "=?", 2) == 0 && memcmp(word + len - 2, "?=", 2) == 0;
}

/* run: bytes up to the next white space, which stand on one line with it. */
static bool
plain_put(struct pen *pen, const char *space, size_t space_len, const char *word, size_t len,
          size_t run)
{
	bool coded = looks_coded(word, len);

	if (coded && pen->word_is_ours && space_len) {
		pen->text.len = 0;
		if (!space_keep(&pen->text, space, space_len) || !coded_put(pen, " ", 1))
			return false;
		space = " ";
		space_len = 1;
	}
	pen->word_is_coded = coded;
	pen->word_is_ours = false;
	return space_put(pen, space, space_len, run, coded) && put(pen, word, len);
}

/* The bytes of a word; in comments and quoted strings a backslash takes the next one as it is. */
static bool
unquote(stralloc *out, const char *bytes, size_t len, bool quoted)
{
	out->len = 0;
	for (size_t i = 0; i < len; i++) {
		if (quoted && bytes[i] == '\\' && i + 1 < len)
			i++;
		else if (quoted && (bytes[i] == '\r' || bytes[i] == '\n'))
			continue;
		if (!stralloc_append(out, bytes[i]))
			return false;
	}
	return true;
}

/* Words between white space; in a comment between parentheses, too. */
static bool
text_put(struct pen *pen, const char *text, size_t len, bool comment)
{
	size_t at = 0;
	bool done = true, at_start = false;

	while (done && at < len) {
		size_t space = at, word;

		while (at < len && is_white(text[at]))
			at++;
		word = at;
		if (comment && at < len && (text[at] == '(' || text[at] == ')'))
			at++;
		else
			while (at < len && !is_white(text[at])
			       && !(comment && (text[at] == '(' || text[at] == ')')))
				at += comment && text[at] == '\\' && at + 1 < len ? 2 : 1;
		if (word == at)
			return put(pen, text + space, word - space);
		if (utf8_is_ascii_bytes(text + word, at - word)) {
			done = plain_put(pen, text + space, word - space, text + word, at - word,
			                 at - word);
			at_start = comment && (text[word] == '(' || text[word] == ')');
		} else {
			done = unquote(&pen->text, text + word, at - word, comment)
			       && word_code(pen, text + space, word - space, at_start);
			at_start = false;
		}
	}
	return done;
}

/* Where the token that begins here ends: a quoted string, a comment, a word or a single byte. */
static size_t
token_end(const char *text, size_t len, size_t at)
{
	static const char specials[] = "()<>@,;:\\\"[]";
	char first = text[at];
	size_t depth = 0;

	if (first != '"' && first != '(') {
		if (strchr(specials, first))
			return at + 1;
		while (at < len && !is_white(text[at]) && !strchr(specials, text[at]))
			at++;
		return at;
	}
	for (; at < len; at++) {
		if (text[at] == '\\')
			at++;
		else if (first == '(')
			depth += text[at] == '(' ? 1 : text[at] == ')' ? (size_t)-1 : 0;
		else
			depth += text[at] == '"';
		if (at < len && (first == '(' ? depth == 0 : depth == 2))
			return at + 1;
	}
	return len;
}

static bool
token_put(struct pen *pen, const char *space, size_t space_len, const char *token, size_t len,
          size_t run)
{
	bool ascii = utf8_is_ascii_bytes(token, len), quoted = token[0] == '"';
	size_t ends = quoted ? 1 + (len > 1 && token[len - 1] == '"') : 0; /* quotes around it */

	if (!space_len && pen->wants_space) {
		space = " ";
		space_len = 1;
	}
	if (token[0] == '<' || token[0] == '>')
		pen->in_angle = token[0] == '<';
	if (ascii || (pen->in_angle && token[0] != '('))
		return plain_put(pen, space, space_len, token, len, run);
	if (token[0] == '(') {
		pen->word_is_coded = pen->word_is_ours = false;
		return put(pen, space, space_len) && text_put(pen, token, len, true);
	}
	if (!unquote(&pen->text, token + quoted, len - ends, quoted))
		return false;
	return word_code(pen, space, space_len, false);
}

static bool
addresses_put(struct pen *pen, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t space = at, token, run;

		while (at < len && is_white(text[at]))
			at++;
		token = at;
		if (token == len)
			return put(pen, text + space, token - space);
		at = token_end(text, len, token);
		for (run = at; run < len && run - token < LINE_MAX_BYTES && !is_white(text[run]);
		     run++) {
		}
		if (!token_put(pen, text + space, token - space, text + token, at - token,
		               run - token))
			return false;
	}
	return true;
}

bool
encoded_word_field(stralloc *out, enum encoded_form form, const char *body, size_t len,
                   size_t column, const char *line_end)
{
	struct pen pen = { .out = out, .line_end = line_end, .column = column };
	bool done = form == ENCODED_TEXT ? text_put(&pen, body, len, false)
	                                 : addresses_put(&pen, body, len);

	stralloc_free(&pen.text);
	stralloc_free(&pen.word);
	return done;
}
