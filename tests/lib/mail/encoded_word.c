/* Words beyond ASCII, as RFC 2047 writes them. */
#include "mail/encoded_word.h"

#include "check.h"
#include "mail/utf8.h"

#define UE "\xc3\xbc"

static const struct {
	const char *sentence;
	enum encoded_form form;
	const char *body, *wanted;
} cases[] = {
	{ "ASCII stays as it is", ENCODED_TEXT, " a  (b) \"c\"\r\n\td \r\n",
	  " a  (b) \"c\"\r\n\td \r\n" },
	{ "only a word that needs it is encoded", ENCODED_TEXT, " a b" UE " c\r\n",
	  " a =?UTF-8?Q?b=C3=BC?= c\r\n" },
	{ "between two of them the space is in the second", ENCODED_TEXT, " " UE "  " UE "\r\n",
	  " =?UTF-8?Q?=C3=BC?= =?UTF-8?Q?=20=20=C3=BC?=\r\n" },
	{ "also behind one that was there", ENCODED_TEXT, " =?UTF-8?Q?a?= " UE "\r\n",
	  " =?UTF-8?Q?a?= =?UTF-8?Q?=20=C3=BC?=\r\n" },
	{ "and before one", ENCODED_TEXT, " " UE " =?UTF-8?Q?a?=\r\n",
	  " =?UTF-8?Q?=C3=BC?= =?UTF-8?Q?=20?= =?UTF-8?Q?a?=\r\n" },
	{ "two that were there stay", ENCODED_TEXT, " =?UTF-8?Q?a?= =?UTF-8?Q?b?= " UE "\r\n",
	  " =?UTF-8?Q?a?= =?UTF-8?Q?b?= =?UTF-8?Q?=20=C3=BC?=\r\n" },
	{ "without a space behind the colon there is one", ENCODED_TEXT, UE "\r\n",
	  " =?UTF-8?Q?=C3=BC?=\r\n" },
	{ "what is no UTF-8 is said to be unknown", ENCODED_TEXT, " \xfc\r\n",
	  " =?unknown-8bit?Q?=FC?=\r\n" },
	{ "no character is parted, and no word has more than 75 bytes", ENCODED_TEXT,
	  " " UE UE UE UE UE UE UE UE UE UE UE UE UE "\r\n",
	  "\r\n =?UTF-8?Q?=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC=C3=BC?=\r\n"
	  " =?UTF-8?Q?=C3=BC=C3=BC=C3=BC?=\r\n" },
	{ "nothing is nothing", ENCODED_TEXT, "", "" },
	{ "a display name", ENCODED_ADDRESSES, " A. " UE " <a.b@c.example>, x@y.example\r\n",
	  " A. =?UTF-8?Q?=C3=BC?= <a.b@c.example>, x@y.example\r\n" },
	{ "a quoted one, and the space that must stand behind it", ENCODED_ADDRESSES,
	  " \"a \\\"" UE "\"<a@b.example>\r\n", " =?UTF-8?Q?a=20=22=C3=BC?= <a@b.example>\r\n" },
	{ "a quoted string of ASCII stays", ENCODED_ADDRESSES, " \"a b\" <\"c d\"@e.example>\r\n",
	  " \"a b\" <\"c d\"@e.example>\r\n" },
	{ "a comment keeps its parentheses", ENCODED_ADDRESSES,
	  " a@b.example (x " UE " (" UE ") y)\r\n",
	  " a@b.example (x =?UTF-8?Q?=C3=BC?= (=?UTF-8?Q?=C3=BC?=) y)\r\n" },
	{ "a group's name", ENCODED_ADDRESSES, " " UE ": a@b.example;\r\n",
	  " =?UTF-8?Q?=C3=BC?= : a@b.example;\r\n" },
	{ "a route stays", ENCODED_ADDRESSES, " x <@" UE ".example:a@b.example>\r\n",
	  " x <@" UE ".example:a@b.example>\r\n" },
	{ "folds stay", ENCODED_ADDRESSES, "\r\n " UE "\r\n <a@b.example>\r\n",
	  "\r\n =?UTF-8?Q?=C3=BC?=\r\n <a@b.example>\r\n" },
	{ "a string without end harms nobody", ENCODED_ADDRESSES, " \"" UE, " =?UTF-8?Q?=C3=BC?=" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].body);
		char *body = check_copy(cases[i].body, len);
		stralloc out = STRALLOC_ZERO;

		CHECK(encoded_word_field(&out, cases[i].form, body, len, 8, "\r\n")
		          && out.len == strlen(cases[i].wanted)
		          && (!out.len || memcmp(out.s, cases[i].wanted, out.len) == 0),
		      cases[i].sentence);
		if (out.len != strlen(cases[i].wanted)
		    || memcmp(out.s, cases[i].wanted, out.len) != 0)
			printf("# got: %.*s\n", (int)out.len, out.s);
		stralloc_free(&out);
		free(body);
	}
	return check_end();
}
