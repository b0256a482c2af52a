#include "mail/tlsrpt.h"

#include "mail/address.h"
#include "mail/http.h"
#include "mail/tag_list.h"

#include <string.h>
#include <strings.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%40" becomes "@"; false: no memory, or what is no text. */
static bool
decode(stralloc *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			if (len - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
				return false;
			c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		}
		if (c < ' ' || c > '~' || !stralloc_append(out, c))
			return false;
	}
	return true;
}

bool
tlsrpt_mailbox(stralloc *out, const char *rua)
{
	static const char scheme[] = "mailto:";
	stralloc path = STRALLOC_ZERO;
	size_t used;
	bool done;

	if (strncasecmp(rua, scheme, sizeof scheme - 1) != 0)
		return false;
	rua += sizeof scheme - 1;
	done = stralloc_append(&path, '<') && decode(&path, rua, strcspn(rua, "?"))
	       && stralloc_append(&path, '>') && path.s[1] != '@' && memchr(path.s, '@', path.len)
	       && path_parse(path.s, path.len, PATH_FORWARD, false, &used, out) == PATH_OK
	       && used == path.len;
	stralloc_free(&path);
	return done;
}

/* May we send there? */
static bool
rua_fits(const char *rua)
{
	stralloc mailbox = STRALLOC_ZERO;
	struct http_url url;
	bool fits = http_url(&url, rua) || tlsrpt_mailbox(&mailbox, rua);

	stralloc_free(&mailbox);
	return fits;
}

/* The addresses of a list; those we cannot send to are left out. */
static bool
ruas_take(stralloc *out, const struct tag *tag)
{
	const char *at = tag->value, *end = tag->value + tag->value_len;
	size_t count = 0;

	while (at < end && count < TLSRPT_RUAS_MAX) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t before = out->len, len;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		len = (size_t)((comma ? comma : end) - at);
		while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
			len--;
		if (!stralloc_catb(out, at, len) || !stralloc_0(out))
			return false;
		if (memchr(at, ' ', len) || memchr(at, '\t', len) || !rua_fits(out->s + before))
			out->len = before;
		else
			count++;
		at = comma ? comma + 1 : end;
	}
	return true;
}

bool
tlsrpt_add(struct tlsrpt *out, const char *text)
{
	bool has_rua = false;
	struct tag tag;

	if (!tag_list_is(text, "v=TLSRPTv1"))
		return true;
	out->count++;
	out->is_good = false;
	out->ruas.len = 0;
	while (tag_list_next(&text, &tag))
		if (tag_is(&tag, "rua") && !has_rua) {
			has_rua = true;
			if (!ruas_take(&out->ruas, &tag))
				return false;
		}
	out->is_good = text && has_rua;
	return true;
}

bool
tlsrpt_valid(const struct tlsrpt *record)
{
	return record->count == 1 && record->is_good && record->ruas.len;
}
