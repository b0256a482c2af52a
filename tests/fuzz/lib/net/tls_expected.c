/* What to expect of a server: names that are names, and records that read again. */
#include "net/tls_expected.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	static struct tls_expected expected;
	static struct tlsa record;
	static char text[TLSA_TEXT_MAX];

	if (!tls_expected_read(&expected, bytes, len))
		return;
	assert(expected.name_count + expected.record_count > 0);
	for (size_t i = 0; i < expected.name_count; i++)
		assert(*expected.names[i]
		       && fuzz_printable(expected.names[i], strlen(expected.names[i])));
	for (size_t i = 0; i < expected.record_count; i++) {
		tlsa_write(text, &expected.records[i]);
		assert(tlsa_read(&record, text));
	}
}
