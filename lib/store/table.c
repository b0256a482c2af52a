#include "store/table.h"

#include "base/io.h"
#include "store/compiled.h"

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

/* How the compiled form looks, of a text for which there may be one. */
static struct sight
compiled_look(const char *path, const struct sight *text)
{
	struct sight sight = { .inode = 0 };
	stralloc name = STRALLOC_ZERO;

	if (text->size >= COMPILED_MIN_BYTES && compiled_path(&name, path))
		sight = sight_look(name.s);
	stralloc_free(&name);
	return sight;
}

bool
table_open(struct table *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	bool opened = false;

	*out = (struct table){ .text = STRALLOC_ZERO };
	if (fd < 0)
		return false;
	/* First look, then read: what changes in between is not fresh. */
	if (fstat(fd, &status) == 0) {
		out->file = sight_of(&status);
		out->is_new = !sight_settled(&out->file);
		out->compiled_file = compiled_look(path, &out->file);
		opened = compiled_open(&out->compiled, path, &out->file)
		         || io_slurp(fd, TABLE_MAX_BYTES, &out->text);
	}
	io_close(fd);
	if (!opened)
		stralloc_free(&out->text);
	return opened;
}

bool
table_is_fresh(const struct table *table, const char *path)
{
	struct sight now = sight_look(path), compiled_now = compiled_look(path, &now);

	return !table->is_new && sight_same(&now, &table->file)
	       && sight_same(&compiled_now, &table->compiled_file);
}

void
table_close(struct table *table)
{
	stralloc_free(&table->text);
	if (table->compiled.map)
		cdb_free(&table->compiled);
}

bool
table_is_empty(const struct table *table)
{
	return !table->text.len && !table->compiled.map;
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

/* What a compiled table has under a key: that, as it was written, and the value. */
static void
data_split(const cdb_data *data, size_t key_len, struct value *key, struct value *value)
{
	*key = (struct value){ data->s, key_len };
	*value = (struct value){ data->s + key_len, data->len - key_len };
}

static bool
compiled_next(const cdb *compiled, size_t *at, struct value *key, struct value *value)
{
	uint32_t position = *at ? (uint32_t)*at : CDB_TRAVERSE_INIT();
	cdb_data name, data;

	if (cdb_traverse_next(compiled, &name, &data, &position) <= 0 || data.len < name.len)
		return false;
	*at = position;
	data_split(&data, name.len, key, value);
	return true;
}

bool
table_next(const struct table *table, size_t *at, struct value *key, struct value *value)
{
	const stralloc *text = &table->text;

	if (table->compiled.map)
		return compiled_next(&table->compiled, at, key, value);

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

void
table_key(char *out, const char *key, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] + ('a' - 'A')) : key[i];
}

static bool
compiled_entry(const cdb *compiled, const char *key, size_t len, struct value *out_key,
               struct value *out)
{
	char name[COMPILED_KEY_MAX] = { 0 };
	cdb_data data;

	if (len > sizeof name)
		return false;
	table_key(name, key, len);
	if (cdb_find(compiled, &data, name, (uint32_t)len) <= 0 || data.len < len)
		return false;
	data_split(&data, len, out_key, out);
	return true;
}

bool
table_entry(const struct table *table, const char *key, size_t len, struct value *out_key,
            struct value *out)
{
	size_t at = 0;

	if (table->compiled.map)
		return compiled_entry(&table->compiled, key, len, out_key, out);
	while (table_next(table, &at, out_key, out))
		if (out_key->len == len && strncasecmp(out_key->text, key, len) == 0)
			return true;
	return false;
}

bool
table_find(const struct table *table, const char *key, size_t len, struct value *out)
{
	struct value found;

	return table_entry(table, key, len, &found, out);
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
