/* U-labels become A-labels. UTF8-09 */
#include "mail/idna.h"

#include "check.h"

static const struct {
	const char *sentence, *name, *ascii; /* NULL: none */
} cases[] = {
	{ "an umlaut",
	  "b\xc3\xbc"
	  "cher.example",
	  "xn--bcher-kva.example" },
	{ "capital letters",
	  "B\xc3\x9c"
	  "CHER.Example",
	  "xn--bcher-kva.example" },
	{ "a letter and its dots apart",
	  "bu\xcc\x88"
	  "cher.example",
	  "xn--bcher-kva.example" },
	{ "a sharp s stays itself",
	  "fa\xc3\x9f"
	  ".example",
	  "xn--fa-hia.example" },
	{ "Greek, in each label", "\xcf\x80\xce\xb1.\xce\xb4\xce\xbf", "xn--mxa3a.xn--pxaw" },
	{ "a name in ASCII is itself", "example.org", "example.org" },
	{ "an A-label is itself", "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "an A-label that is none", "xn--\xc3\xbc.example", NULL },
	{ "nothing", "", NULL },
	{ "an empty label", "\xc3\xbc..example", NULL },
	{ "broken UTF-8", "\xc3.example", NULL },
	{ "a space", "\xc3\xbc \xc3\xbc.example", NULL },
	{ "a line end", "\xc3\xbc\n.example", NULL },
	{ "a slash", "\xc3\xbc/.example", NULL },
	{ "a picture", "\xe2\x98\xba.example", NULL },
};

int
main(void)
{
	char out[DOMAIN_MAX + 1], longest[5 * DOMAIN_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].name, strlen(cases[i].name) + 1);
		bool done = idna_to_ascii(out, copy);

		free(copy);
		CHECK(done == (cases[i].ascii != NULL)
		          && (!done || strcmp(out, cases[i].ascii) == 0),
		      cases[i].sentence);
		if (done && strcmp(out, cases[i].ascii) != 0)
			printf("# %s\n", out);
	}
	for (size_t len = 60; len < sizeof longest; len += 50) {
		for (size_t i = 0; i < len; i++)
			longest[i] = i % 50 == 49 ? '.' : 'a';
		memcpy(longest, "\xc3\xbc", 2);
		longest[len] = 0;
		CHECK(!idna_to_ascii(out, longest) || strlen(out) <= DOMAIN_MAX, "long names");
	}
	return check_end();
}
