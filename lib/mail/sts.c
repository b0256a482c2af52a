#include "mail/sts.h"

#include "mail/address.h"
#include "mail/tag_list.h"

#include <string.h>

#define VERSION "STSv1"

enum { FIELD_NAME_MAX = 32, AGE_DIGITS_MAX = 10 };

const char *const sts_mode_names[] = {
	[STS_NONE] = "none", [STS_TESTING] = "testing", [STS_ENFORCE] = "enforce"
};

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
id_is_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(text[i]))
			return false;
	return len <= STS_ID_MAX;
}

/* Neither the semicolon, which a value cannot hold, nor what RFC 8461 3.1 forbids besides. */
static bool
extension_is_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '=' || text[i] == ' ' || text[i] == '\t')
			return false;
	return true;
}

void
sts_record_add(struct sts_record *out, const char *text)
{
	struct tag tag, id = { .value_len = 0 };

	if (!tag_list_is(text, "v=" VERSION))
		return;
	out->count++;
	out->id[0] = 0;
	while (tag_list_next(&text, &tag)) {
		if (!extension_is_valid(tag.value, tag.value_len))
			return;
		if (tag_is(&tag, "id") && !id.value_len) /* the first one counts */
			id = tag;
	}
	if (!text || !id_is_valid(id.value, id.value_len))
		return;
	if (id.value_len)
		memcpy(out->id, id.value, id.value_len);
	out->id[id.value_len] = 0;
}

bool
sts_record_valid(const struct sts_record *record)
{
	return record->count == 1 && record->id[0];
}

bool
sts_policy_next_line(const struct sts_policy *policy, size_t *at, struct sts_line *line)
{
	while (*at < policy->len) {
		const char *start = policy->text + *at;
		const char *end = memchr(start, '\n', policy->len - *at);

		line->text = start;
		line->len = end ? (size_t)(end - start) : policy->len - *at;
		*at += line->len + (end != NULL);
		while (line->len && memchr("\r \t", line->text[line->len - 1], 3))
			line->len--;
		if (line->len)
			return true;
	}
	return false;
}

struct field {
	const char *name, *value;
	size_t name_len, value_len;
};

/* "name: value"; false: it is not of this form. */
static bool
field_read(const struct sts_line *line, struct field *out)
{
	const char *colon = memchr(line->text, ':', line->len);
	const char *end = line->text + line->len;

	if (!colon || colon == line->text || colon - line->text > FIELD_NAME_MAX)
		return false;
	for (const char *c = line->text; c < colon; c++)
		if (!is_alphanumeric(*c) && (c == line->text || !memchr("_-.", *c, 3)))
			return false;
	out->name = line->text;
	out->name_len = (size_t)(colon - line->text);
	out->value = colon + 1;
	while (out->value < end && (*out->value == ' ' || *out->value == '\t'))
		out->value++;
	out->value_len = (size_t)(end - out->value);
	for (const char *c = out->value; c < end; c++)
		if ((*c >= 0 && *c < ' ') || *c == 127)
			return false;
	return out->value_len;
}

static bool
equals(const char *text, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(text, wanted, len) == 0;
}

static bool
field_is(const struct field *field, const char *name)
{
	return equals(field->name, field->name_len, name);
}

static bool
mode_read(const struct field *field, enum sts_mode *out)
{
	for (*out = STS_NONE; *out <= STS_ENFORCE; (*out)++)
		if (equals(field->value, field->value_len, sts_mode_names[*out]))
			return true;
	return false;
}

static bool
age_read(const struct field *field, uint32_t *out)
{
	uint64_t age_s = 0;

	for (size_t i = 0; i < field->value_len; i++) {
		if (field->value[i] < '0' || field->value[i] > '9' || i == AGE_DIGITS_MAX)
			return false;
		age_s = age_s * 10 + (uint64_t)(field->value[i] - '0');
	}
	*out = age_s < STS_AGE_MAX_S ? (uint32_t)age_s : STS_AGE_MAX_S;
	return true;
}

static bool
mx_is_valid(const char *text, size_t len)
{
	if (len > 2 && text[0] == '*' && text[1] == '.') {
		text += 2;
		len -= 2;
	}
	return text[0] != '[' && domain_valid(text, len, false);
}

const char *
sts_policy_parse(struct sts_policy *out, const char *text, size_t len)
{
	bool has_version = false, has_mode = false, has_age = false, has_mx = false;
	struct sts_line line;
	struct field field;
	size_t at = 0;

	*out = (struct sts_policy){ .text = text, .len = len };
	if (len > STS_POLICY_MAX)
		return "the policy is longer than 64 KiB";
	while (sts_policy_next_line(out, &at, &line)) {
		if (!field_read(&line, &field))
			return "a line of the policy is not \"name: value\"";
		if (field_is(&field, "version") && !has_version) {
			if (!equals(field.value, field.value_len, VERSION))
				return "the policy is of another version than STSv1";
			has_version = true;
		} else if (field_is(&field, "mode") && !has_mode) {
			if (!mode_read(&field, &out->mode))
				return "the policy's mode is not one of enforce, testing, none";
			has_mode = true;
		} else if (field_is(&field, "max_age") && !has_age) {
			if (!age_read(&field, &out->max_age_s))
				return "the policy's max_age is no number of seconds";
			has_age = true;
		} else if (field_is(&field, "mx")) {
			if (!mx_is_valid(field.value, field.value_len))
				return "an mx of the policy is no host name";
			has_mx = true;
		}
	}
	if (!has_version || !has_mode || !has_age)
		return "the policy lacks its version, mode or max_age";
	if (!has_mx && out->mode != STS_NONE)
		return "the policy names no mx";
	return NULL;
}

bool
sts_policy_next_mx(const struct sts_policy *policy, size_t *at, struct sts_line *mx)
{
	struct sts_line line;
	struct field field;

	while (sts_policy_next_line(policy, at, &line))
		if (field_read(&line, &field) && field_is(&field, "mx")) {
			*mx = (struct sts_line){ field.value, field.value_len };
			return true;
		}
	return false;
}
