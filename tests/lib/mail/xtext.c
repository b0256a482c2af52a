#include "mail/xtext.h"

#include "base/die.h"
#include "check.h"

char const *PROG = "xtext";

static const struct {
	const char *sentence;
	bool (*function)(stralloc *out, const char *text, size_t len);
	const char *text, *wanted;
} cases[] = {
	{ "plain text stays", xtext_encode, "ann@example.org", "ann@example.org" },
	{ "plus and equals sign are encoded", xtext_encode, "a+b=c", "a+2Bb+3Dc" },
	{ "spaces, controls and 8-bit are encoded", xtext_encode, "a \r\n\x7f\xff",
	  "a+20+0D+0A+7F+FF" },
	{ "nothing is nothing", xtext_encode, "", "" },
	{ "it comes back", xtext_decode, "a+20+0D+2Bz", "a \r+z" },
	{ "lower-case digits are none", xtext_decode, "+2b", "+2b" },
	{ "half an escape stays", xtext_decode, "a+2", "a+2" },
	{ "a last plus stays", xtext_decode, "a+", "a+" },
	{ "an escape of a plus makes no new one", xtext_decode, "+2B41", "+41" },
	{ "characters of all lengths", unitext_decode, "\\x{E9}\\x{20AC}\\x{1F600}",
	  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "the specials of xtext", unitext_decode, "a\\x{2B}\\x{3D}\\x{5C}\\x{20}b", "a+=\\ b" },
	{ "a control character stays encoded", unitext_decode, "\\x{0D}\\x{00}\\x{7F}",
	  "\\x{0D}\\x{00}\\x{7F}" },
	{ "a surrogate stays encoded", unitext_decode, "\\x{D800}", "\\x{D800}" },
	{ "what is no character stays encoded", unitext_decode, "\\x{110000}", "\\x{110000}" },
	{ "too many digits stay", unitext_decode, "\\x{0000041}", "\\x{0000041}" },
	{ "half of one stays", unitext_decode, "\\x{E9", "\\x{E9" },
	{ "a bare start stays", unitext_decode, "a\\x{", "a\\x{" },
	{ "8-bit stays", unitext_decode, "\xc3\xa9", "\xc3\xa9" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);
		stralloc out = STRALLOC_ZERO;

		CHECK(cases[i].function(&out, text, len) && stralloc_0(&out)
		          && strcmp(out.s, cases[i].wanted) == 0,
		      cases[i].sentence);
		free(text);
		stralloc_free(&out);
	}
	return check_end();
}
