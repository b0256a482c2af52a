/* TLSA records: what is read from the DNS is the same after it was a text. */
#include "mail/tlsa.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static struct tlsa record, again;
	static char text[TLSA_TEXT_MAX];
	char *line = fuzz_string(bytes, len);

	if (tlsa_from_dns(&record, (unsigned char *)bytes, len)) {
		tlsa_write(text, &record);
		assert(strlen(text) < sizeof text && fuzz_printable(text, strlen(text)));
		assert(tlsa_read(&again, text) && again.len == record.len
		       && memcmp(again.data, record.data, record.len) == 0
		       && tlsa_is_usable(&again) == tlsa_is_usable(&record)
		       && !tlsa_is_outdone(&again, &record, 1));
	}
	if (tlsa_read(&record, line)) {
		tlsa_write(text, &record);
		assert(tlsa_read(&again, text) && again.len == record.len);
	}
	free(line);
}
