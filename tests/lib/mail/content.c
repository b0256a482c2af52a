/* What a message holds, seen in any pieces. */
#include "mail/content.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *message;
	bool has_8bit, header_has_8bit, bare, lacks_crlf;
} cases[] = {
	{ "ASCII needs nothing", "Subject: x\r\n\r\nbody\r\n", false, false, false, false },
	{ "an empty message needs nothing", "", false, false, false, false },
	{ "8-bit bytes below the empty line are the body's", "A: x\r\n\r\n\xe4\r\n", true, false,
	  false, false },
	{ "8-bit bytes above the empty line are the header's", "A: \xe4\r\n\r\nx\r\n", true, true,
	  false, false },
	{ "a message without header is all body", "\r\n\xe4\r\n", true, false, false, false },
	{ "a message without empty line is all header", "A: x\r\n\xe4", true, true, false, true },
	{ "a bare LF is seen", "A: x\n\r\n", false, false, true, false },
	{ "a bare CR is seen", "A: x\ry\r\n", false, false, true, false },
	{ "a last CR is seen", "A: x\r", false, false, true, true },
	{ "a missing last CRLF is seen", "A: x\r\n\r\nx", false, false, false, true },
};

static void
long_lines(void)
{
	char text[CONTENT_LINE_MAX + 3];

	memset(text, 'x', sizeof text);
	memcpy(text + CONTENT_LINE_MAX, "\r\n", 2);
	for (size_t cut = CONTENT_LINE_MAX - 2; cut < CONTENT_LINE_MAX + 3; cut++) {
		struct content fits = { 0 }, is_long = { 0 };

		content_scan(&fits, text, cut);
		content_scan(&fits, text + cut, sizeof text - cut);
		CHECK(!fits.has_long_line, "998 bytes and a line end are no long line");
		content_scan(&is_long, text, CONTENT_LINE_MAX);
		content_scan(&is_long, "x", 1);
		CHECK(is_long.has_long_line, "999 bytes are one");
	}
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].message);
		bool good = true;

		for (size_t size = 1; size <= len + 1; size++) {
			struct content content = { 0 };

			for (size_t at = 0; at < len; at += size) {
				size_t piece = len - at < size ? len - at : size;
				char *copy = check_copy(cases[i].message + at, piece);

				content_scan(&content, copy, piece);
				free(copy);
			}
			content_end(&content);
			good = good && content.has_8bit == cases[i].has_8bit
			       && content.header_has_8bit == cases[i].header_has_8bit
			       && content.has_bare_cr_or_lf == cases[i].bare
			       && content.lacks_last_crlf == cases[i].lacks_crlf
			       && content.bytes == len;
		}
		CHECK(good, cases[i].sentence);
	}
	long_lines();
	return check_end();
}
