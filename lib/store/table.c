#include "store/table.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
table_open(struct table *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read;
	int saved;

	*out = (struct table){ .text = STRALLOC_ZERO };
	if (fd < 0)
		return false;
	read = io_slurp(fd, TABLE_MAX_BYTES, &out->text);
	saved = errno;
	close(fd);
	if (!read)
		stralloc_free(&out->text);
	errno = saved;
	return read;
}

void
table_close(struct table *table)
{
	stralloc_free(&table->text);
}

static size_t
line_end(const stralloc *text, size_t at)
{
	const char *feed = memchr(text->s + at, '\n', text->len - at);

	return feed ? (size_t)(feed - text->s) + 1 : text->len;
}

static void
trim(struct value *value)
{
	while (value->len && is_space(value->text[0])) {
		value->text++;
		value->len--;
	}
	while (value->len && is_space(value->text[value->len - 1]))
		value->len--;
}

bool
table_next(const struct table *table, size_t *at, struct value *key, struct value *value)
{
	const stralloc *text = &table->text;

	while (*at < text->len) {
		size_t start = *at, end = line_end(text, start), colon = start;

		*at = end;
		if (is_space(text->s[start]) || text->s[start] == '#')
			continue;
		/* Lines that begin with a space belong to this one. */
		while (*at < text->len && (text->s[*at] == ' ' || text->s[*at] == '\t'))
			*at = line_end(text, *at);
		while (colon < end
		       && !(text->s[colon] == ':'
		            && (colon + 1 == end || is_space(text->s[colon + 1]))))
			colon++;
		*key = (struct value){ text->s + start, colon - start };
		if (colon < end)
			colon++;
		*value = (struct value){ text->s + colon, *at - colon };
		trim(key);
		trim(value);
		return true;
	}
	return false;
}

bool
table_find(const struct table *table, const char *key, size_t len, struct value *out)
{
	struct value found;
	size_t at = 0;

	while (table_next(table, &at, &found, out))
		if (found.len == len && strncasecmp(found.text, key, len) == 0)
			return true;
	return false;
}

bool
value_item(struct value *rest, struct value *item)
{
	while (rest->len && (is_space(*rest->text) || *rest->text == ',')) {
		rest->text++;
		rest->len--;
	}
	item->text = rest->text;
	while (rest->len && !is_space(*rest->text) && *rest->text != ',') {
		rest->text++;
		rest->len--;
	}
	item->len = (size_t)(rest->text - item->text);
	return item->len;
}
