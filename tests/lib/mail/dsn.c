#include "mail/dsn.h"

#include "base/die.h"
#include "check.h"

char const *PROG = "dsn";

static const struct {
	const char *sentence;
	enum dsn_kind kind;
	const char *notify;
	bool wanted;
} wishes[] = {
	{ "DSN-11: a failure is told unless asked otherwise", DSN_FAILED, NULL, true },
	{ "so is a delay", DSN_DELAYED, NULL, true },
	{ "DSN-10: a success is not", DSN_DELIVERED, NULL, false },
	{ "DSN-12: NEVER is never", DSN_FAILED, "NEVER", false },
	{ "DSN-13: FAILURE is no DELAY", DSN_DELAYED, "FAILURE", false },
	{ "keywords come in any letters and order", DSN_FAILED, "success,Failure", true },
	{ "SUCCESS is for relayed, too", DSN_RELAYED, "SUCCESS", true },
	{ "half a keyword is none", DSN_FAILED, "FAIL", false },
	{ "a longer one is none", DSN_FAILED, "FAILURES", false },
	{ "nothing is nothing", DSN_FAILED, "", false },
	{ "a lone comma is nothing", DSN_FAILED, ",", false },
};

static const struct {
	const char *sentence, *notify, *left;
} without_success[] = {
	{ "SUCCESS is taken out at the start", "SUCCESS,FAILURE", "FAILURE" },
	{ "in the middle", "FAILURE,success,DELAY", "FAILURE,DELAY" },
	{ "what is left of SUCCESS alone is NEVER", "SUCCESS", "NEVER" },
	{ "NEVER stays", "NEVER", "NEVER" },
};

static const struct {
	const char *sentence;
	enum dsn_kind kind;
	const char *why, *status;
} states[] = {
	{ "BNC-07: a code that fits is kept", DSN_FAILED, "D0 550 5.1.1 - - x", "5.1.1" },
	{ "a message may fail after 4yz", DSN_FAILED, "Z0 450 4.4.1 - - x", "4.4.1" },
	{ "a delay is never 5yz", DSN_DELAYED, "D0 550 5.1.1 - - x", "4.0.0" },
	{ "three digits a part", DSN_FAILED, "D0 550 5.999.999 - - x", "5.999.999" },
	{ "no leading zero", DSN_FAILED, "D0 550 5.1.01 - - x", "5.0.0" },
	{ "a zero alone", DSN_FAILED, "D0 550 5.0.0 - - x", "5.0.0" },
	{ "two parts", DSN_FAILED, "D0 550 5.1 - - x", "5.0.0" },
	{ "four parts", DSN_FAILED, "D0 550 5.1.1.1 - - x", "5.0.0" },
	{ "no outcome at all", DSN_DELIVERED, NULL, "2.0.0" },
	{ "a broken outcome", DSN_FAILED, "D0", "5.0.0" },
};

static bool
has_status(enum dsn_kind kind, const char *why, const char *status)
{
	char *copy = why ? check_copy(why, strlen(why) + 1) : NULL;
	struct dsn_outcome outcome;
	bool same;

	dsn_outcome(kind, copy, &outcome);
	same = strcmp(outcome.status, status) == 0;
	free(copy);
	return same;
}

static size_t
longest_line(const stralloc *text)
{
	size_t longest = 0, start = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->s[i] == '\n') {
			if (i - start > longest)
				longest = i - start;
			start = i + 1;
		}
	return longest;
}

/* The status block of one recipient whose server said this. */
static void
write_status(stralloc *out, const char *text, const char *orcpt)
{
	struct dsn dsn = { .kind = DSN_FAILED, .server = "a.test", .arrived_s = -1, .now_s = 0 };
	struct dsn_outcome outcome = { .said = { .fate = FATE_NEVER,
		                                 .code = 550,
		                                 .enhanced = "5.1.1",
		                                 .host = "mx.a.test[192.0.2.1]",
		                                 .tls = "-",
		                                 .text = text },
		                       .status = "5.1.1" };
	struct recipient recipient = { .address = "ann@a.test", .orcpt = orcpt };

	out->len = 0;
	if (!dsn_status(out, &dsn, &recipient, &outcome) || !stralloc_0(out))
		abort();
}

