/* TLSA records. DANE-03 DANE-06 */
#include "mail/tlsa.h"

#include "check.h"

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA512 SHA256 SHA256

static const struct {
	const char *sentence, *text;
	bool reads, usable;
} texts[] = {
	{ "the host's own key by its hash", "3 1 1 " SHA256, true, true },
	{ "by a longer hash", "3 1 2 " SHA512, true, true },
	{ "as it is", "3 1 0 00", true, true },
	{ "the host's own certificate", "3 0 1 " SHA256, true, true },
	{ "an authority", "2 0 1 " SHA256, true, true },
	{ "an authority's key", "2 1 1 " SHA256, true, true },
	{ "usage 0 is not for mail", "0 0 1 " SHA256, true, false },
	{ "usage 1 is not for mail", "1 1 1 " SHA256, true, false },
	{ "a private usage", "255 1 1 " SHA256, true, false },
	{ "a selector that nobody knows", "3 2 1 " SHA256, true, false },
	{ "a hash that nobody knows", "3 1 3 " SHA256, true, false },
	{ "a hash that is too short", "3 1 1 00", true, false },
	{ "a hash of another length", "3 1 1 " SHA512, true, false },
	{ "and the other way round", "3 1 2 " SHA256, true, false },
	{ "a number beyond a byte", "256 1 1 " SHA256, false, false },
	{ "no data", "3 1 1 ", false, false },
	{ "half a byte", "3 1 1 0", false, false },
	{ "no hexadecimal", "3 1 1 xx", false, false },
	{ "something behind it", "3 1 1 00 00", false, false },
	{ "two numbers", "3 1 00", false, false },
	{ "no number", "3 - 1 00", false, false },
	{ "nothing", "", false, false },
};

static const struct {
	const char *sentence, *record, *other;
	bool outdone;
} pairs[] = {
	{ "a better hash outdoes", "3 1 1 " SHA256, "3 1 2 " SHA512, true },
	{ "a better one is not outdone", "3 1 2 " SHA512, "3 1 1 " SHA256, false },
	{ "not of another usage", "3 1 1 " SHA256, "2 1 2 " SHA512, false },
	{ "nor of another selector", "3 1 1 " SHA256, "3 0 2 " SHA512, false },
	{ "nor one that cannot be used", "3 1 1 " SHA256, "3 1 2 " SHA256, false },
	{ "the bytes themselves are no hash", "3 1 0 00", "3 1 2 " SHA512, false },
};

int
main(void)
{
	static struct tlsa record, other;
	static char text[TLSA_TEXT_MAX], many[2 * TLSA_DATA_MAX + 9];
	static unsigned char bytes[TLSA_DATA_MAX + 4] = { 3, 1, 1 };
	char *copy;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t len = strlen(texts[i].text);

		copy = check_copy(texts[i].text, len + 1);
		CHECK(tlsa_read(&record, copy) == texts[i].reads, texts[i].sentence);
		free(copy);
		if (!texts[i].reads)
			continue;
		CHECK(tlsa_is_usable(&record) == texts[i].usable, "is usable, or is not");
		tlsa_write(text, &record);
		CHECK(strcmp(text, texts[i].text) == 0, "and is written as it was read");
	}
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		CHECK(tlsa_read(&record, pairs[i].record) && tlsa_read(&other, pairs[i].other)
		          && tlsa_is_outdone(&record, &other, 1) == pairs[i].outdone,
		      pairs[i].sentence);
	CHECK(!tlsa_from_dns(&record, bytes, 0) && !tlsa_from_dns(&record, bytes, 3),
	      "a record of the DNS without data is none");
	CHECK(tlsa_from_dns(&record, bytes, 4) && record.usage == 3 && record.selector == 1
	          && record.matching == 1 && record.len == 1,
	      "one with a byte is one");
	copy = check_copy((char *)bytes, sizeof bytes);
	CHECK(!tlsa_from_dns(&record, (unsigned char *)copy, sizeof bytes), "one is too long");
	CHECK(tlsa_from_dns(&record, (unsigned char *)copy, sizeof bytes - 1),
	      "one is just as long");
	free(copy);
	tlsa_write(text, &record);
	CHECK(tlsa_read(&other, text) && other.len == TLSA_DATA_MAX, "and is written");
	memset(many, '0', sizeof many - 1);
	memcpy(many, "3 1 0 ", 6);
	CHECK(!tlsa_read(&record, many), "a text that is too long");
	return check_end();
}
