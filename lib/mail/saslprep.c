#include "mail/saslprep.h"

#include <stringprep.h>

#include <string.h>

/* Plain ASCII is its own form, and all that most logins are made of. */
static bool
is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

bool
saslprep(char *out, size_t size, const char *text, bool store)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text, len + 1);
	return (is_plain(out)
	        || stringprep(out, size, store ? STRINGPREP_NO_UNASSIGNED : 0, stringprep_saslprep)
	               == STRINGPREP_OK)
	       && *out;
}
