/*
 * lex - the words that structured header fields are made of (RFC 5322 3.2, 4.1, 4.4)
 *
 * A cursor over a field's body. Each reader moves it over what it took; one that returns false leaves
 * it where the trouble is. Time is linear, and nothing recurses. Eight-bit bytes count as letters, as
 * RFC 6532 3.2 has it: whether they may stand there is for the caller to say. NUL is taken nowhere.
 */
#ifndef MAIL_LEX_H
#define MAIL_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum { LEX_COMMENT_DEPTH_MAX = 100 };

struct lex {
	const char *text;
	size_t len;
	size_t at;
};

/* A part of the text. */
struct lex_view {
	const char *text;
	size_t len;
};

/* May this byte stand in an atom? (atext) */
bool lex_is_atext(char c);

/* The byte here; -1: the end. */
int lex_peek(const struct lex *lex);

/* Takes this one byte, if it is the next. */
bool lex_byte(struct lex *lex, char wanted);

/* Skips white space, folds and comments, if any. false: a comment without end or too deep. */
bool lex_space(struct lex *lex);

/* Takes an atom, and no space around it. */
bool lex_atom(struct lex *lex);

/* Takes a quoted string with its quotes, and no space around it; folds may be in it. */
bool lex_quoted(struct lex *lex);

/* Takes a number of least to most digits (most: 9 or fewer). */
bool lex_number(struct lex *lex, unsigned int least, unsigned int most, unsigned int *out);

/*
 * lex_local - take the local part of an address, and the space around it
 *
 * out   from its first to its last word: dots, and in obsolete forms spaces and comments, are in it
 */
bool lex_local(struct lex *lex, struct lex_view *out);

/* Takes the domain of an address, a name or a literal in brackets; as lex_local. */
bool lex_domain(struct lex *lex, struct lex_view *out);

/* Is all of this one message identifier? RFC 5322 3.6.4, 4.5.4 */
bool lex_message_id(const char *text, size_t len);

#endif