int
main(void)
{
	char random[DSN_BOUNDARY_LEN], long_word[3000], orcpt[3000];
	stralloc out = STRALLOC_ZERO;
	struct dsn dsn = { 0 };
	enum dsn_kind kind;

	CHECK(dsn_kind_parse("relayed", &kind) && kind == DSN_RELAYED, "a kind by its name");
	CHECK(!dsn_kind_parse("Failed", &kind) && !dsn_kind_parse("", &kind), "and no other");
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
		CHECK(dsn_wanted(wishes[i].kind, wishes[i].notify) == wishes[i].wanted,
		      wishes[i].sentence);
	for (size_t i = 0; i < sizeof without_success / sizeof *without_success; i++) {
		out.len = 0;
		CHECK(dsn_notify_without_success(&out, without_success[i].notify)
		          && stralloc_0(&out) && strcmp(out.s, without_success[i].left) == 0,
		      without_success[i].sentence);
	}
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		CHECK(has_status(states[i].kind, states[i].why, states[i].status),
		      states[i].sentence);

	memset(random, 0xff, sizeof random);
	CHECK(dsn_boundary(&dsn, random, NULL, 0) && strlen(dsn.boundary) == DSN_BOUNDARY_LEN,
	      "a boundary out of chance");
	CHECK(!dsn_boundary(&dsn, random, "x=_vvvvvvvvvvvvvvvvvvvvvvvvvvvv", 1 + DSN_BOUNDARY_LEN),
	      "BNC-16: a boundary that occurs in the original is none");
	CHECK(dsn_boundary(&dsn, random, "=_vvvvvvvvvvvvvvvvvvvvvvvvvvvv", DSN_BOUNDARY_LEN - 1),
	      "BNC-16: one that is cut off does not occur");

	write_status(&out, "no such user", NULL);
	CHECK(strstr(out.s, "\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n") != NULL,
	      "BNC-08: code, enhanced code and text");
	write_status(&out, "550 5.1.1 no such user", NULL);
	CHECK(strstr(out.s, "smtp; 550 5.1.1 no such user\r\n") != NULL,
	      "what the text has already is not said again");
	write_status(&out, "100 messages a day", NULL);
	CHECK(strstr(out.s, "smtp; 550 5.1.1 100 messages a day\r\n") != NULL,
	      "another number is no code");
	write_status(&out, "a\r\nX: b\t\x7f\xe4 --=_x", NULL);
	CHECK(strstr(out.s, "a??X: b??? --=_x\r\n") != NULL, "BNC-20: controls and 8-bit");
	write_status(&out, "", "rfc822;+0D+0AX:+20+00");
	CHECK(strncmp(out.s, "\r\nOriginal-Recipient: rfc822; ??X: ?\r\n", 38) == 0,
	      "BNC-20: in an ORCPT, too");
	memset(long_word, 'w', sizeof long_word);
	long_word[sizeof long_word - 1] = 0;
	memcpy(orcpt, long_word, sizeof orcpt);
	memcpy(orcpt, "rfc822;", 7);
	write_status(&out, long_word, orcpt);
	CHECK(longest_line(&out) <= 998, "RFC 5322 2.1.1: the longest word fits in a line");
	for (size_t i = 7; i < sizeof long_word - 1; i += 8)
		long_word[i] = ' ';
	write_status(&out, long_word, NULL);
	CHECK(longest_line(&out) <= 78, "a long text is folded");
	CHECK(strstr(out.s, "\r\n www") != NULL, "... and goes on behind a space");
	stralloc_free(&out);
	return check_end();
}
