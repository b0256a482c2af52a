/* HDR-09 HDR-10 HDR-11 HDR-12 SUB-10: address lists as they are found in header fields */
#include "mail/mailbox_list.h"

#include "check.h"

#include <time.h>

/* All mailboxes in their shortest form, joined by "|", a "*" behind those in groups; NULL: malformed. */
static char *
read_list(const char *text, size_t len, size_t *count)
{
	struct mailbox_list list = { .lex = { .text = text, .len = len } };
	stralloc out = STRALLOC_ZERO;
	enum mailbox_found found;
	struct mailbox mailbox;

	while ((found = mailbox_next(&list, &mailbox)) == MAILBOX_FOUND)
		if ((out.len && !stralloc_append(&out, '|')) || !mailbox_add(&out, &mailbox)
		    || (mailbox.in_group && !stralloc_append(&out, '*')) || mailbox.domain_at > len)
			abort();
	*count = list.count;
	if (found == MAILBOX_MALFORMED) {
		stralloc_free(&out);
		return NULL;
	}
	if (!stralloc_0(&out))
		abort();
	return out.s;
}

static const struct {
	const char *sentence, *text, *wanted;
} cases[] = {
	{ "an address alone", " ann@example.org", "ann@example.org" },
	{ "an address in angle brackets", "<ann@example.org>", "ann@example.org" },
	{ "a display name", "Ann Lee <ann@example.org>", "ann@example.org" },
	{ "a quoted display name may hold anything", "\"Lee, Ann <a@b>\" <ann@example.org>",
	  "ann@example.org" },
	{ "a display name may hold dots", "Ann B. Lee <ann@example.org>", "ann@example.org" },
	{ "a display name may be an encoded word", "=?utf-8?q?J=C3=BCrg?= <j@example.org>",
	  "j@example.org" },
	{ "a display name may hold UTF-8", "J\xc3\xbcrg <j@example.org>", "j@example.org" },
	{ "two addresses", "ann@example.org, Bob <bob@example.net>",
	  "ann@example.org|bob@example.net" },
	{ "comments are left out", "ann@example.org (Ann (Lee)), (x) bob@example.net",
	  "ann@example.org|bob@example.net" },
	{ "comments may hold quoted parentheses and commas", "(a\\), (b),) ann@example.org",
	  "ann@example.org" },
	{ "comments may stand around the @", "ann(x)@(y)example.org", "ann@example.org" },
	{ "folds are white space", "ann\r\n @example.org,\r\n\tbob@example.net",
	  "ann@example.org|bob@example.net" },
	{ "folds in LF form too", "ann@example.org,\n bob@example.net",
	  "ann@example.org|bob@example.net" },
	{ "a fold inside quotes", "\"Lee,\r\n Ann\" <ann@example.org>", "ann@example.org" },
	{ "a line of white space at the end", "ann@example.org\r\n ", "ann@example.org" },
	{ "a quoted local part keeps quotes that it needs", "\"ann lee\"@example.org",
	  "\"ann lee\"@example.org" },
	{ "a quoted local part loses quotes that it does not need", "\"ann.lee\"@example.org",
	  "ann.lee@example.org" },
	{ "a quoted local part may hold an @", "\"a@b\"@example.org", "\"a@b\"@example.org" },
	{ "backslashes go where nothing needs them", "\"\\a\\nn\"@example.org", "ann@example.org" },
	{ "backslashes stay where they are needed", "\"a\\\"\\\\b\"@example.org",
	  "\"a\\\"\\\\b\"@example.org" },
	{ "an empty quoted local part", "\"\"@example.org", "\"\"@example.org" },
	{ "quoted dots stay quoted where a dot-atom cannot have them", "\"a..b\"@example.org",
	  "\"a..b\"@example.org" },
	{ "obsolete: words of a local part set apart", "ann . lee@example . org",
	  "ann.lee@example.org" },
	{ "obsolete: quoted words in a local part", "\"ann x\".lee@example.org",
	  "\"ann x.lee\"@example.org" },
	{ "obsolete: a route", "Ann <@a.example,@b.example:ann@example.org>", "ann@example.org" },
	{ "obsolete: a route with empty members", "<,@a.example,,@b.example, :ann@example.org>",
	  "ann@example.org" },
	{ "obsolete: empty members", ", ann@example.org,, bob@example.net ,",
	  "ann@example.org|bob@example.net" },
	{ "a domain literal", "ann@[192.0.2.1]", "ann@[192.0.2.1]" },
	{ "a domain literal may hold a parenthesis", "ann@[x(y]", "ann@[x(y]" },
	{ "a domain literal with a fold", "ann@[IPv6:\r\n ::1]", "ann@[IPv6:::1]" },
	{ "a backslash in a literal keeps what is behind it", "ann@[a\\ b \\]]", "ann@[a\\ b\\]]" },
	{ "an underscore may stand in a domain here", "ann@my_host.example.org",
	  "ann@my_host.example.org" },
	{ "UTF-8 in an address", "j\xc3\xbcrg@b\xc3\xbc.example", "j\xc3\xbcrg@b\xc3\xbc.example" },
	{ "an empty group", "undisclosed-recipients:;", "" },
	{ "an empty group with space in it", "Undisclosed recipients: (none) ; ", "" },
	{ "a group", "Team: ann@example.org, Bob <bob@example.net>;",
	  "ann@example.org*|bob@example.net*" },
	{ "a group among others", "carl@example.org, Team: ann@example.org;, dora@example.org",
	  "carl@example.org|ann@example.org*|dora@example.org" },
	{ "a group with empty members", "Team:, ann@example.org,,;", "ann@example.org*" },
	{ "a quoted group name", "\"Team: a\": ann@example.org;", "ann@example.org*" },
	{ "unqualified", "ann", "ann" },
	{ "unqualified with a comment", "ann (Ann Lee), bob@example.net", "ann|bob@example.net" },
	{ "unqualified in angle brackets", "Ann Lee <ann>", "ann" },
	{ "unqualified with dots", "ann.lee", "ann.lee" },
	{ "unqualified in a group", "Team: ann, bob;", "ann*|bob*" },
	{ "no address at all", " (nobody) ", "" },
	{ "nothing", "", "" },
	{ "refused: two words without brackets", "Ann Lee", NULL },
	{ "refused: a local part of two words", "ann lee@example.org", NULL },
	{ "refused: an @ in a bare display name", "ann@example.org <ann@example.org>", NULL },
	{ "refused: two @", "ann@example.org@example.net", NULL },
	{ "refused: no domain after the @", "ann@", NULL },
	{ "refused: no local part", "@example.org", NULL },
	{ "refused: two dots", "ann..lee@example.org", NULL },
	{ "refused: a dot at the end of the local part", "ann.@example.org", NULL },
	{ "refused: a dot in front", ".ann@example.org", NULL },
	{ "refused: a dot at the end of the domain", "ann@example.org.", NULL },
	{ "refused: two dots in the domain", "ann@example..org", NULL },
	{ "refused: a quoted word in the domain", "ann@\"example\".org", NULL },
	{ "refused: no comma between", "<ann@example.org> <bob@example.net>", NULL },
	{ "refused: text behind the brackets", "<ann@example.org> Ann", NULL },
	{ "refused: empty brackets", "Ann <>", NULL },
	{ "refused: brackets without end", "Ann <ann@example.org", NULL },
	{ "refused: brackets with a list in them", "<ann@example.org, bob@example.net>", NULL },
	{ "refused: a route without end", "<@a.example,ann@example.org>", NULL },
	{ "refused: a route without domain", "<,:ann@example.org>", NULL },
	{ "refused: a quote without end", "\"Ann <ann@example.org>", NULL },
	{ "refused: a comment without end", "ann@example.org (Ann", NULL },
	{ "refused: a comment's end alone", "ann@example.org )", NULL },
	{ "refused: a group without end", "Team: ann@example.org", NULL },
	{ "refused: a group's end alone", "ann@example.org;", NULL },
	{ "refused: a group in a group", "Team: Sub: ann@example.org;;", NULL },
	{ "refused: a group without name", ": ann@example.org;", NULL },
	{ "refused: no comma behind a group", "Team:; ann@example.org", NULL },
	{ "refused: a semicolon for a comma", "ann@example.org; bob@example.net", NULL },
	{ "refused: a literal without end", "ann@[192.0.2.1", NULL },
	{ "refused: a bracket in a literal", "ann@[[192.0.2.1]", NULL },
	{ "refused: a control character", "an\x01n@example.org", NULL },
	{ "refused: a bare line feed", "ann@example.org,\nbob@example.net", NULL },
	{ "refused: a bare carriage return", "ann@example.org\r,", NULL },
	{ "refused: a backslash at the end", "\"ann\\", NULL },
};

