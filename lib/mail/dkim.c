#include "mail/dkim.h"

#include "mail/address.h"
#include "mail/base64.h"
#include "mail/header.h"
#include "mail/mailbox_list.h"

#include <skalibs/types.h>

#include <string.h>
#include <strings.h>

enum { LINE_GOOD = 78, TXT_STRING_MAX = 255 };

/*
 * Signed where they stand. once: a message has no second one, so that none can be added. What lists
 * and forwarders set anew (Sender, List-, Resent-) may be added behind us; TLS-Required is RFC 8689's.
 */
static const struct {
	const char *name;
	bool once;
} signed_fields[] = {
	{ "From", true },
	{ "Reply-To", true },
	{ "To", true },
	{ "Cc", true },
	{ "Subject", true },
	{ "Date", true },
	{ "Message-ID", true },
	{ "In-Reply-To", true },
	{ "References", true },
	{ "MIME-Version", true },
	{ "Content-Type", true },
	{ "Content-Transfer-Encoding", true },
	{ "Content-Disposition", false },
	{ "Content-Description", false },
	{ "Content-ID", false },
	{ "Content-Language", false },
	{ "Sender", false },
	{ "Resent-Date", false },
	{ "Resent-From", false },
	{ "Resent-Sender", false },
	{ "Resent-To", false },
	{ "Resent-Cc", false },
	{ "Resent-Message-ID", false },
	{ "List-Id", false },
	{ "List-Help", false },
	{ "List-Unsubscribe", false },
	{ "List-Unsubscribe-Post", false },
	{ "List-Subscribe", false },
	{ "List-Post", false },
	{ "List-Owner", false },
	{ "List-Archive", false },
	{ "Auto-Submitted", false },
	{ "TLS-Required", false },
};

void
dkim_body_begin(struct dkim_body *body)
{
	*body = (struct dkim_body){ .has_text = false };
	sha256_init(&body->hash);
}

/* What was held back is in front of a byte that counts. */
static void
body_release(struct dkim_body *body)
{
	for (; body->feeds; body->feeds--)
		sha256_update(&body->hash, "\r\n", 2);
	if (body->space)
		sha256_update(&body->hash, " ", 1);
	body->space = false;
	body->in_line = body->has_text = true;
}

/* How many bytes from here on are hashed as they are? */
static size_t
plain_len(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] != ' ' && bytes[n] != '\t' && bytes[n] != '\r'
	       && bytes[n] != '\n')
		n++;
	return n;
}

void
dkim_body_add(struct dkim_body *body, const char *bytes, size_t len)
{
	while (len) {
		size_t n = plain_len(bytes, len);

		if (body->after_cr && *bytes != '\n') {
			body_release(body);
			sha256_update(&body->hash, "\r", 1); /* ends no line: text */
		}
		body->after_cr = *bytes == '\r';
		if (n) {
			body_release(body);
			sha256_update(&body->hash, bytes, n);
		} else if (*bytes == '\n') {
			body->feeds++;
			body->space = body->in_line = false;
		} else if (!body->after_cr) {
			body->space = true;
		}
		bytes += n ? n : 1;
		len -= n ? n : 1;
	}
}

void
dkim_body_end(struct dkim_body *body, char digest[DKIM_DIGEST_BYTES])
{
	if (body->after_cr) {
		body_release(body);
		sha256_update(&body->hash, "\r", 1);
	}
	if (body->has_text)
		sha256_update(&body->hash, "\r\n", 2);
	sha256_final(&body->hash, digest);
}

