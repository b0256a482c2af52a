#include "net/tls_expected.h"

#include "base/record.h"
#include "mail/address.h"

#include <string.h>

bool
tls_expected_read(struct tls_expected *out, const char *list, size_t len)
{
	size_t at = 0;
	const char *record;

	out->name_count = out->record_count = 0;
	if (record_list_len(list, len) != len || !len)
		return false;
	while ((record = record_next(list, len, &at)) != NULL)
		if (strncmp(record, "name=", strlen("name=")) == 0) {
			record += strlen("name=");
			if (out->name_count == TLS_EXPECTED_NAMES_MAX
			    || !domain_valid(record, strlen(record), false))
				return false;
			out->names[out->name_count++] = record;
		} else if (out->record_count == TLS_EXPECTED_RECORDS_MAX
		           || strncmp(record, "tlsa=", strlen("tlsa=")) != 0
		           || !tlsa_read(&out->records[out->record_count++],
		                         record + strlen("tlsa="))) {
			return false;
		}
	return out->name_count || out->record_count;
}
