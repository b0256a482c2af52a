#include "mail/dsn_parameter.h"

#include "mail/command.h"
#include "mail/utf8.h"

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
	enum { WORDS = 3 };
	static const char *const words[WORDS] = { "SUCCESS", "FAILURE", "DELAY" };
	unsigned int seen = 0;

	if (strcasecmp(value, "NEVER") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(value, ","), i = 0;

		while (i < WORDS
		       && (len != strlen(words[i]) || strncasecmp(value, words[i], len) != 0))
			i++;
		if (i == WORDS || seen & 1U << i)
			return false;
		seen |= 1U << i;
		if (!value[len])
			return true;
		value += len + 1;
	}
}

/* "\x{HEX}" at the start of text; its length, 0: it is none. RFC 6533 3 */
static size_t
embedded_len(const char *text)
{
	size_t digits;

	if (strncmp(text, "\\x{", 3) != 0)
		return 0;
	digits = strspn(text + 3, "0123456789ABCDEFabcdef");
	return digits && digits <= 6 && text[3 + digits] == '}' ? digits + 4 : 0;
}

/* An address of type utf-8. Characters beyond ASCII may stand in it as they are or as "\x{HEX}". */
static bool
unitext_valid(const char *text)
{
	size_t len;

	for (; *text; text += len) {
		len = 1;
		if (*text & 0x80)
			len = utf8_len(text, strlen(text));
		else if (*text == '\\')
			len = embedded_len(text);
		else if (*text <= ' ' || *text > '~' || *text == '+' || *text == '=')
			return false;
		if (!len)
			return false;
	}
	return true;
}

/* An address type is an atom (RFC 3461 4.2); those registered are of letters, digits and "-". */
bool
dsn_orcpt_valid(const char *value)
{
	size_t type =
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	size_t len = strlen(value);

	if (!type || value[type] != ';' || !value[type + 1] || len > DSN_ORCPT_MAX)
		return false;
	return strncasecmp(value, "utf-8;", 6) == 0 ? unitext_valid(value + 6)
	                                            : xtext_valid(value + type + 1, len - type - 1);
}
