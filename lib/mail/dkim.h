/*
 * dkim - what a signature of a message is made over, and its field (RFC 6376, 8463, 8301)
 *
 * Always relaxed/relaxed, SHA-256, the whole body. Nothing here knows a key: the caller has the digest
 * signed elsewhere. Lines may end in CRLF, or in LF alone (a message given by hand).
 */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

#include <skalibs/sha256.h>
#include <skalibs/stralloc.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DKIM_DIGEST_BYTES = 32 };

/* A body that passes by; starts with dkim_body_begin. */
struct dkim_body {
	SHA256Schedule hash;
	uint64_t feeds; /* line ends that are not hashed yet: the last ones may be nothing */
	bool space;     /* white space that is not hashed yet: at a line's end it is nothing */
	bool after_cr, in_line, has_text;
};

void dkim_body_begin(struct dkim_body *body);
void dkim_body_add(struct dkim_body *body, const char *bytes, size_t len);
void dkim_body_end(struct dkim_body *body, char digest[DKIM_DIGEST_BYTES]);

/*
 * dkim_domain - whose message is this? The domain of the first mailbox in From, in lower case
 *
 * text, len  the header section, without the empty line
 * domain     copied to, a C string. It is one label or more, each a name as RFC 6531 has it.
 * returns    false: no memory, or len 0: no From, or one that names no domain
 */
bool dkim_domain(const char *text, size_t len, stralloc *domain);

struct dkim_signature {
	const char *algorithm; /* "rsa-sha256", "ed25519-sha256" */
	const char *domain, *selector;
	int64_t time_s;
	int64_t expire_s; /* when the signature ends; 0: never */
	const char *line_end;
};

/*
 * dkim_field - the field of a signature up to its "b=", and the digest that is to be signed
 *
 * Signs all fields of the names in RFC 6376 5.4.1 and their like, bottom up. Those that a message has
 * once are named once more than they are there: one that is added breaks the signature.
 *
 * text, len  the header section; lines that are malformed are no fields
 * body       the digest of the body
 * field      appended to
 * returns    false: no memory
 */
bool dkim_field(const struct dkim_signature *signature, const char *text, size_t len,
                const char body[DKIM_DIGEST_BYTES], stralloc *field,
                char digest[DKIM_DIGEST_BYTES]);

/* The rest of the field. signed_digest: in base64. false: no memory. */
bool dkim_field_end(stralloc *field, const char *signed_digest, size_t len, const char *line_end);

/*
 * dkim_record - the TXT record that lets others check a key (RFC 6376 3.6.1), in zone file form
 *
 * key_type    "rsa", "ed25519"
 * public_key  in base64; strings of more than 255 bytes are cut
 * returns     false: no memory
 */
bool dkim_record(stralloc *out, const char *domain, const char *selector, const char *key_type,
                 const char *public_key);

#endif
