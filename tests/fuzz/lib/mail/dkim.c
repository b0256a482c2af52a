/* DKIM: a digest does not depend on how the body is cut or its lines end; a field is one field. */
#include "mail/dkim.h"

#include "mail/address.h"
#include "mail/header.h"
#include "mail/wire.h"

#include "fuzz/fuzz.h"

enum { FUZZ_MAX = 2000 };

static void
digest_of(char digest[DKIM_DIGEST_BYTES], const char *bytes, size_t len, size_t step)
{
	struct dkim_body body;

	dkim_body_begin(&body);
	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *piece = fuzz_piece(bytes + at, part);

		dkim_body_add(&body, piece, part);
		free(piece);
	}
	dkim_body_end(&body, digest);
}

static void
check_field(const char *text, size_t len, const char digest[DKIM_DIGEST_BYTES])
{
	struct dkim_signature signature = { .algorithm = "ed25519-sha256",
		                            .domain = "example.test",
		                            .selector = "s",
		                            .time_s = 1700000000,
		                            .line_end = "\r\n" };
	char signed_digest[DKIM_DIGEST_BYTES];
	stralloc field = STRALLOC_ZERO;
	struct header header;
	struct field found;

	assert(dkim_field(&signature, text, len, digest, &field, signed_digest));
	assert(dkim_field_end(&field, "c2lnbmF0dXJl", 12, "\r\n"));
	assert(fuzz_clean(field.s, field.len));
	header = (struct header){ .text = field.s, .len = field.len };
	assert(header_next(&header, &found) == HEADER_FIELD && field_is(&found, "DKIM-Signature"));
	assert(header_next(&header, &found) == HEADER_END);
	stralloc_free(&field);
}

static void
fuzz(char *bytes, size_t len)
{
	char whole[DKIM_DIGEST_BYTES], cut[DKIM_DIGEST_BYTES];
	stralloc crlf = STRALLOC_ZERO, domain = STRALLOC_ZERO;
	struct wire wire = { 0 };
	size_t end = 0;

	digest_of(whole, bytes, len, len ? len : 1);
	digest_of(cut, bytes, len, fuzz_step(len));
	assert(memcmp(whole, cut, sizeof whole) == 0);
	assert(wire_make(&wire, bytes, len, &crlf) && wire_make_end(&wire, &crlf));
	if (fuzz_clean(crlf.s, crlf.len)) {
		digest_of(cut, crlf.s, crlf.len, crlf.len ? crlf.len : 1);
		assert(memcmp(whole, cut, sizeof whole) == 0);
	}
	header_end(bytes, len, &end);
	check_field(bytes, end, whole);
	if (dkim_domain(bytes, end, &domain) && domain.len)
		assert(domain_valid(domain.s, strlen(domain.s), true));
	stralloc_free(&crlf);
	stralloc_free(&domain);
}
