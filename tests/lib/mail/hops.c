/* LOOP-01: Received fields are counted, however the message is cut into pieces. */
#include "mail/hops.h"

#include "check.h"

static const struct {
	const char *sentence, *text;
	unsigned int count;
} cases[] = {
	{ "an empty message has come from nowhere", "", 0 },
	{ "one field is one server", "Received: from a\r\n\r\nhi\r\n", 1 },
	{ "two are two", "Received: a\r\nSubject: x\r\nReceived: b\r\n\r\n", 2 },
	{ "letter case does not matter", "RECEIVED: a\r\nreceived: b\r\n\r\n", 2 },
	{ "space before the colon is obsolete, and counts", "Received \t: a\r\n\r\n", 1 },
	{ "a field that is folded is one", "Received: a\r\n\tReceived: b\r\n\r\n", 1 },
	{ "a longer name is another one", "Received-SPF: pass\r\nX-Received: a\r\n\r\n", 0 },
	{ "a shorter one, too", "Receive: a\r\nReceived\r\n\r\n", 0 },
	{ "what stands in the body does not count", "A: b\r\n\r\nReceived: a\r\n", 0 },
	{ "nor where there is no header at all", "\r\nReceived: a\r\n", 0 },
	{ "lines may end in LF alone", "Received: a\nReceived: b\n\nReceived: c\n", 2 },
	{ "the last line may have no end", "A: b\r\nReceived:", 1 },
	{ "NUL and 8-bit bytes are only other bytes", "\xffReceived: a\r\nReceived: b\r\n\r\n", 1 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);

		for (size_t piece = 1; piece <= len + 1; piece++) {
			struct hops hops = { .count = 0 };

			for (size_t at = 0; at < len; at += piece) {
				size_t part = len - at < piece ? len - at : piece;
				char *copy = check_copy(cases[i].text + at, part);

				hops_count(&hops, copy, part);
				free(copy);
			}
			CHECK(hops.count == cases[i].count, cases[i].sentence);
		}
	}
	return check_end();
}
