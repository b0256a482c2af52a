/*
 * command - SMTP command lines, cut into their parts (RFC 5321 4.1.1, 4.1.2)
 */
#ifndef MAIL_COMMAND_H
#define MAIL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * command_is - does the line begin with this verb?
 *
 * line      without CRLF, ended by NUL; white space at its end is cut off in place (RFC 5321 4.1.1)
 * argument  set to what follows the verb and its spaces; "" if nothing does
 */
bool command_is(char *line, const char *verb, const char **argument);

/* The rest behind a word such as "FROM:" (any letter case), spaces after it skipped; NULL: not there. */
const char *command_after(const char *argument, const char *word);

struct parameter {
	const char *keyword; /* views into the line */
	size_t keyword_len;
	const char *value; /* NULL: there is no "=" */
	size_t value_len;
};

enum parameter_status { PARAMETER_OK, PARAMETER_NONE, PARAMETER_BAD };

/*
 * parameter_next - read the next " keyword[=value]"
 *
 * rest     moved on behind it
 * returns  PARAMETER_BAD: not of the form that RFC 5321 4.1.2 gives (esmtp-param)
 */
enum parameter_status parameter_next(const char **rest, struct parameter *out);

/* Is this the parameter's keyword? Any letter case. */
bool parameter_is(const struct parameter *parameter, const char *keyword);

/*
 * size_parse - the value of SIZE=, 1 to 20 digits (RFC 1870 3)
 *
 * out      bytes; UINT64_MAX if it does not fit
 * returns  false: not a number
 */
bool size_parse(const struct parameter *parameter, uint64_t *out);

/*
 * chunk_parse - BDAT's argument: "1000" or "1000 LAST" (RFC 3030 2)
 *
 * returns  false: another form, or a size that does not fit; nothing is written then
 */
bool chunk_parse(const char *argument, uint64_t *bytes, bool *last);

/* Is it well-formed xtext (RFC 3461 4)? "+" and two upper-case hex digits, or "!" to "~" but "+", "=". */
bool xtext_valid(const char *text, size_t len);

/* May this stand behind EHLO or HELO? A domain name or an address literal (RFC 5321 4.1.1.1). */
bool helo_valid(const char *argument);

#endif