bool
dkim_domain(const char *text, size_t len, stralloc *domain)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;

	domain->len = 0;
	while ((found = header_next(&header, &field)) != HEADER_END) {
		struct mailbox_list list = { .lex = { .text = field.body, .len = field.body_len } };
		struct mailbox mailbox;
		struct address parts;

		if (found != HEADER_FIELD || !field_is(&field, "From"))
			continue;
		if (mailbox_next(&list, &mailbox) != MAILBOX_FOUND)
			return true;
		if (!mailbox_add(domain, &mailbox) || !stralloc_0(domain))
			return false;
		address_split(domain->s, &parts);
		if (parts.domain_len > DOMAIN_MAX || parts.domain[0] == '['
		    || !domain_valid(parts.domain, parts.domain_len, true)) {
			domain->len = 0;
			return true;
		}
		domain->len = parts.domain_len;
		memmove(domain->s, parts.domain, domain->len);
		for (size_t i = 0; i < domain->len; i++)
			if (domain->s[i] >= 'A' && domain->s[i] <= 'Z')
				domain->s[i] |= 0x20;
		return stralloc_0(domain);
	}
	return true;
}

/* "relaxed": RFC 6376 3.4.2 */
static void
hash_field(SHA256Schedule *hash, const char *name, size_t name_len, const char *body, size_t len)
{
	bool space = false, begun = false;

	for (size_t i = 0; i < name_len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		sha256_update(hash, &c, 1);
	}
	sha256_update(hash, ":", 1);
	while (len) {
		size_t n = plain_len(body, len);

		if (n) {
			if (space && begun)
				sha256_update(hash, " ", 1);
			space = false;
			begun = true;
			sha256_update(hash, body, n);
		} else {
			space |= *body == ' ' || *body == '\t';
		}
		body += n ? n : 1;
		len -= n ? n : 1;
	}
}

/* The field under way, its lines kept short. */
struct writer {
	stralloc *field;
	const char *line_end;
	size_t column;
	bool done; /* false: no memory */
};

static void
put_bytes(struct writer *writer, const char *bytes, size_t len)
{
	writer->done = writer->done && stralloc_catb(writer->field, bytes, len);
	writer->column += len;
}

static void
put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

static void
put_line(struct writer *writer)
{
	put(writer, writer->line_end);
	put(writer, "\t");
	writer->column = 8;
}

/* " name=" of a tag that stands on this line, or on the next one if its value is too long for this. */
static void
put_tag(struct writer *writer, const char *name, const char *value)
{
	if (writer->column + strlen(name) + strlen(value) + 2 > LINE_GOOD)
		put_line(writer);
	else
		put(writer, " ");
	put(writer, name);
	put(writer, value);
	put(writer, ";");
}

/* A name in h=, which may be parted from the one before by a fold. RFC 6376 3.5 */
static void
put_name(struct writer *writer, const char *name, bool first)
{
	if (!first)
		put(writer, ":");
	if (writer->column + strlen(name) + 1 > LINE_GOOD)
		put_line(writer);
	put(writer, name);
}

/* Text that may be parted anywhere. */
static void
put_text(struct writer *writer, const char *text, size_t len)
{
	while (len) {
		size_t room = writer->column < LINE_GOOD ? LINE_GOOD - writer->column : 0;
		size_t now = len < room ? len : room;

		put_bytes(writer, text, now);
		text += now;
		len -= now;
		if (len)
			put_line(writer);
	}
}

/* Its name as we write it; NULL: it is not signed. */
static const char *
signed_name(const struct field *field)
{
	for (size_t i = 0; i < sizeof signed_fields / sizeof *signed_fields; i++)
		if (field_is(field, signed_fields[i].name))
			return signed_fields[i].name;
	return NULL;
}

/* Those to be signed, in their order. RFC 6376 5.4.2 wants the last one of a name first. */
static bool
collect(stralloc *fields, const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) != HEADER_END)
		if (found == HEADER_FIELD && signed_name(&field)
		    && !stralloc_catb(fields, (const char *)&field, sizeof field))
			return false;
	return true;
}

