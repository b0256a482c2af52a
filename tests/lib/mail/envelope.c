/* envelope(5): what is an envelope, and what cannot be added to one. */
#include "mail/envelope.h"
#include "base/record.h"
#include "check.h"

#define LIST(text) text, sizeof text /* the string's own NUL is the empty record */

static const struct {
	const char *sentence, *list;
	size_t len;
	bool good;
} cases[] = {
	{ "the least there can be", LIST("V1\0F\0"), true },
	{ "sender and two recipients", LIST("V1\0Fann@a.org\0Tb@b.org\0Nnever\0Tc@c.org\0"), true },
	{ "an unknown lower-case tag", LIST("V1\0zabc\0F\0"), true },
	{ "an unknown upper-case tag", LIST("V1\0Zabc\0F\0"), false },
	{ "a doubled login: a taken-over writer", LIST("V1\0A\0F\0Aroot\0"), false },
	{ "a doubled sender", LIST("V1\0F\0Fann@a.org\0"), false },
	{ "a doubled unknown tag", LIST("V1\0z\0z\0F\0"), false },
	{ "no sender", LIST("V1\0Tb@b.org\0"), false },
	{ "another version", LIST("V2\0F\0"), false },
	{ "the version not first", LIST("F\0V1\0"), false },
	{ "an empty recipient", LIST("V1\0F\0T\0"), false },
	{ "NOTIFY before any recipient", LIST("V1\0F\0Nnever\0"), false },
	{ "two NOTIFY of one recipient", LIST("V1\0F\0Tb@b\0Nx\0Ny\0"), false },
	{ "NOTIFY of two recipients", LIST("V1\0F\0Tb@b\0Nx\0Tc@c\0Ny\0"), true },
	{ "a tag that is no letter",
	  LIST("V1\0F\0"
	       "1x\0"),
	  false },
	{ "a tag over 127", LIST("V1\0F\0\xffx\0"), false },
	{ "a line feed in a recipient: a taken-over writer", LIST("V1\0F\0Tb@b\r\nX: y\0"), false },
	{ "a line feed in what the client said", LIST("V1\0ha\n.\0F\0"), false },
	{ "a terminal's escape", LIST("V1\0h\33[2J\0F\0"), false },
	{ "DEL", LIST("V1\0h\177\0F\0"), false },
	{ "UTF-8", LIST("V1\0F\0Tj\303\274rg@b.org\0"), true },
	{ "bytes behind the end", LIST("V1\0F\0\0more\0"), false },
	{ "no end", "V1\0F", 5, false },
	{ "nothing but an end", "", 1, false },
	{ "nothing", "", 0, false },
};

int
main(void)
{
	struct envelope envelope;
	struct recipient recipient;
	stralloc copy = STRALLOC_ZERO;
	size_t at = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *list = check_copy(cases[i].list, cases[i].len);

		CHECK(envelope_parse(&envelope, list, cases[i].len) == cases[i].good,
		      cases[i].sentence);
		free(list);
	}
	envelope_parse(&envelope, LIST("V1\0Aann\0F\0Tb@b\0Nx\0Oy\0zz\0Tc@c\0"));
	CHECK(strcmp(envelope_get(&envelope, ENVELOPE_LOGIN), "ann") == 0, "a fact is found");
	CHECK(strcmp(envelope_get(&envelope, ENVELOPE_TLS), "") == 0, "a missing one is empty");
	CHECK(envelope_recipient(&envelope, &at, &recipient)
	          && strcmp(recipient.address, "b@b") == 0 && strcmp(recipient.notify, "x") == 0
	          && strcmp(recipient.orcpt, "y") == 0 && !recipient.why,
	      "the first recipient comes with what belongs to it");
	CHECK(envelope_recipient(&envelope, &at, &recipient)
	          && strcmp(recipient.address, "c@c") == 0 && !recipient.notify,
	      "the second one has none of it");
	CHECK(!envelope_recipient(&envelope, &at, &recipient), "then there are no more");
	CHECK(envelope_copy_facts(&copy, &envelope, "F") && copy.len == sizeof "V1\0Aann\0zz" - 0
	          && memcmp(copy.s, "V1\0Aann\0zz", copy.len) == 0,
	      "facts are copied without recipients and without what is left out");
	stralloc_free(&copy);
	CHECK(record_list_len("ab\0c\0\0d", 7) == 6, "a list ends at its empty record");
	CHECK(record_list_len("ab\0c", 4) == 0, "a list without it is not whole");
	return check_end();
}
