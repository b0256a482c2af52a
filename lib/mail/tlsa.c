#include "mail/tlsa.h"

#include <stdio.h>
#include <string.h>

enum { HEAD = 3, SHA256_LEN = 32, SHA512_LEN = 64 };

bool
tlsa_from_dns(struct tlsa *out, const unsigned char *rdata, size_t len)
{
	if (len <= HEAD || len - HEAD > TLSA_DATA_MAX)
		return false;
	out->usage = rdata[0];
	out->selector = rdata[1];
	out->matching = rdata[2];
	out->len = len - HEAD;
	memcpy(out->data, rdata + HEAD, out->len);
	return true;
}

void
tlsa_write(char out[TLSA_TEXT_MAX], const struct tlsa *record)
{
	int len = snprintf(out, TLSA_TEXT_MAX, "%u %u %u ", record->usage, record->selector,
	                   record->matching);

	for (size_t i = 0; i < record->len; i++) {
		out[len++] = "0123456789abcdef"[record->data[i] >> 4];
		out[len++] = "0123456789abcdef"[record->data[i] & 15];
	}
	out[len] = 0;
}

/* A number below 256 and the space behind it. */
static bool
number_read(const char **text, unsigned int *out)
{
	size_t len = strspn(*text, "0123456789");

	*out = 0;
	if (!len || len > 3 || (*text)[len] != ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + (unsigned int)((*text)[i] - '0');
	*text += len + 1;
	return *out <= 255;
}

static unsigned char
digit(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

bool
tlsa_read(struct tlsa *out, const char *text)
{
	if (!number_read(&text, &out->usage) || !number_read(&text, &out->selector)
	    || !number_read(&text, &out->matching))
		return false;
	out->len = strspn(text, "0123456789abcdef");
	if (!out->len || out->len % 2 || text[out->len] || out->len / 2 > TLSA_DATA_MAX)
		return false;
	out->len /= 2;
	for (size_t i = 0; i < out->len; i++)
		out->data[i] = (unsigned char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return true;
}

bool
tlsa_is_usable(const struct tlsa *record)
{
	if ((record->usage != TLSA_USAGE_TA && record->usage != TLSA_USAGE_EE)
	    || record->selector > TLSA_KEY)
		return false;
	switch (record->matching) {
	case TLSA_FULL: return record->len > 0;
	case TLSA_SHA256: return record->len == SHA256_LEN;
	case TLSA_SHA512: return record->len == SHA512_LEN;
	default: return false;
	}
}

bool
tlsa_is_outdone(const struct tlsa *record, const struct tlsa *list, size_t count)
{
	if (record->matching != TLSA_SHA256)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].matching == TLSA_SHA512 && list[i].usage == record->usage
		    && list[i].selector == record->selector && tlsa_is_usable(&list[i]))
			return true;
	return false;
}
