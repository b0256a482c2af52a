#include "mail/final.h"

#include "mail/address.h"

#include <string.h>
#include <strings.h>

static const char return_path[] = "Return-Path";
static const char delivered_to[] = "Delivered-To";

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
address_is_safe(const char *address)
{
	for (; *address; address++)
		if ((*address > 0 && *address < ' ') || *address == 0x7f)
			return false;
	return true;
}

bool
final_top(stralloc *out, const char *sender, const char *recipient)
{
	return address_is_safe(sender) && address_is_safe(recipient)
	       && stralloc_cats(out, return_path) && stralloc_cats(out, ": <")
	       && stralloc_cats(out, sender) && stralloc_cats(out, ">\n")
	       && stralloc_cats(out, delivered_to) && stralloc_cats(out, ": ")
	       && stralloc_cats(out, recipient) && stralloc_cats(out, "\n");
}

/* Offset of a field's body if it has this name, else 0. RFC 5322 4.5: spaces before the ":" too. */
static size_t
body_of(const char *line, size_t len, const char *name)
{
	size_t at = strlen(name);

	if (len <= at || strncasecmp(line, name, at) != 0)
		return 0;
	while (at < len && is_blank(line[at]))
		at++;
	return at < len && line[at] == ':' ? at + 1 : 0;
}

static void
value_add(struct final *final, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && final->value_len < sizeof final->value; i++)
		if (bytes[i] != '\n' && (final->value_len || !is_blank(bytes[i])))
			final->value[final->value_len++] = bytes[i];
}

/* A field has ended, as the next one begins: remember it if it was a Delivered-To. */
static bool
field_end(struct final *final)
{
	char address[FINAL_VALUE_BYTES + 1];
	size_t len = final->value_len;

	if (final->field != FIELD_DELIVERED_TO)
		return true;
	final->field = FIELD_KEPT;
	final->value_len = 0;
	if (++final->hops > FINAL_HOPS_MAX)
		return true;
	while (len && is_blank(final->value[len - 1]))
		len--;
	memcpy(address, final->value, len);
	address[len] = 0;
	return address_key(&final->seen, address, 0) && stralloc_0(&final->seen);
}

/* The held line is whole, or as long as we wait: what is it? */
static bool
line_judge(struct final *final)
{
	size_t body = 0;

	if (!is_blank(final->line[0])) { /* else a fold: it goes where its field went */
		if (!field_end(final))
			return false;
		final->field = FIELD_KEPT;
		if (final->line[0] == '\n')
			final->in_body = true;
		else if (body_of(final->line, final->line_len, return_path))
			final->field = FIELD_LEFT_OUT;
		else if ((body = body_of(final->line, final->line_len, delivered_to)) != 0)
			final->field = FIELD_DELIVERED_TO;
	}
	if (final->field == FIELD_DELIVERED_TO)
		value_add(final, final->line + body, final->line_len - body);
	return true;
}

static bool
line_put(struct final *final, stralloc *out)
{
	size_t len = final->line_len;

	final->line_len = 0;
	return final->field == FIELD_LEFT_OUT || stralloc_catb(out, final->line, len);
}

/* Bytes of the header. taken: how many of them are of it, its empty line included. */
static bool
header_add(struct final *final, const char *bytes, size_t len, size_t *taken, stralloc *out)
{
	size_t at = 0;

	while (at < len && !final->in_body) {
		const char *feed = memchr(bytes + at, '\n', len - at);
		size_t piece = feed ? (size_t)(feed - bytes) + 1 - at : len - at;
		size_t room = sizeof final->line - final->line_len;
		bool line_ends = feed && piece <= room;

		if (piece > room)
			piece = room;
		memcpy(final->line + final->line_len, bytes + at, piece);
		final->line_len += piece;
		at += piece;
		if (!line_ends && piece < room)
			break; /* the rest of this line is not here yet */
		if (!final->in_long_line) {
			if (!line_judge(final))
				return false;
		} else if (final->field == FIELD_DELIVERED_TO) {
			value_add(final, final->line, final->line_len);
		}
		final->in_long_line = !line_ends;
		if (!line_put(final, out))
			return false;
	}
	*taken = at;
	return true;
}

/* Bytes in which lines end in LF. */
static bool
text_add(struct final *final, const char *bytes, size_t len, stralloc *out)
{
	size_t taken = 0;

	if (!len)
		return true;
	if (!final->in_body && !header_add(final, bytes, len, &taken, out))
		return false;
	return stralloc_catb(out, bytes + taken, len - taken);
}

bool
final_add(struct final *final, const char *bytes, size_t len, stralloc *out)
{
	final->text.len = 0;
	return wire_unmake(&final->wire, bytes, len, &final->text)
	       && text_add(final, final->text.s, final->text.len, out);
}

bool
final_end(struct final *final, stralloc *out)
{
	final->text.len = 0;
	if (!wire_unmake_end(&final->wire, &final->text)
	    || !text_add(final, final->text.s, final->text.len, out))
		return false;
	if (final->in_body)
		return true;
	if (final->line_len && !final->in_long_line && !line_judge(final))
		return false;
	return field_end(final) && line_put(final, out);
}

bool
final_was_here(const struct final *final, const char *recipient)
{
	stralloc key = STRALLOC_ZERO;
	bool found = final->hops > FINAL_HOPS_MAX;

	/* No memory: "seen before" would bounce a message; the next hop around finds it. */
	if (found || !address_key(&key, recipient, 0) || !stralloc_0(&key))
		goto out;
	for (size_t at = 0; at < final->seen.len; at += strlen(final->seen.s + at) + 1)
		if (strcmp(final->seen.s + at, key.s) == 0)
			found = true;
out:
	stralloc_free(&key);
	return found;
}

void
final_free(struct final *final)
{
	stralloc_free(&final->seen);
	stralloc_free(&final->text);
}