static void
test_cases(void)
{
	size_t count;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len), *got = read_list(text, len, &count);

		if (!CHECK(got && cases[i].wanted ? strcmp(got, cases[i].wanted) == 0
		                                  : got == cases[i].wanted,
		           cases[i].sentence))
			printf("# got: %s\n", got ? got : "malformed");
		free(got);
		free(text);
	}
}

/* What each parser says about a text, it says about its own output: shortest forms are stable. */
static void
test_stable(void)
{
	bool stable = true;
	size_t count;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *first = read_list(cases[i].text, len, &count), *second;

		if (first && count == 1 && *first && !strpbrk(first, "*|")) {
			second = read_list(first, strlen(first), &count);
			stable = stable && second && strcmp(first, second) == 0;
			free(second);
		}
		free(first);
	}
	CHECK(stable, "a mailbox in its shortest form is read as itself");
}

/* Every case with every byte replaced by every special one, and cut at every length. */
static void
test_mutations(void)
{
	static const char bytes[] = "\"\\()<>[]:;@,. \t\r\n\0\xff=a";
	size_t runs = 0, count;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);

		for (size_t at = 0; at < len; at++) {
			char *cut = check_copy(cases[i].text, at);

			free(read_list(cut, at, &count));
			free(cut);
			for (size_t b = 0; b < sizeof bytes - 1; b++, runs++) {
				char *text = check_copy(cases[i].text, len);

				text[at] = bytes[b];
				free(read_list(text, len, &count));
				free(text);
			}
		}
	}
	CHECK(runs > 10000, "no broken list leads out of its bytes");
}

