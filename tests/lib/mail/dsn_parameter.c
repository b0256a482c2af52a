#include "mail/dsn_parameter.h"

#include "check.h"

static const struct {
	const char *sentence;
	bool (*valid)(const char *);
	const char *value;
	bool holds;
} cases[] = {
	{ "RET is FULL", dsn_ret_valid, "FULL", true },
	{ "or hdrs", dsn_ret_valid, "hdrs", true },
	{ "and nothing else", dsn_ret_valid, "FULLY", false },
	{ "ENVID is xtext", dsn_envid_valid, "QQ+2B314159", true },
	{ "an empty ENVID is none", dsn_envid_valid, "", false },
	{ "a space is no xtext", dsn_envid_valid, "a b", false },
	{ "a line feed is no xtext", dsn_envid_valid, "a\nb", false },
	{ "NOTIFY may be NEVER", dsn_notify_valid, "never", true },
	{ "or one word", dsn_notify_valid, "DELAY", true },
	{ "or several", dsn_notify_valid, "SUCCESS,failure,DELAY", true },
	{ "NEVER stands alone", dsn_notify_valid, "NEVER,DELAY", false },
	{ "an empty word is none", dsn_notify_valid, "SUCCESS,,DELAY", false },
	{ "nor at the end", dsn_notify_valid, "SUCCESS,", false },
	{ "no word is no NOTIFY", dsn_notify_valid, "", false },
	{ "ORCPT has type and address", dsn_orcpt_valid, "rfc822;ann@example.org", true },
	{ "no type", dsn_orcpt_valid, ";ann@example.org", false },
	{ "no address", dsn_orcpt_valid, "rfc822;", false },
	{ "no semicolon", dsn_orcpt_valid, "rfc822", false },
	{ "a word twice", dsn_notify_valid, "DELAY,DELAY", false },
	{ "UTF8-14: a utf-8 address, escaped", dsn_orcpt_valid, "utf-8;j\\x{F6}rg@example.org",
	  true },
	{ "as it is", dsn_orcpt_valid, "utf-8;j\xc3\xb6rg@example.org", true },
	{ "what is no UTF-8", dsn_orcpt_valid, "utf-8;j\xc3rg@example.org", false },
	{ "an escape that does not end", dsn_orcpt_valid, "utf-8;j\\x{F6", false },
	{ "a backslash alone", dsn_orcpt_valid, "utf-8;j\\rg", false },
	{ "a plus, which is for xtext", dsn_orcpt_valid, "utf-8;j+2Brg", false },
	{ "8-bit bytes of another type", dsn_orcpt_valid, "rfc822;j\xc3\xb6rg", false },
	{ "a broken escape", dsn_orcpt_valid, "rfc822;a+4", false },
};

int
main(void)
{
	char longest[DSN_ORCPT_MAX + 2];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = check_copy(cases[i].value, strlen(cases[i].value) + 1);

		CHECK(cases[i].valid(copy) == cases[i].holds, cases[i].sentence);
		free(copy);
	}
	memset(longest, 'a', sizeof longest);
	longest[DSN_ENVID_MAX] = 0;
	CHECK(dsn_envid_valid(longest), "an ENVID of 100 bytes is one");
	longest[DSN_ENVID_MAX] = 'a';
	longest[DSN_ENVID_MAX + 1] = 0;
	CHECK(!dsn_envid_valid(longest), "a longer one is none");
	return check_end();
}