/* Names and hashes what is there from the last field up, then names what must not be added. */
static bool
sign_fields(struct writer *writer, SHA256Schedule *hash, const char *text, size_t len)
{
	stralloc fields = STRALLOC_ZERO;
	bool first = true, done = collect(&fields, text, len);

	for (size_t left = fields.len; done && left; left -= sizeof(struct field)) {
		struct field field;

		memcpy(&field, fields.s + left - sizeof field, sizeof field);
		put_name(writer, signed_name(&field), first);
		hash_field(hash, field.name, field.name_len, field.body, field.body_len);
		sha256_update(hash, "\r\n", 2);
		first = false;
	}
	stralloc_free(&fields);
	for (size_t i = 0; i < sizeof signed_fields / sizeof *signed_fields; i++)
		if (signed_fields[i].once) {
			put_name(writer, signed_fields[i].name, first);
			first = false;
		}
	return done;
}

bool
dkim_field(const struct dkim_signature *signature, const char *text, size_t len,
           const char body[DKIM_DIGEST_BYTES], stralloc *field, char digest[DKIM_DIGEST_BYTES])
{
	static const char name[] = "DKIM-Signature";
	size_t start = field->len;
	struct writer writer = { .field = field, .line_end = signature->line_end, .done = true };
	SHA256Schedule hash = SHA256_INIT();
	stralloc body_hash = STRALLOC_ZERO;
	char number[UINT64_FMT];

	put(&writer, name);
	put(&writer, ":");
	put_tag(&writer, "v=", "1");
	put_tag(&writer, "a=", signature->algorithm);
	put_tag(&writer, "c=", "relaxed/relaxed");
	put_tag(&writer, "d=", signature->domain);
	put_tag(&writer, "s=", signature->selector);
	number[uint64_fmt(number, (uint64_t)signature->time_s)] = 0;
	put_tag(&writer, "t=", number);
	number[uint64_fmt(number, (uint64_t)signature->expire_s)] = 0;
	if (signature->expire_s)
		put_tag(&writer, "x=", number);
	put_line(&writer);
	put(&writer, "h=");
	writer.done = sign_fields(&writer, &hash, text, len) && writer.done;
	put(&writer, ";");
	writer.done = base64_encode(&body_hash, body, DKIM_DIGEST_BYTES) && stralloc_0(&body_hash)
	              && writer.done;
	if (writer.done)
		put_tag(&writer, "bh=", body_hash.s);
	stralloc_free(&body_hash);
	put_line(&writer);
	put(&writer, "b=");
	if (writer.done)
		hash_field(&hash, name, sizeof name - 1, field->s + start + sizeof name,
		           field->len - start - sizeof name);
	sha256_final(&hash, digest);
	return writer.done;
}

bool
dkim_field_end(stralloc *field, const char *signed_digest, size_t len, const char *line_end)
{
	struct writer writer = { .field = field, .line_end = line_end, .column = 10, .done = true };

	put_text(&writer, signed_digest, len);
	put(&writer, line_end);
	return writer.done;
}

bool
dkim_record(stralloc *out, const char *domain, const char *selector, const char *key_type,
            const char *public_key)
{
	stralloc text = STRALLOC_ZERO;
	bool done = stralloc_cats(out, selector) && stralloc_cats(out, "._domainkey.")
	            && stralloc_cats(out, domain) && stralloc_cats(out, ". IN TXT (")
	            && stralloc_cats(&text, "v=DKIM1; k=") && stralloc_cats(&text, key_type)
	            && stralloc_cats(&text, "; p=") && stralloc_cats(&text, public_key);

	for (size_t at = 0; done && at < text.len; at += TXT_STRING_MAX)
		done = stralloc_cats(out, "\n\t\"")
		       && stralloc_catb(out, text.s + at,
		                        text.len - at < TXT_STRING_MAX ? text.len - at
		                                                       : TXT_STRING_MAX)
		       && stralloc_append(out, '"');
	stralloc_free(&text);
	return done && stralloc_cats(out, " )\n");
}
