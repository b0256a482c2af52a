#include "mail/base64.h"

#include "check.h"

#include <errno.h>

/* The vectors of RFC 4648 10, and all bytes. */
static const struct {
	const char *sentence;
	const char *bytes;
	size_t len;
	const char *text;
} pairs[] = {
	{ "nothing is the empty text", "", 0, "" },
	{ "one byte takes two characters and two pads", "f", 1, "Zg==" },
	{ "two bytes take three characters and one pad", "fo", 2, "Zm8=" },
	{ "three bytes need no pad", "foo", 3, "Zm9v" },
	{ "four bytes begin a second group", "foob", 4, "Zm9vYg==" },
	{ "six bytes make two groups", "foobar", 6, "Zm9vYmFy" },
	{ "NUL is a byte as others", "\0a\0", 3, "AGEA" },
	{ "+ and / are used", "\xfb\xff\xbf", 3, "+/+/" },
};

static const struct {
	const char *sentence;
	const char *text;
	size_t len;
} broken[] = {
	{ "AUTH-10: other characters are refused", "!!!!", 4 },
	{ "AUTH-10: a pad at the start is refused", "=AAA", 4 },
	{ "AUTH-10: a pad in the middle is refused", "AAA=BBB", 7 },
	{ "a pad at the end of a group that is not the last is refused", "AAA=BBBB", 8 },
	{ "a lone pad is refused", "=", 1 },
	{ "three pads are refused", "A===", 4 },
	{ "four pads are refused", "====", 4 },
	{ "a pad before a character is refused", "AA=A", 4 },
	{ "a missing pad is refused", "Zg=", 3 },
	{ "missing pads are refused", "Zg", 2 },
	{ "a group of one character is refused", "Z", 1 },
	{ "a pad too many is refused", "Zm9v=", 5 },
	{ "a space is not skipped", "Zm9v Zm9", 8 },
	{ "a line end is not skipped", "Zm9vZm9\n", 8 },
	{ "the alphabet of URLs is not ours", "-_-_", 4 },
	{ "NUL is refused", "Zm9\0", 4 },
	{ "an 8-bit character is refused", "Zm9\xc3", 4 },
	{ "left-over bits of one byte must be zero", "Zh==", 4 },
	{ "left-over bits of two bytes must be zero", "Zm9=", 4 },
};

int
main(void)
{
	stralloc out = STRALLOC_ZERO, text = STRALLOC_ZERO;
	char all[256];

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *bytes = check_copy(pairs[i].bytes, pairs[i].len);
		size_t len = strlen(pairs[i].text);
		char *copy = check_copy(pairs[i].text, len);

		out.len = text.len = 0;
		CHECK(base64_encode(&text, bytes, pairs[i].len) && text.len == len
		          && memcmp(text.s, pairs[i].text, len) == 0
		          && base64_decode(&out, copy, len) && out.len == pairs[i].len
		          && memcmp(out.s, pairs[i].bytes, out.len) == 0,
		      pairs[i].sentence);
		free(bytes);
		free(copy);
	}
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char *copy = check_copy(broken[i].text, broken[i].len);

		out.len = 0;
		errno = 0;
		CHECK(stralloc_cats(&out, "kept") && !base64_decode(&out, copy, broken[i].len)
		          && errno == EINVAL && out.len == 4,
		      broken[i].sentence);
		free(copy);
	}
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	out.len = text.len = 0;
	CHECK(base64_encode(&text, all, sizeof all) && base64_decode(&out, text.s, text.len)
	          && out.len == sizeof all && memcmp(out.s, all, sizeof all) == 0,
	      "all bytes come back as they were");
	stralloc_free(&out);
	stralloc_free(&text);
	return check_end();
}
