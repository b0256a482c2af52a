#include "mail/address.h"

#include "mail/utf8.h"

#include <arpa/inet.h>

#include <skalibs/bytestr.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter_or_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_atext(char c) /* RFC 5322 3.2.3 */
{
	return is_letter_or_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* A cursor over text; every reader moves at forward over what it took. */
struct cursor {
	const char *text;
	size_t len;
	size_t at;
	bool utf8;
	bool not_ascii; /* an 8-bit byte stood where SMTPUTF8 would allow it */
};

static bool
take_byte(struct cursor *c, char wanted)
{
	if (c->at == c->len || c->text[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

static bool
take_8bit(struct cursor *c)
{
	size_t len;

	if (c->at == c->len || !(c->text[c->at] & 0x80))
		return false;
	len = utf8_len(c->text + c->at, c->len - c->at);
	if (!c->utf8) {
		c->not_ascii = true;
		return false;
	}
	c->at += len;
	return len;
}

static bool
take_dot_string(struct cursor *c)
{
	do {
		size_t start = c->at;

		while ((c->at < c->len && is_atext(c->text[c->at]) && ++c->at) || take_8bit(c)) {
		}
		if (c->at == start)
			return false;
	} while (take_byte(c, '.'));
	return true;
}

static bool
take_quoted_string(struct cursor *c)
{
	if (!take_byte(c, '"'))
		return false;
	for (;;) {
		if (take_byte(c, '"'))
			return true;
		if (take_8bit(c))
			continue;
		take_byte(c, '\\');
		if (c->at == c->len || c->text[c->at] < ' ' || c->text[c->at] > '~')
			return false;
		c->at++;
	}
}

static bool
take_name(struct cursor *c) /* Domain, RFC 5321 4.1.2 */
{
	size_t domain = c->at;

	do {
		size_t start = c->at;

		while ((c->at < c->len
		        && (is_letter_or_digit(c->text[c->at]) || c->text[c->at] == '-') && ++c->at)
		       || take_8bit(c)) {
		}
		if (c->at == start || c->at - start > LABEL_MAX || c->text[start] == '-'
		    || c->text[c->at - 1] == '-')
			return false;
	} while (take_byte(c, '.'));
	return c->at - domain <= DOMAIN_MAX;
}

static bool
take_literal(struct cursor *c) /* address-literal, RFC 5321 4.1.3 */
{
	static const char ipv6[] = "IPv6:";
	char copy[INET6_ADDRSTRLEN], address[16];
	const char *end, *start;
	int family = AF_INET;
	size_t len;

	if (!take_byte(c, '['))
		return false;
	start = c->text + c->at;
	end = memchr(start, ']', c->len - c->at);
	if (!end)
		return false;
	c->at = (size_t)(end - c->text) + 1;
	if ((size_t)(end - start) >= sizeof ipv6
	    && strncasecmp(start, ipv6, sizeof ipv6 - 1) == 0) {
		family = AF_INET6;
		start += sizeof ipv6 - 1;
	}
	len = (size_t)(end - start);
	if (len >= sizeof copy || memchr(start, 0, len))
		return false;
	memcpy(copy, start, len);
	copy[len] = 0;
	return inet_pton(family, copy, address) == 1;
}

static bool
take_domain(struct cursor *c)
{
	return c->at < c->len && c->text[c->at] == '[' ? take_literal(c) : take_name(c);
}

static bool
take_source_route(struct cursor *c) /* A-d-l ":", RFC 5321 Appendix C */
{
	do
		if (!take_byte(c, '@') || !take_domain(c))
			return false;
	while (take_byte(c, ','));
	return take_byte(c, ':');
}

/* A local part in its shortest form: quotes and backslashes only where they are needed. */
static bool
local_add(stralloc *out, const char *local, size_t len)
{
	bool quotes = false, after_dot = true;
	char bare[LOCAL_PART_MAX];
	size_t bare_len = 0;

	if (local[0] != '"')
		return stralloc_catb(out, local, len);
	for (size_t i = 1; i < len - 1; i++) {
		if (local[i] == '\\')
			i++;
		bare[bare_len++] = local[i];
	}
	for (size_t i = 0; i < bare_len; i++) {
		if (bare[i] == '.' ? after_dot : !is_atext(bare[i]) && !(bare[i] & 0x80))
			quotes = true;
		after_dot = bare[i] == '.';
	}
	if (!quotes && !after_dot)
		return stralloc_catb(out, bare, bare_len);
	if (!stralloc_append(out, '"'))
		return false;
	for (size_t i = 0; i < bare_len; i++)
		if (((bare[i] == '"' || bare[i] == '\\') && !stralloc_append(out, '\\'))
		    || !stralloc_append(out, bare[i]))
			return false;
	return stralloc_append(out, '"');
}

enum path_fault
path_parse(const char *text, size_t len, enum path_kind kind, bool utf8, size_t *used,
           stralloc *mailbox)
{
	struct cursor c = { .text = text, .len = len, .utf8 = utf8 };
	const char *local;
	size_t local_len, domain;

	if (!take_byte(&c, '<'))
		return PATH_SYNTAX;
	if (take_byte(&c, '>')) {
		*used = c.at;
		return kind == PATH_REVERSE ? PATH_OK : PATH_SYNTAX;
	}
	if (c.at < len && text[c.at] == '@' && !take_source_route(&c))
		return PATH_SYNTAX;
	local = text + c.at;
	if (!(c.at < len && *local == '"' ? take_quoted_string(&c) : take_dot_string(&c)))
		return c.not_ascii ? PATH_NOT_ASCII : PATH_SYNTAX;
	local_len = (size_t)(text + c.at - local);
	if (local_len > LOCAL_PART_MAX)
		return PATH_TOO_LONG;
	domain = c.at;
	if (take_byte(&c, '@')) {
		size_t start = c.at;

		if (!take_domain(&c))
			return c.not_ascii                 ? PATH_NOT_ASCII
			       : c.at - start > DOMAIN_MAX ? PATH_TOO_LONG
			                                   : PATH_SYNTAX;
	} else if (kind != PATH_FORWARD || local_len != 10
	           || strncasecmp(local, "postmaster", 10) != 0) {
		return c.not_ascii ? PATH_NOT_ASCII : PATH_SYNTAX;
	}
	if (c.at == len || text[c.at] != '>')
		return c.not_ascii ? PATH_NOT_ASCII : PATH_SYNTAX;
	*used = c.at + 1;
	return local_add(mailbox, local, local_len)
	               && stralloc_catb(mailbox, text + domain, c.at - domain)
	           ? PATH_OK
	           : PATH_SYNTAX;
}

bool
mailbox_canonical(const char *mailbox)
{
	stralloc path = STRALLOC_ZERO, read = STRALLOC_ZERO;
	size_t len = strlen(mailbox), used;
	bool same;

	errno = 0;
	same = len <= PATH_MAX_BYTES && stralloc_cats(&path, "<") && stralloc_cats(&path, mailbox)
	       && stralloc_cats(&path, ">")
	       && path_parse(path.s, path.len, PATH_FORWARD, true, &used, &read) == PATH_OK
	       && used == path.len && read.len == len && memcmp(read.s, mailbox, len) == 0;
	stralloc_free(&path);
	stralloc_free(&read);
	return same;
}

bool
domain_valid(const char *text, size_t len, bool utf8)
{
	struct cursor c = { .text = text, .len = len, .utf8 = utf8 };

	return take_domain(&c) && c.at == len;
}

void
address_split(const char *text, struct address *out)
{
	const char *at = strrchr(text, '@');
	size_t len = strlen(text);

	out->local = text;
	out->local_len = at ? (size_t)(at - text) : len;
	out->domain = at ? at + 1 : text + len;
	out->domain_len = at ? len - out->local_len - 1 : 0;
}

bool
address_key(stralloc *out, const char *mailbox, char detail)
{
	struct address parts;
	size_t start = out->len;

	address_split(mailbox, &parts);
	if (detail && parts.local_len > 1 && parts.local[0] != '"') {
		const char *cut = memchr(parts.local + 1, detail, parts.local_len - 1);

		if (cut)
			parts.local_len = (size_t)(cut - parts.local);
	}
	if (!stralloc_catb(out, parts.local, parts.local_len))
		return false;
	if (parts.domain_len
	    && (!stralloc_append(out, '@') || !stralloc_catb(out, parts.domain, parts.domain_len)))
		return false;
	for (size_t i = start; i < out->len; i++)
		out->s[i] = lower(out->s[i]);
	return true;
}

bool
domain_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}
