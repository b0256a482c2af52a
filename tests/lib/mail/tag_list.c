/* Records of MTA-STS and TLSRPT in the DNS are lists of tags (STS-01, TRPT-01). */
#include "mail/tag_list.h"

#include "check.h"

static const struct {
	const char *sentence, *record;
	const char *tags; /* "name=value|..."; ends in "!" where the record is broken */
} cases[] = {
	{ "a tag", "v=STSv1;id=1", "id=1|" },
	{ "a semicolon at the end", "v=STSv1; id=1;", "id=1|" },
	{ "space around semicolons", "v=STSv1;\t id=1 \t;  x=2 ", "id=1|x=2|" },
	{ "equals signs and spaces inside a value", "v=TLSRPTv1;rua=https://a/?b=c , mailto:d",
	  "rua=https://a/?b=c , mailto:d|" },
	{ "names with marks", "v=STSv1;a_b-c.d=1", "a_b-c.d=1|" },
	{ "a version alone", "v=STSv1;", "" },
	{ "two semicolons", "v=STSv1;;id=1", "!" },
	{ "a tag without value", "v=STSv1;id=", "!" },
	{ "a tag without name", "v=STSv1;=1", "!" },
	{ "a name that begins with a mark", "v=STSv1;-a=1", "!" },
	{ "a name of 33 bytes", "v=STSv1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", "!" },
	{ "a word alone", "v=STSv1;id=1;word", "id=1|!" },
	{ "space before the equals sign", "v=STSv1;id =1", "!" },
	{ "eight-bit bytes", "v=STSv1;id=\303\244", "!" },
	{ "controls", "v=STSv1;id=1\r\n", "!" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].record, strlen(cases[i].record) + 1);
		char tags[256] = "";
		const char *at = copy;
		struct tag tag;

		while (tag_list_next(&at, &tag)) {
			strncat(tags, tag.name, tag.name_len);
			strcat(tags, "=");
			strncat(tags, tag.value, tag.value_len);
			strcat(tags, "|");
		}
		if (!at)
			strcat(tags, "!");
		CHECK(strcmp(tags, cases[i].tags) == 0, cases[i].sentence);
		free(copy);
	}
	CHECK(tag_list_is("v=STSv1;", "v=STSv1") && !tag_list_is("v=STSv1", "v=STSv1")
	          && !tag_list_is("v=STSv10;", "v=STSv1") && !tag_list_is(" v=STSv1;", "v=STSv1")
	          && !tag_list_is("V=stsv1;", "v=STSv1") && !tag_list_is("", "v=STSv1"),
	      "a version is its exact letters and a semicolon");
	return check_end();
}
