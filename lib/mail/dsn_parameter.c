#include "mail/dsn_parameter.h"

#include "mail/command.h"

#include <string.h>
#include <strings.h>

bool
dsn_ret_valid(const char *value)
{
	return strcasecmp(value, "FULL") == 0 || strcasecmp(value, "HDRS") == 0;
}

bool
dsn_envid_valid(const char *value)
{
	size_t len = strlen(value);

	return len && len <= DSN_ENVID_MAX && xtext_valid(value, len);
}

bool
dsn_notify_valid(const char *value)
{
	static const char *const words[] = { "SUCCESS", "FAILURE", "DELAY" };

	if (strcasecmp(value, "NEVER") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(value, ",");
		bool known = false;

		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (len == strlen(words[i]) && strncasecmp(value, words[i], len) == 0)
				known = true;
		if (!known)
			return false;
		if (!value[len])
			return true;
		value += len + 1;
	}
}

/* An address type is an atom (RFC 3461 4.2); those registered are of letters, digits and "-". */
bool
dsn_orcpt_valid(const char *value)
{
	size_t type =
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	size_t len = strlen(value);

	return type && value[type] == ';' && value[type + 1] && len <= DSN_ORCPT_MAX
	       && xtext_valid(value + type + 1, len - type - 1);
}
