#include "mail/qmail.h"

#include "check.h"

static const struct {
	const char *sentence, *text;
	enum path_kind kind;
	const char *mailbox; /* NULL: refused */
} reads[] = {
	{ "an address", "ann@example.org", PATH_FORWARD, "ann@example.org" },
	{ "a local part with a space gets quotes", "a b@example.org", PATH_FORWARD,
	  "\"a b\"@example.org" },
	{ "so does one with an @", "a@b@example.org", PATH_FORWARD, "\"a@b\"@example.org" },
	{ "quotes of its own are part of it", "a\"b@example.org", PATH_FORWARD,
	  "\"a\\\"b\"@example.org" },
	{ "at its start, too", "\"ab\"@example.org", PATH_FORWARD, "\"\\\"ab\\\"\"@example.org" },
	{ "and backslashes", "a\\b@example.org", PATH_FORWARD, "\"a\\\\b\"@example.org" },
	{ "an address without domain is completed", "ann", PATH_FORWARD, "ann@host.example" },
	{ "postmaster too", "postmaster", PATH_FORWARD, "postmaster@host.example" },
	{ "no sender", "", PATH_REVERSE, "" },
	{ "qmail's sender of double bounces", "#@[]", PATH_REVERSE, "" },
	{ "no recipient", "", PATH_FORWARD, NULL },
	{ "an empty domain is completed", "ann@", PATH_FORWARD, "ann@host.example" },
	{ "no local part", "@example.org", PATH_FORWARD, NULL },
	{ "a line feed", "a\nb@example.org", PATH_FORWARD, NULL },
	{ "a line feed in the domain", "a@example.org\nX: y", PATH_FORWARD, NULL },
	{ "what would end a path is quoted", "a@b.example>,<c@d.example", PATH_FORWARD,
	  "\"a@b.example>,<c\"@d.example" },
	{ "a sender for each recipient (VERP) is not ours", "list-@example.org-@[]", PATH_REVERSE,
	  NULL },
};

static const struct {
	const char *sentence, *mailbox, *text;
} adds[] = {
	{ "a plain address stays", "ann@example.org", "ann@example.org" },
	{ "quotes are taken off", "\"a b\"@example.org", "a b@example.org" },
	{ "and what is behind backslashes kept", "\"a\\\"\\\\b\"@example.org",
	  "a\"\\b@example.org" },
	{ "an @ in quotes is one of two then", "\"a@b\"@example.org", "a@b@example.org" },
	{ "the null sender", "", "" },
	{ "no domain", "Postmaster", "Postmaster" },
};

static bool
same(const stralloc *out, const char *text, size_t len)
{
	return out->len == len && (!len || memcmp(out->s, text, len) == 0);
}

static void
check_reads(void)
{
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
		char *copy = check_copy(reads[i].text, strlen(reads[i].text) + 1);
		stralloc out = STRALLOC_ZERO;
		bool good =
		    qmail_address_read(&out, copy, reads[i].kind, "host.example") == PATH_OK;

		if (!reads[i].mailbox)
			CHECK(!good && !out.len, reads[i].sentence);
		else
			CHECK(good && same(&out, reads[i].mailbox, strlen(reads[i].mailbox)),
			      reads[i].sentence);
		stralloc_free(&out);
		free(copy);
	}
}

static void
check_adds(void)
{
	for (size_t i = 0; i < sizeof adds / sizeof *adds; i++) {
		char *copy = check_copy(adds[i].mailbox, strlen(adds[i].mailbox) + 1);
		stralloc out = STRALLOC_ZERO;

		CHECK(qmail_address_add(&out, copy)
		          && same(&out, adds[i].text, strlen(adds[i].text)),
		      adds[i].sentence);
		stralloc_free(&out);
		free(copy);
	}
}

static void
check_envelope(void)
{
	static const char ours[] = "V1\0Aann\0F\"a b\"@c.example\0Td@e.example\0NNEVER\0Tf\0";
	static const char theirs[] = "Fa b@c.example\0Td@e.example\0Tf\0";
	struct envelope envelope;
	stralloc out = STRALLOC_ZERO;

	CHECK(envelope_parse(&envelope, ours, sizeof ours) && qmail_envelope_add(&out, &envelope)
	          && same(&out, theirs, sizeof theirs),
	      "an envelope keeps its sender and recipients");
	stralloc_free(&out);
}

int
main(void)
{
	stralloc out = STRALLOC_ZERO;

	check_reads();
	CHECK(qmail_address_read(&out, "Postmaster", PATH_FORWARD, NULL) == PATH_OK,
	      "postmaster needs no domain where none is completed");
	CHECK(qmail_address_read(&out, "ann", PATH_FORWARD, NULL) == PATH_SYNTAX,
	      "others need one");
	stralloc_free(&out);
	check_adds();
	check_envelope();
	return check_end();
}
