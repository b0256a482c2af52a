/*
 * DKIM-04: what is signed of a message, and how it is written down
 */
#include "mail/dkim.h"
#include "mail/base64.h"

#include "check.h"

#include <time.h>

enum { DIGEST_TEXT_MAX = 64 };

/* The digest of a body in base64, given in pieces of this size. */
static const char *
body_hash(const char *text, size_t len, size_t piece)
{
	static stralloc out = STRALLOC_ZERO;
	struct dkim_body body;
	char digest[DKIM_DIGEST_BYTES];

	dkim_body_begin(&body);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		char *copy = check_copy(text + at, n);

		dkim_body_add(&body, copy, n);
		free(copy);
	}
	dkim_body_end(&body, digest);
	out.len = 0;
	if (!base64_encode(&out, digest, sizeof digest) || !stralloc_0(&out))
		abort();
	return out.s;
}

static bool
same_body(const char *a, const char *b)
{
	char wanted[DIGEST_TEXT_MAX];

	strcpy(wanted, body_hash(b, strlen(b), 1000));
	for (size_t piece = 1; piece <= strlen(a) + 1; piece++)
		if (strcmp(body_hash(a, strlen(a), piece), wanted) != 0)
			return false;
	return true;
}

static void
test_body(void)
{
	static const struct {
		const char *sentence, *a, *b;
	} rows[] = {
		{ "RFC 6376 3.4.5: spaces are one, none at the end, no empty last lines",
		  " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n" },
		{ "a last line without end gets one", "x", "x\r\n" },
		{ "empty lines inside count", "\r\n\r\nx\r\n\r\ny\r\n", "\r\n\r\nx\r\n\r\ny\r\n" },
		{ "lines of spaces are empty lines", "x\r\n \t\r\n  \r\n", "x\r\n" },
		{ "a line of spaces inside is an empty line", "x\r\n \t\r\ny\r\n",
		  "x\r\n\r\ny\r\n" },
		{ "a body of empty lines is no body", "\r\n\r\n \r\n", "" },
		{ "lines that end in LF are lines", "x \ny\n\n", "x\r\ny\r\n" },
		{ "a space at the end of all is nothing", "x \t", "x\r\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(same_body(rows[i].a, rows[i].b), rows[i].sentence);
	CHECK(strcmp(body_hash("", 0, 1), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") == 0,
	      "RFC 6376 3.4.4: the hash of no body");
	CHECK(!same_body("a b\r\n", "ab\r\n"), "a space is not nothing");
	CHECK(!same_body("a\r\n\r\nb\r\n", "a\r\nb\r\n"), "an empty line is not nothing");
	CHECK(!same_body("a\rb\r\n", "ab\r\n"), "a bare CR is not nothing");
	CHECK(!same_body("a\r", "a"), "nor is one at the end");
#define JOE "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
	CHECK(strcmp(body_hash(JOE, strlen(JOE), 7), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=")
	          == 0,
	      "RFC 8463 A.3: the example's body");
}

static void
test_domain(void)
{
	static const struct {
		const char *sentence, *text, *wanted;
	} rows[] = {
		{ "the author's, in lower case", "To: a@x.org\r\nFrom: A <a@Example.ORG>\r\n",
		  "example.org" },
		{ "that of the first of several", "From: a@one.org, b@two.org\r\n", "one.org" },
		{ "the last @ counts", "From: \"x@y.org\"@example.org\r\n", "example.org" },
		{ "that of the first From, if there are two", "From: a@b.org\r\nFrom: c@d.org\r\n",
		  "b.org" },
		{ "a U-label", "From: a@b\xc3\xbc.example\r\n", "b\xc3\xbc.example" },
		{ "no From: nobody's", "To: a@b.org\r\n", "" },
		{ "no domain: nobody's", "From: ann\r\n", "" },
		{ "an address literal: nobody's", "From: ann@[192.0.2.1]\r\n", "" },
		{ "a malformed From: nobody's", "From: <<\r\n", "" },
		{ "a path: nobody's", "From: a@../../etc\r\n", "" },
		{ "another path: nobody's", "From: a@b/c.org\r\n", "" },
		{ "no bytes: nobody's", "", "" },
	};
	stralloc domain = STRALLOC_ZERO;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *copy = check_copy(rows[i].text, strlen(rows[i].text));

		CHECK(
		    dkim_domain(copy, strlen(rows[i].text), &domain)
		        && (domain.len ? strcmp(domain.s, rows[i].wanted) == 0 : !*rows[i].wanted),
		    rows[i].sentence);
		free(copy);
	}
	stralloc_free(&domain);
}

/* The whole field of a header, its signature being "SIG". */
static const char *
field_of(const char *text, char digest[DKIM_DIGEST_BYTES])
{
	static const char body[DKIM_DIGEST_BYTES];
	static stralloc field = STRALLOC_ZERO;
	struct dkim_signature signature = { .algorithm = "rsa-sha256",
		                            .domain = "example.org",
		                            .selector = "s1",
		                            .time_s = 1795314600,
		                            .line_end = "\r\n" };
	char *copy = check_copy(text, strlen(text));

	field.len = 0;
	if (!dkim_field(&signature, copy, strlen(text), body, &field, digest)
	    || !dkim_field_end(&field, "SIG", 3, "\r\n") || !stralloc_0(&field))
		abort();
	free(copy);
	return field.s;
}

static bool
same_header(const char *a, const char *b)
{
	char one[DKIM_DIGEST_BYTES], two[DKIM_DIGEST_BYTES];

	field_of(a, one);
	field_of(b, two);
	return memcmp(one, two, sizeof one) == 0;
}

static void
test_field(void)
{
	char digest[DKIM_DIGEST_BYTES];
	const char *field = field_of("Received: x\r\nFrom: a@example.org\r\nX-A: 1\r\n"
	                             "List-Post: 1\r\nList-Post: 2\r\nSubject : hi\r\n",
	                             digest);

	CHECK(
	    strcmp(field,
	           "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;\r\n"
	           "\tt=1795314600;\r\n"
	           "\th=Subject:List-Post:List-Post:From:From:Reply-To:To:Cc:Subject:Date:\r\n"
	           "\tMessage-ID:In-Reply-To:References:MIME-Version:Content-Type:\r\n"
	           "\tContent-Transfer-Encoding;\r\n"
	           "\tbh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;\r\n"
	           "\tb=SIG\r\n")
	        == 0,
	    "fields are signed from the last one up, then those that must not be added");
	CHECK(same_header("From: a@b.org\r\n", "FROM :\t a@b.org \r\n"),
	      "letter case of names and white space at the ends are nothing");
	CHECK(same_header("From: a\r\n b\r\n", "From: a \t\r\n\t b\r\n"), "a fold is one space");
	CHECK(same_header("From: a\r\nX-New: 1\r\nReceived: x\r\n", "From: a\r\n"),
	      "fields that are not named are nothing");
	CHECK(same_header("From: a\nTo: b\n", "From: a\r\nTo: b\r\n"), "LF does for CRLF");
	CHECK(!same_header("From: a b\r\n", "From: ab\r\n"), "a space is not nothing");
	CHECK(!same_header("From: a\r\nTo: b\r\n", "From: a\r\n"),
	      "a field more is another digest");
}

static void
test_many(void)
{
	enum { FIELDS = 100000 };
	stralloc text = STRALLOC_ZERO, field = STRALLOC_ZERO;
	static const char body[DKIM_DIGEST_BYTES];
	struct dkim_signature signature = {
		.algorithm = "x", .domain = "d", .selector = "s", .line_end = "\r\n"
	};
	char digest[DKIM_DIGEST_BYTES];
	size_t longest = 0, line = 0;
	clock_t start = clock();

	for (size_t i = 0; i < FIELDS; i++)
		if (!stralloc_cats(&text, "To:\r\n"))
			abort();
	CHECK(dkim_field(&signature, text.s, text.len, body, &field, digest),
	      "a hundred thousand fields are signed");
	for (size_t i = 0; i < field.len; i++) {
		line = field.s[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	CHECK(longest < 80, "no line is long");
	CHECK(clock() - start < 2 * CLOCKS_PER_SEC, "in no time");
	stralloc_free(&text);
	stralloc_free(&field);
}

static void
test_record(void)
{
	stralloc out = STRALLOC_ZERO;
	static const char start[] = "s1._domainkey.example.org. IN TXT (\n\t\"v=DKIM1; k=rsa; p=k";
	char key[393];

	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = 0;
	if (!dkim_record(&out, "example.org", "s1", "rsa", key) || !stralloc_0(&out))
		abort();
	CHECK(strncmp(out.s, start, strlen(start)) == 0
	          && strcspn(strchr(out.s, '"') + 1, "\"") == 255,
	      "a long key is cut into strings of 255 bytes");
	stralloc_free(&out);
}

int
main(void)
{
	test_body();
	test_domain();
	test_field();
	test_many();
	test_record();
	return check_end();
}
