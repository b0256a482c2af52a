#include "store/tls_policies.h"

#include <string.h>

static enum tls_policies
find(const struct table *table, const char *key, int64_t now_s, struct tls_policy *out,
     bool *is_over)
{
	struct value value;

	if (!table_find(table, key, strlen(key), &value))
		return TLS_POLICIES_NOTHING;
	if (!tls_policy_parse(out, value.text, value.len))
		return TLS_POLICIES_BROKEN;
	if (now_s <= out->until_s)
		return TLS_POLICIES_FOUND;
	*is_over = true;
	return TLS_POLICIES_NOTHING;
}

enum tls_policies
tls_policies_find(const struct table *table, const char *domain, bool with_all, int64_t now_s,
                  struct tls_policy *out, bool *is_over)
{
	enum tls_policies answer;

	*is_over = false;
	answer = find(table, domain, now_s, out, is_over);
	for (const char *dot = strchr(domain, '.'); dot && answer == TLS_POLICIES_NOTHING;
	     dot = strchr(dot + 1, '.'))
		answer = find(table, dot, now_s, out, is_over);
	if (answer == TLS_POLICIES_NOTHING && with_all)
		answer = find(table, "*", now_s, out, is_over);
	return answer;
}
