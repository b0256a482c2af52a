#include "mail/envelope.h"

#include "base/record.h"

#include <string.h>

static const char message_tags[] = "VLQJrIAaGcthwFBURXEHfDMx";
static const char recipient_tags[] = "NOY";

static bool
is_upper(char tag)
{
	return tag >= 'A' && tag <= 'Z';
}

static bool
is_lower(char tag)
{
	return tag >= 'a' && tag <= 'z';
}

static bool
has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* How a reader must treat this record; seen holds the recipient tags since the last recipient. */
static bool
take(struct envelope *out, const char *record, bool *seen)
{
	char tag = record[0];

	if (has_control(record))
		return false;
	if (tag == ENVELOPE_RECIPIENT) {
		memset(seen, 0, sizeof recipient_tags);
		out->recipients++;
		return record[1];
	}
	for (size_t i = 0; recipient_tags[i]; i++)
		if (tag == recipient_tags[i]) {
			if (!out->recipients || seen[i])
				return false;
			return seen[i] = true;
		}
	if (!is_upper(tag) && !is_lower(tag))
		return false;
	if (!strchr(message_tags, tag) && is_upper(tag))
		return false;
	if (out->value[(int)tag])
		return false;
	out->value[(int)tag] = record + 1;
	return true;
}

bool
envelope_parse_facts(struct envelope *out, const char *list, size_t len)
{
	bool seen[sizeof recipient_tags] = { false };
	const char *record;
	size_t at = 0;

	*out = (struct envelope){ .list = list, .len = len };
	if (!len || list[len - 1] || (len > 1 && list[len - 2]))
		return false;
	while ((record = record_next(list, len, &at)) != NULL)
		if (!take(out, record, seen))
			return false;
	return at == len - 1 && list[0] == ENVELOPE_VERSION
	       && strcmp(out->value[ENVELOPE_VERSION], ENVELOPE_FORMAT) == 0;
}

bool
envelope_parse(struct envelope *out, const char *list, size_t len)
{
	return envelope_parse_facts(out, list, len) && out->value[ENVELOPE_SENDER];
}

const char *
envelope_get(const struct envelope *envelope, char tag)
{
	const char *value = envelope->value[(int)tag];

	return value ? value : "";
}

bool
envelope_is_binary(const struct envelope *envelope)
{
	return strcmp(envelope_get(envelope, ENVELOPE_BODY), "BINARYMIME") == 0;
}

bool
envelope_recipient(const struct envelope *envelope, size_t *at, struct recipient *out)
{
	const char *record;
	size_t ahead;

	do
		if (!(record = record_next(envelope->list, envelope->len, at)))
			return false;
	while (record[0] != ENVELOPE_RECIPIENT);
	*out = (struct recipient){ .address = record + 1 };
	for (ahead = *at; (record = record_next(envelope->list, envelope->len, &ahead));
	     *at = ahead)
		switch (record[0]) {
		case ENVELOPE_NOTIFY: out->notify = record + 1; break;
		case ENVELOPE_ORCPT: out->orcpt = record + 1; break;
		case ENVELOPE_WHY: out->why = record + 1; break;
		default: return true;
		}
	return true;
}

bool
envelope_copy_facts(stralloc *to, const struct envelope *from, const char *leave_out)
{
	const char *record;
	size_t at = 0;

	while ((record = record_next(from->list, from->len, &at)) != NULL)
		if (record[0] != ENVELOPE_RECIPIENT && !strchr(recipient_tags, record[0])
		    && !strchr(leave_out, record[0]) && !record_add(to, record[0], record + 1))
			return false;
	return true;
}

bool
envelope_add_recipient(stralloc *to, const struct recipient *recipient)
{
	return record_add(to, ENVELOPE_RECIPIENT, recipient->address)
	       && (!recipient->notify || record_add(to, ENVELOPE_NOTIFY, recipient->notify))
	       && (!recipient->orcpt || record_add(to, ENVELOPE_ORCPT, recipient->orcpt))
	       && (!recipient->why || record_add(to, ENVELOPE_WHY, recipient->why));
}

bool
envelope_copy_seven_bit(stralloc *to, const struct envelope *from)
{
	const char leave_out[] = { ENVELOPE_BODY, 0 };
	struct recipient recipient;
	size_t at = 0;

	if (!envelope_copy_facts(to, from, leave_out))
		return false;
	while (envelope_recipient(from, &at, &recipient))
		if (!envelope_add_recipient(to, &recipient))
			return false;
	return record_end(to);
}
