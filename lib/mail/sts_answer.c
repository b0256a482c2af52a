#include "mail/sts_answer.h"

#include "mail/tls_policy.h"

#include <skalibs/types.h>

#include <string.h>

static const char *const results[] = { "sts-policy-fetch-error", "sts-policy-invalid",
	                               "sts-webpki-invalid" };

/* Cuts the next word off; "" where there is none. */
static char *
word(char **rest)
{
	char *start = *rest, *end = start + strcspn(start, " ");

	*rest = end + (*end == ' ');
	*end = 0;
	return start;
}

static bool
id_take(struct sts_answer *out, const char *id)
{
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	if (!len || id[len] || len > STS_ID_MAX)
		return false;
	strcpy(out->id, id);
	return true;
}

static bool
line_take(struct sts_answer *out, const char *line)
{
	struct tls_policy policy;

	out->line = line;
	return strcmp(line, "-") == 0
	       || (tls_policy_parse(&policy, line, strlen(line)) && policy.is_sts);
}

static bool
result_take(struct sts_answer *out, const char *result)
{
	out->result = result;
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (strcmp(result, results[i]) == 0)
			return true;
	return false;
}

bool
sts_answer_parse(struct sts_answer *out, char *line)
{
	const char *kind;

	*out = (struct sts_answer){ .kind = STS_ANSWER_NO };
	for (const char *c = line; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	kind = word(&line);
	if (strcmp(kind, "none") == 0)
		out->kind = STS_ANSWER_NO;
	else if (strcmp(kind, "tempfail") == 0)
		out->kind = STS_ANSWER_TEMPFAIL;
	else {
		if (!id_take(out, word(&line)))
			return false;
		if (strcmp(kind, "same") == 0)
			out->kind = STS_ANSWER_SAME;
		else if (strcmp(kind, "policy") == 0) {
			out->kind = STS_ANSWER_POLICY;
			return uint320_scan(word(&line), &out->max_age_s)
			       && out->max_age_s <= STS_AGE_MAX_S && line_take(out, line);
		} else if (strcmp(kind, "failed") == 0) {
			out->kind = STS_ANSWER_FAILED;
			if (!result_take(out, word(&line)))
				return false;
		} else
			return false;
	}
	out->text = line;
	return true;
}
