#include "mail/policy.h"

#include "check.h"

static struct policy_question question;

static bool
add(const char *line)
{
	size_t len = strlen(line);
	char *copy = check_copy(line, len);
	bool taken = policy_add(&question, copy, len);

	free(copy);
	return taken;
}

static bool
has(const char *name, const char *value)
{
	return strcmp(policy_get(&question, name), value) == 0;
}

static bool
answers(const char *action, const char *wanted)
{
	stralloc out = STRALLOC_ZERO;
	bool same = policy_answer(&out, action) && out.len == strlen(wanted)
	            && memcmp(out.s, wanted, out.len) == 0;

	stralloc_free(&out);
	return same;
}

int
main(void)
{
	char big[POLICY_MAX_BYTES + 1];

	CHECK(!policy_valid(&question), "nothing is no question");
	CHECK(add("protocol_state=RCPT") && !policy_valid(&question),
	      "a question says what it asks");
	CHECK(add("request=smtpd_access_policy") && policy_valid(&question),
	      "that is the access policy");
	CHECK(add("sender=") && has("sender", ""), "a value may be empty");
	CHECK(add("recipient=a=b@example.org") && has("recipient", "a=b@example.org"),
	      "a value may hold an equals sign");
	CHECK(has("recip", ""), "part of a name is not the name");
	CHECK(has("client_address", ""), "what is not there is empty");
	CHECK(add("recipient=other@example.org") && has("recipient", "a=b@example.org"),
	      "the first of two of a name counts");
	CHECK(!add("no equals sign"), "a line without equals sign is no attribute");
	CHECK(!add("=value"), "a line without a name is no attribute");
	memset(big, 'a', sizeof big);
	memcpy(big, "x=", 2);
	big[sizeof big - 1] = 0;
	CHECK(!add(big), "too many bytes are refused");
	policy_clear(&question);
	CHECK(has("recipient", "") && !policy_valid(&question), "a cleared question is empty");
	CHECK(add("request=junk") && !policy_valid(&question), "other requests are not ours");
	CHECK(answers("DUNNO", "action=DUNNO\n\n"), "an answer ends with an empty line");
	CHECK(answers("550 5.1.1 a\n\nb\x80", "action=550 5.1.1 a??b?\n\n"),
	      "no byte of an action ends it early");
	stralloc_free(&question.attributes);
	return check_end();
}
