/* SEC-12: whose Authentication-Results are these? */
#include "mail/authserv.h"

#include "check.h"

int
main(void)
{
	static const struct {
		const char *sentence, *text;
		bool wanted;
	} cases[] = {
		{ "our name", " mx.example.org; spf=pass", true },
		{ "our name in other letters", " MX.Example.ORG; spf=pass", true },
		{ "our name behind a fold and a comment", "\r\n (x) mx.example.org (y); none",
		  true },
		{ "our name in quotes", " \"mx.example.org\"; none", true },
		{ "our name with a version", " mx.example.org 1; none", true },
		{ "our name and nothing else", "mx.example.org", true },
		{ "another's name stays", " mx.example.net; spf=pass", false },
		{ "another's name with a version stays", " mx.example.net 1; spf=pass", false },
		{ "another's name alone stays", " mx.example.net", false },
		{ "a longer name is another's", " mx.example.org.example.net; none", false },
		{ "a name in a comment is no name", " (mx.example.org) mx.example.net; none",
		  false },
		{ "an unknown version", " mx.example.net 2; none", true },
		{ "no name", " ; spf=pass", true },
		{ "nothing", "", true },
		{ "more than a name", " x mx.example.org; none", true },
		{ "a name that goes on", " mx.example.net@mx.example.org; none", true },
		{ "a quote without end", " \"mx.example.org; none", true },
		{ "a backslash in quotes", " \"mx\\.example.org\"; none", true },
		{ "a comment without end", " (x mx.example.org; none", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		CHECK(authserv_claims(text, len, "mx.example.org") == cases[i].wanted,
		      cases[i].sentence);
		free(text);
	}
	return check_end();
}
