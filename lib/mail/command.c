#include "mail/command.h"

#include "mail/address.h"

#include <string.h>
#include <strings.h>

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
command_is(char *line, const char *verb, const char **argument)
{
	size_t len = strlen(line), verb_len = strlen(verb);

	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = 0;
	if (strncasecmp(line, verb, verb_len) != 0 || (line[verb_len] && line[verb_len] != ' '))
		return false;
	*argument = line + verb_len;
	while (**argument == ' ')
		++*argument;
	return true;
}

const char *
command_after(const char *argument, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(argument, word, len) != 0)
		return NULL;
	argument += len;
	while (*argument == ' ') /* not allowed by RFC 5321 3.3, but often sent */
		argument++;
	return argument;
}

enum parameter_status
parameter_next(const char **rest, struct parameter *out)
{
	const char *at = *rest;

	*out = (struct parameter){ 0 };
	if (!*at)
		return PARAMETER_NONE;
	if (*at != ' ')
		return PARAMETER_BAD;
	while (*at == ' ')
		at++;
	if (!is_letter_or_digit(*at))
		return PARAMETER_BAD;
	out->keyword = at;
	while (is_letter_or_digit(*at) || *at == '-')
		at++;
	out->keyword_len = (size_t)(at - out->keyword);
	if (*at == '=') {
		out->value = ++at;
		/* esmtp-value; bytes over 127 are for SMTPUTF8 addresses (RFC 6531 3.3). */
		while (*at && *at != '=' && *at != ' ' && (*at > ' ' || *at < 0) && *at != 127)
			at++;
		out->value_len = (size_t)(at - out->value);
		if (!out->value_len)
			return PARAMETER_BAD;
	}
	*rest = at;
	return *at && *at != ' ' ? PARAMETER_BAD : PARAMETER_OK;
}

bool
parameter_is(const struct parameter *parameter, const char *keyword)
{
	return strlen(keyword) == parameter->keyword_len
	       && strncasecmp(parameter->keyword, keyword, parameter->keyword_len) == 0;
}

bool
size_parse(const struct parameter *parameter, uint64_t *out)
{
	enum { DIGITS_MAX = 20 };

	if (!parameter->value || parameter->value_len > DIGITS_MAX)
		return false;
	*out = 0;
	for (size_t i = 0; i < parameter->value_len; i++) {
		unsigned int digit = (unsigned int)(parameter->value[i] - '0');

		if (digit > 9)
			return false;
		*out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
	}
	return true;
}

bool
chunk_parse(const char *argument, uint64_t *bytes, bool *last)
{
	size_t digits = strspn(argument, "0123456789");
	struct parameter number = { .value = argument, .value_len = digits };
	const char *rest = argument + digits;
	uint64_t size;

	if (!digits || !size_parse(&number, &size) || size == UINT64_MAX)
		return false;
	if (*rest && *rest != ' ')
		return false;
	rest += strspn(rest, " ");
	if (*rest && strcasecmp(rest, "LAST") != 0)
		return false;
	*bytes = size;
	*last = *rest;
	return true;
}

static bool
is_upper_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

bool
xtext_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+') {
			if (len - i < 3 || !is_upper_hex(text[i + 1]) || !is_upper_hex(text[i + 2]))
				return false;
			i += 2;
		} else if (text[i] < '!' || text[i] > '~' || text[i] == '=') {
			return false;
		}
	}
	return true;
}

bool
helo_valid(const char *argument)
{
	/* Hosts with "_" in their name greet us with it: not a Domain, but nobody's harm (SMTP-07). */
	char copy[DOMAIN_MAX + 1];
	size_t len = strlen(argument);

	if (!len || len > DOMAIN_MAX)
		return false;
	if (argument[0] == '[')
		return domain_valid(argument, len, false);
	if (argument[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		copy[i] = argument[i] == '_' ? 'x' : argument[i];
	return domain_valid(copy, len, false);
}
