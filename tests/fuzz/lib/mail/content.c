/* What a message holds: as a look at each byte tells, however it is cut. */
#include "mail/content.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct content whole = { 0 }, cut = { 0 };
	bool has_8bit = false;

	for (size_t i = 0; i < len; i++)
		has_8bit = has_8bit || bytes[i] & 0x80;
	content_scan(&whole, bytes, len);
	content_end(&whole);
	for (size_t at = 0, step = fuzz_step(len); at < len; at += step)
		content_scan(&cut, bytes + at, len - at < step ? len - at : step);
	content_end(&cut);
	assert(whole.bytes == len && cut.bytes == len);
	assert(whole.has_8bit == has_8bit && cut.has_8bit == has_8bit);
	assert(whole.header_has_8bit == cut.header_has_8bit && (has_8bit || !cut.header_has_8bit));
	assert(whole.has_bare_cr_or_lf == cut.has_bare_cr_or_lf);
	assert(whole.lacks_last_crlf == cut.lacks_last_crlf);
	if (!memchr(bytes, 0, len))
		assert(whole.has_bare_cr_or_lf == !fuzz_clean(bytes, len));
}
