/* Content-Type: names in lower case, boundaries that a line can hold. */
#include "mail/content_type.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct content_type type;

	memset(&type, 'x', sizeof type);
	content_type_parse(&type, bytes, len);
	assert(memchr(type.name, 0, sizeof type.name)
	       && memchr(type.boundary, 0, sizeof type.boundary));
	for (const char *c = type.name; *c; c++)
		assert(*c > ' ' && *c <= '~' && !(*c >= 'A' && *c <= 'Z'));
	assert(!strpbrk(type.boundary, "\r\n"));
	assert(!*type.name || content_type_is(&type, type.name));
}
