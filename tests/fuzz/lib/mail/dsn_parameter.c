/* RET, ENVID, NOTIFY, ORCPT: what passes can stand on a command line as it is. */
#include "mail/dsn_parameter.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char *value = fuzz_string(bytes, len);
	size_t value_len = strlen(value);

	if (dsn_ret_valid(value))
		assert(value_len == 4);
	if (dsn_envid_valid(value))
		assert(value_len <= DSN_ENVID_MAX && fuzz_printable(value, value_len));
	if (dsn_notify_valid(value))
		assert(value_len <= strlen("SUCCESS,FAILURE,DELAY"));
	if (dsn_orcpt_valid(value))
		assert(value_len <= DSN_ORCPT_MAX && strchr(value, ';'));
	if (dsn_ret_valid(value) || dsn_envid_valid(value) || dsn_notify_valid(value)
	    || dsn_orcpt_valid(value))
		assert(!strpbrk(value, " \r\n\t"));
	free(value);
}
