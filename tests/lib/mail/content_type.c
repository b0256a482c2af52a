/* RFC 2045 5.1: types and boundaries, however they are written. */
#include "mail/content_type.h"

#include "check.h"

static const struct {
	const char *sentence, *text, *name, *boundary;
} cases[] = {
	{ "a type", " text/plain", "text/plain", "" },
	{ "in small letters", "Text/HTML; charset=UTF-8", "text/html", "" },
	{ "a boundary", "multipart/mixed; boundary=aB", "multipart/mixed", "aB" },
	{ "one in quotes", "multipart/mixed;\r\n\tBoundary=\"a b\\\"c\"", "multipart/mixed",
	  "a b\"c" },
	{ "the first one counts", "multipart/mixed; boundary=a; boundary=b", "multipart/mixed",
	  "a" },
	{ "comments", "(x) text/plain (y) ; (z)", "text/plain", "" },
	{ "no slash is no type", "text", "", "" },
	{ "nothing is none", "", "", "" },
	{ "letters beyond ASCII are in no type", "text/pl\xc3\xa4in", "text/pl", "" },
	{ "a line end in quotes is none of the boundary", "a/b; boundary=\"a\r\n b\"", "a/b",
	  "a b" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);
		struct content_type type;

		content_type_parse(&type, text, len);
		CHECK(strcmp(type.name, cases[i].name) == 0
		          && strcmp(type.boundary, cases[i].boundary) == 0,
		      cases[i].sentence);
		free(text);
	}
	return check_end();
}
