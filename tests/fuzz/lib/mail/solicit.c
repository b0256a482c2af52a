/* solicit: what is valid may stand in a parameter, and each class of it is found in itself. */
#include "mail/solicit.h"

#include "mail/command.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char list[SOLICIT_MAX + 1];
	size_t first_len = 0;

	if (!solicit_valid(bytes, len))
		return;
	memcpy(list, bytes, len);
	list[len] = 0;
	assert(strlen(list) == len && !strpbrk(list, " =\r\n"));
	assert(solicit_first(list, list, &first_len) == list && first_len == strcspn(list, ","));
	assert(!solicit_first(list, "", &first_len));
}
