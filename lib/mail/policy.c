#include "mail/policy.h"

#include <string.h>

bool
policy_add(struct policy_question *question, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);

	return equals && equals != line && len < POLICY_MAX_BYTES - question->attributes.len
	       && stralloc_catb(&question->attributes, line, len)
	       && stralloc_0(&question->attributes);
}

bool
policy_valid(const struct policy_question *question)
{
	return strcmp(policy_get(question, "request"), "smtpd_access_policy") == 0;
}

const char *
policy_get(const struct policy_question *question, const char *name)
{
	const stralloc *list = &question->attributes;
	size_t name_len = strlen(name);

	for (size_t at = 0; at < list->len; at += strlen(list->s + at) + 1)
		if (strncmp(list->s + at, name, name_len) == 0 && list->s[at + name_len] == '=')
			return list->s + at + name_len + 1;
	return "";
}

void
policy_clear(struct policy_question *question)
{
	question->attributes.len = 0;
}

bool
policy_answer(stralloc *out, const char *action)
{
	size_t start;

	if (!stralloc_cats(out, "action="))
		return false;
	start = out->len;
	if (!stralloc_cats(out, action))
		return false;
	for (size_t i = start; i < out->len; i++)
		if (out->s[i] < ' ' || out->s[i] > '~')
			out->s[i] = '?';
	return stralloc_cats(out, "\n\n");
}
