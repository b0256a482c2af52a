#include "mail/header.h"

#include <string.h>
#include <strings.h>

/* Length of the line end here, 0: none. */
static size_t
line_end_len(const char *text, size_t len)
{
	if (len && text[0] == '\n')
		return 1;
	return len > 1 && text[0] == '\r' && text[1] == '\n' ? 2 : 0;
}

bool
header_end(const char *text, size_t len, size_t *at)
{
	const char *feed;

	if (*at == 0 && line_end_len(text, len))
		return true;
	if (*at == 0 && len == 1 && text[0] == '\r')
		return false; /* it may become an empty first line */
	while ((feed = len > *at ? memchr(text + *at, '\n', len - *at) : NULL) != NULL) {
		size_t next = (size_t)(feed - text) + 1;

		if (line_end_len(text + next, len - next)) {
			*at = next;
			return true;
		}
		if (len - next < 2) {
			*at = next - 1; /* what follows this line feed will tell */
			return false;
		}
		*at = next;
	}
	*at = len;
	return false;
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the name at the start of a line, and of all up to its colon; 0: this is no field. */
static size_t
name_len(const char *line, size_t len, size_t *to_colon)
{
	size_t name = 0, colon;

	while (name < len && line[name] > ' ' && line[name] < 127 && line[name] != ':')
		name++;
	for (colon = name; colon < len && is_white(line[colon]); colon++) {
	}
	*to_colon = colon;
	return colon < len && line[colon] == ':' ? name : 0;
}

/* Is there a carriage return before the line's end? content: without the line end. */
static bool
has_bare_return(const char *line, size_t content)
{
	return content && memchr(line, '\r', content);
}

enum header_found
header_next(struct header *header, struct field *out)
{
	size_t len = header->len - header->at, at = 0, content = 0, to_colon;
	const char *text = len ? header->text + header->at : header->text;

	*out = (struct field){ .raw = text, .line = header->line + 1 };
	if (!len)
		return HEADER_END;
	/* A first line that begins with white space continues nothing: it is a field without name. */
	do {
		const char *feed = memchr(text + at, '\n', len - at);
		size_t end = feed ? (size_t)(feed - text) : len;
		size_t start = at;

		content = end > at && feed && text[end - 1] == '\r' ? end - 1 : end;
		at = feed ? end + 1 : len;
		header->line++;
		if (has_bare_return(text + start, content - start)
		    || (start == 0 && !name_len(text, content, &to_colon))) {
			out->line = header->line;
			out->raw += start;
			out->raw_len = at - start;
			header->at += at;
			return HEADER_MALFORMED;
		}
	} while (at < len && is_white(text[at]));
	header->at += at;
	out->raw_len = at;
	out->name = text;
	out->name_len = name_len(text, content, &to_colon);
	out->body = text + to_colon + 1;
	out->body_len = content - to_colon - 1;
	return HEADER_FIELD;
}

bool
header_absent(const char *text, size_t len)
{
	const char *feed = len ? memchr(text, '\n', len) : NULL;
	size_t first = feed ? (size_t)(feed - text) : len, to_colon;

	if (!len || name_len(text, first, &to_colon))
		return false;
	return !feed || !name_len(feed + 1, len - first - 1, &to_colon);
}

size_t
header_count(const char *text, size_t len, const char *name)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;
	size_t count = 0;

	while ((found = header_next(&header, &field)) != HEADER_END)
		count += found == HEADER_FIELD && field_is(&field, name);
	return count;
}

bool
header_waives_tls(const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) != HEADER_END) {
		const char *body = field.body;
		size_t left = field.body_len;

		if (found != HEADER_FIELD || !field_is(&field, "TLS-Required"))
			continue;
		for (; left && strchr(" \t\r\n", *body) && *body; left--)
			body++;
		while (left && strchr(" \t\r\n", body[left - 1]) && body[left - 1])
			left--;
		if (left == 2 && strncasecmp(body, "No", 2) == 0)
			return true;
	}
	return false;
}

bool
field_is(const struct field *field, const char *name)
{
	return strlen(name) == field->name_len
	       && strncasecmp(field->name, name, field->name_len) == 0;
}
