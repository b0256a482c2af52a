#include "mail/qmail.h"

#include "base/record.h"

#include <string.h>

bool
qmail_address_add(stralloc *out, const char *mailbox)
{
	struct address parts;

	address_split(mailbox, &parts);
	if (*mailbox != '"')
		return stralloc_cats(out, mailbox);
	for (size_t i = 1; i + 1 < parts.local_len; i++) {
		if (parts.local[i] == '\\')
			i++;
		if (!stralloc_append(out, parts.local[i]))
			return false;
	}
	return stralloc_cats(out, parts.local + parts.local_len); /* "@" and the domain */
}

static bool
address_record_add(stralloc *out, char tag, const char *mailbox)
{
	return stralloc_append(out, tag) && qmail_address_add(out, mailbox) && stralloc_0(out);
}

bool
qmail_envelope_add(stralloc *out, const struct envelope *envelope)
{
	struct recipient recipient;
	size_t at = 0;

	if (!address_record_add(out, 'F', envelope_get(envelope, ENVELOPE_SENDER)))
		return false;
	while (envelope_recipient(envelope, &at, &recipient))
		if (!address_record_add(out, 'T', recipient.address))
			return false;
	return record_end(out);
}

/* "<", the local part, in quotes if wanted, "@", the domain, ">" */
static bool
path_make(stralloc *path, const char *text, const char *domain, bool quote)
{
	struct address parts;

	address_split(text, &parts);
	if (!stralloc_copys(path, quote ? "<\"" : "<"))
		return false;
	for (size_t i = 0; i < parts.local_len; i++)
		if ((quote && (parts.local[i] == '"' || parts.local[i] == '\\')
		     && !stralloc_append(path, '\\'))
		    || !stralloc_append(path, parts.local[i]))
			return false;
	if (quote && !stralloc_append(path, '"'))
		return false;
	if (parts.domain_len)
		return stralloc_append(path, '@')
		       && stralloc_catb(path, parts.domain, parts.domain_len)
		       && stralloc_append(path, '>');
	return (!domain || (stralloc_append(path, '@') && stralloc_cats(path, domain)))
	       && stralloc_append(path, '>');
}

enum path_fault
qmail_address_read(stralloc *out, const char *text, enum path_kind kind, const char *domain)
{
	enum path_fault fault = PATH_SYNTAX;
	stralloc path = STRALLOC_ZERO;
	size_t start = out->len, used = 0;

	if (kind == PATH_REVERSE && strcmp(text, "#@[]") == 0)
		text = "";
	if (kind == PATH_REVERSE && !*text)
		return PATH_OK;
	/* Not even quotes make an empty local part one. One that begins with a quote is not quoted. */
	for (int quote = *text == '"'; quote < 2 && *text && *text != '@' && fault != PATH_OK;
	     quote++) {
		out->len = start;
		if (!path_make(&path, text, domain, quote))
			break;
		fault = path_parse(path.s, path.len, kind, true, &used, out);
		if (fault == PATH_OK && used != path.len)
			fault = PATH_SYNTAX;
	}
	if (fault != PATH_OK)
		out->len = start;
	stralloc_free(&path);
	return fault;
}
