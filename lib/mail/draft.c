#include "mail/draft.h"

#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/mailbox_list.h"
#include "mail/phrase.h"

#include <string.h>
#include <strings.h>

bool
draft_printable(const char *text)
{
	for (; *text; text++)
		if ((*text > 0 && *text < ' ') || *text == 0x7f)
			return false;
	return true;
}

size_t
draft_text_len(const char *bytes, size_t len, bool in_line, bool at_end, bool *last)
{
	for (size_t at = 0; at < len;) {
		const char *line = bytes + at, *feed = memchr(line, '\n', len - at);
		size_t piece = feed ? (size_t)(feed - line) + 1 : len - at;

		if (!in_line && *line == '.'
		    && (piece == 1 || (piece == 2 && (feed || line[1] == '\r'))
		        || (piece == 3 && line[1] == '\r' && feed))) {
			*last |= feed || at_end;
			return at;
		}
		in_line = !feed;
		at += piece;
	}
	return len;
}

enum draft_fault
draft_add(struct draft_recipients *to, const char *text, size_t len)
{
	struct mailbox_list list = { .lex = { .text = text, .len = len } };
	enum draft_fault fault = DRAFT_OK;
	enum mailbox_found found = MAILBOX_END;
	stralloc address = STRALLOC_ZERO;
	struct mailbox mailbox;

	while (!fault && (found = mailbox_next(&list, &mailbox)) == MAILBOX_FOUND) {
		struct recipient recipient = { .notify = to->notify };

		address.len = 0;
		if (!mailbox_add(&address, &mailbox) || !stralloc_0(&address)) {
			fault = DRAFT_NO_MEMORY;
			break;
		}
		for (const char *c = address.s; *c; c++)
			to->utf8 |= *c & 0x80;
		recipient.address = address.s;
		if (!draft_printable(address.s))
			fault = DRAFT_CONTROL;
		else if (!envelope_add_recipient(&to->list, &recipient))
			fault = DRAFT_NO_MEMORY;
	}
	stralloc_free(&address);
	return fault ? fault : found == MAILBOX_END ? DRAFT_OK : DRAFT_NO_LIST;
}

static bool
is_resent(const struct field *field)
{
	return field->name_len > 7 && strncasecmp(field->name, "Resent-", 7) == 0;
}

static bool
names_recipients(const struct field *field, bool resent)
{
	if (resent)
		return field_is(field, "Resent-To") || field_is(field, "Resent-Cc")
		       || field_is(field, "Resent-Bcc");
	return field_is(field, "To") || field_is(field, "Cc") || field_is(field, "Bcc");
}

enum draft_fault
draft_recipients(struct draft_recipients *to, const char *text, size_t len, size_t *line)
{
	struct header header = { .text = text, .len = len };
	bool resent = false, resent_ended = false;
	enum draft_fault fault;
	enum header_found found;
	struct field field;

	while (header_next(&header, &field) == HEADER_FIELD)
		resent |= is_resent(&field) && names_recipients(&field, true);
	header = (struct header){ .text = text, .len = len };
	for (bool inside = false; (found = header_next(&header, &field)) != HEADER_END;) {
		*line = field.line;
		if (found == HEADER_MALFORMED)
			return DRAFT_NO_FIELD;
		resent_ended |= inside && !is_resent(&field);
		inside |= is_resent(&field);
		if (!names_recipients(&field, resent) || resent_ended)
			continue;
		if ((fault = draft_add(to, field.body, field.body_len)) != DRAFT_OK)
			return fault;
	}
	return DRAFT_OK;
}

bool
draft_without_bcc(stralloc *out, const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	struct field field;

	while (header_next(&header, &field) != HEADER_END)
		if (!field_is(&field, "Bcc") && !field_is(&field, "Resent-Bcc")
		    && !stralloc_catb(out, field.raw, field.raw_len))
			return false;
	return true;
}

bool
draft_from(stralloc *out, const char *text, size_t len, const char *name, const char *sender)
{
	struct header header = { .text = text, .len = len };
	enum header_found found = header_next(&header, &(struct field){ 0 });
	struct field field;

	header = (struct header){ .text = text, .len = len };
	while (header_next(&header, &field) == HEADER_FIELD)
		if (field_is(&field, "From"))
			return true;
	return stralloc_cats(out, "From: ") && phrase_add(out, name) && stralloc_cats(out, " <")
	       && stralloc_cats(out, sender) && stralloc_cats(out, ">\r\n")
	       && (found != HEADER_MALFORMED || stralloc_cats(out, "\r\n"));
}
