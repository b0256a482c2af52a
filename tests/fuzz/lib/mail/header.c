/* Header sections: the fields lie side by side and leave nothing out. */
#include "mail/header.h"

#include "fuzz/fuzz.h"

static void
check_field(const struct field *field)
{
	const char *end = field->raw + field->raw_len;

	assert(field->name == field->raw && field->name_len && field->name_len < field->raw_len);
	assert(field->body > field->name && field->body + field->body_len <= end);
	for (size_t i = 0; i < field->name_len; i++)
		assert(field->name[i] > ' ' && field->name[i] != ':' && field->name[i] < 127);
	for (size_t i = 0; i < field->body_len; i++)
		if (field->body[i] == '\n')
			assert(field->body[i + 1] == ' ' || field->body[i + 1] == '\t');
}

static void
check_fields(const char *bytes, size_t len)
{
	struct header header = { .text = bytes, .len = len };
	size_t at = 0, lines = 0;
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) != HEADER_END) {
		assert(header.at > at && header.at <= len && field.line > lines);
		assert(field.raw >= bytes + at && field.raw + field.raw_len == bytes + header.at);
		if (found == HEADER_FIELD) {
			assert(field.raw == bytes + at);
			check_field(&field);
		}
		at = header.at;
		lines = header.line;
	}
	assert(at == len);
	header_count(bytes, len, "Received");
	header_absent(bytes, len);
}

static void
fuzz(char *bytes, size_t len)
{
	size_t whole = 0, cut = 0;
	bool ends = header_end(bytes, len, &whole), found = false;

	for (size_t have = 0; have <= len && !found; have++)
		found = header_end(bytes, have, &cut);
	assert(found == ends && (!ends || cut == whole));
	assert(!ends || whole == 0 || bytes[whole - 1] == '\n');
	check_fields(bytes, ends ? whole : len);
}
