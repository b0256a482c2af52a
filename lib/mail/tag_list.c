#include "mail/tag_list.h"

#include <string.h>

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
tag_list_is(const char *text, const char *version)
{
	size_t len = strlen(version);

	return strncmp(text, version, len) == 0 && text[len] == ';';
}

static const char *
skip_space(const char *text)
{
	return text + strspn(text, " \t");
}

/* The length of a name at the beginning of text; 0: there is none. */
static size_t
name_len(const char *text)
{
	size_t len = 0;

	while (is_alphanumeric(text[len]) || (len && text[len] && strchr("_-.", text[len])))
		len++;
	return len <= TAG_NAME_MAX ? len : 0;
}

/* Up to the next semicolon, without space at the end: inside, only lists have some. */
static size_t
value_len(const char *text)
{
	size_t len = 0;

	while ((text[len] >= ' ' && text[len] <= '~' && text[len] != ';') || text[len] == '\t')
		len++;
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return len;
}

bool
tag_list_next(const char **at, struct tag *out)
{
	const char *text = skip_space(*at + strcspn(*at, ";"));

	if (*text == ';')
		text = skip_space(text + 1);
	*at = text;
	if (!*text)
		return false;
	*at = NULL;
	*out = (struct tag){ .name = text, .name_len = name_len(text) };
	if (!out->name_len || text[out->name_len] != '=')
		return false;
	out->value = text + out->name_len + 1;
	out->value_len = value_len(out->value);
	text = skip_space(out->value + out->value_len);
	if (!out->value_len || (*text && *text != ';'))
		return false;
	*at = text;
	return true;
}

bool
tag_is(const struct tag *tag, const char *name)
{
	return strlen(name) == tag->name_len && memcmp(tag->name, name, tag->name_len) == 0;
}
