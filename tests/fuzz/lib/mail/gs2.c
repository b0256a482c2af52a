/* GS2 headers, and names in them. */
#include "mail/gs2.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char name[40];
	struct gs2 gs2;

	if (gs2_parse(&gs2, bytes, len)) {
		assert(gs2.len <= len && bytes[gs2.len - 1] == ',');
		assert(
		    !gs2.identity
		    || (gs2.identity > bytes && gs2.identity + gs2.identity_len < bytes + gs2.len));
	}
	if (gs2_name(name, sizeof name, bytes, len))
		assert(*name && strlen(name) < sizeof name && strlen(name) <= len);
}
