/* Authentication-Results: those that claim our name are found, however they are written. */
#include "mail/authserv.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static const char ours[] = " (x) MAIL.example.test ; ";
	stralloc body = STRALLOC_ZERO;

	authserv_claims(bytes, len, "mail.example.test");
	assert(stralloc_cats(&body, ours) && stralloc_catb(&body, bytes, len));
	assert(authserv_claims(body.s, body.len, "mail.example.test"));
	stralloc_free(&body);
}