static void
test_hostile(void)
{
	static const char *const hostile[] = { "(",     "\"",   "<",    ",",      "a:",  "a@",
		                               "()",    "a.",   "@a,",  "\"a\".", "a:;", "a:;,",
		                               "\r\n ", "\\(x", "<@a,", "a ",     "[" };
	enum { SIZE = 512 << 10 };
	char *text = malloc(SIZE);
	clock_t start = clock();
	size_t count;

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		size_t len = strlen(hostile[i]);

		for (size_t at = 0; at < SIZE; at++)
			text[at] = hostile[i][at % len];
		free(read_list(text, SIZE, &count));
	}
	free(text);
	CHECK((clock() - start) / CLOCKS_PER_SEC < 5,
	      "half a mebibyte of any kind is read at once");
}

static void
test_details(void)
{
	static const char list[] = "Ann <ann (x)>, bob@example.net";
	struct mailbox_list walk = { .lex = { .text = list, .len = sizeof list - 1 } };
	char deep[2 * LEX_COMMENT_DEPTH_MAX + 4];
	struct mailbox mailbox;
	size_t count;
	char *got;

	CHECK(mailbox_next(&walk, &mailbox) == MAILBOX_FOUND && !mailbox.domain.len
	          && mailbox.domain_at == 8,
	      "where a domain is missing is known");
	CHECK(mailbox_next(&walk, &mailbox) == MAILBOX_FOUND && mailbox.domain_at == 19
	          && mailbox.domain.text == list + 19 && mailbox.domain.len == 11,
	      "a domain is a view of the list");
	got = read_list("A: b, c;, d, E:;", 16, &count);
	CHECK(got && count == 3, "a group counts as one address");
	free(got);
	got = read_list(" , (x)", 6, &count);
	CHECK(got && count == 0, "a list without address is known as such");
	free(got);
	memset(deep, '(', LEX_COMMENT_DEPTH_MAX + 1);
	memset(deep + LEX_COMMENT_DEPTH_MAX + 1, ')', LEX_COMMENT_DEPTH_MAX + 1);
	got = read_list(deep + 1, 2 * LEX_COMMENT_DEPTH_MAX, &count);
	CHECK(got, "comments may nest a hundred deep");
	free(got);
	got = read_list(deep, 2 * LEX_COMMENT_DEPTH_MAX + 2, &count);
	CHECK(!got, "comments may not nest deeper");
	free(got);
	got = read_list("a\0b@example.org", 15, &count);
	CHECK(!got, "a NUL is refused");
	free(got);
	got = read_list("\"a\0b\"@example.org", 17, &count);
	CHECK(!got, "a NUL is refused in quotes too");
	free(got);
}

int
main(void)
{
	test_cases();
	test_stable();
	test_mutations();
	test_hostile();
	test_details();
	return check_end();
}
