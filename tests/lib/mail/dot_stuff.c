/* DATA-03, DATA-11, DATA-14: what leaves us is a message and its end, and nothing in between. */
#include "mail/dot_stuff.h"
#include "mail/content.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *message;
	const char *wire; /* NULL: must not be sent */
} cases[] = {
	{ "a plain message", "a\r\nb\r\n", "a\r\nb\r\n.\r\n" },
	{ "an empty message", "", ".\r\n" },
	{ "a dot at a line's start gets one more", "a\r\n.b\r\n..\r\n.\r\n",
	  "a\r\n..b\r\n...\r\n..\r\n.\r\n" },
	{ "a dot at the message's start gets one more", ".", "..\r\n.\r\n" },
	{ "a dot within a line is left alone", "a.b\r\n", "a.b\r\n.\r\n" },
	{ "a missing last CRLF is added", "a", "a\r\n.\r\n" },
	{ "NUL and 8-bit bytes are not ours to judge", "\xff\r\n", "\xff\r\n.\r\n" },
	{ "a bare LF is not sent", "a\nb\r\n", NULL },
	{ "a bare CR is not sent", "a\rb\r\n", NULL },
	{ "a bare LF before a dot is not sent", "a\n.\r\n", NULL },
	{ "a bare CR before a dot is not sent", "a\r.\r\n", NULL },
	{ "CR CR LF is not sent", "a\r\r\n", NULL },
	{ "LF CR is not sent", "a\n\r", NULL },
	{ "a CR at the end is not sent", "a\r", NULL },
	{ "an LF at the start is not sent", "\n", NULL },
};

/* The whole output for pieces of this size; NULL: refused. */
static char *
stuff(const char *text, size_t len, size_t size, size_t *out_len)
{
	char *out = malloc(2 * len + DOT_STUFF_END_MAX);
	struct dot_stuff state = { 0 };
	size_t at, part;

	*out_len = 0;
	for (at = 0; at < len; at += part) {
		size_t n, piece = len - at < size ? len - at : size;
		char *copy = check_copy(text + at, piece), *room = malloc(2 * piece);
		bool good = dot_stuff(&state, copy, piece, room, &n);

		memcpy(out + *out_len, room, n);
		free(copy);
		free(room);
		if (!good) {
			free(out);
			return NULL;
		}
		*out_len += n;
		part = piece;
	}
	part = dot_stuff_end(&state, out + *out_len);
	if (!part) {
		free(out);
		return NULL;
	}
	*out_len += part;
	return out;
}

static bool
right(size_t i, size_t size)
{
	const char *wanted = cases[i].wire;
	size_t len;
	char *got = stuff(cases[i].message, strlen(cases[i].message), size, &len);
	bool good = wanted ? got && len == strlen(wanted) && memcmp(got, wanted, len) == 0 : !got;

	free(got);
	return good;
}

/* What a strict receiver makes of it: the end is the first CRLF "." CRLF. false: no end, or more. */
static bool
unstuff(const char *wire, size_t len, char *out, size_t *out_len)
{
	size_t at = 0;

	*out_len = 0;
	while (at < len) {
		const char *line = wire + at, *end = memmem(line, len - at, "\r\n", 2);

		if (!end)
			return false;
		at = (size_t)(end - wire) + 2;
		if (end == line + 1 && *line == '.')
			return at == len;
		line += *line == '.';
		memcpy(out + *out_len, line, (size_t)(end + 2 - line));
		*out_len += (size_t)(end + 2 - line);
	}
	return false;
}

/* Every string of up to 7 bytes of these: sent means received as it was, or else it is not sent. */
static void
all_short_ones(void)
{
	static const char letters[] = { '.', '\r', '\n', 'a', 0 };
	size_t sent = 0;
	bool good = true, judged_alike = true;

	for (size_t len = 0; len <= 7; len++) {
		size_t count = 1;

		for (size_t i = 0; i < len; i++)
			count *= sizeof letters;
		for (size_t number = 0; number < count; number++) {
			char text[8], plain[16], *wire;
			struct content content = { 0 };
			size_t rest = number, wire_len, plain_len;

			for (size_t i = 0; i < len; i++, rest /= sizeof letters)
				text[i] = letters[rest % sizeof letters];
			content_scan(&content, text, len);
			content_end(&content);
			wire = stuff(text, len, 1 + number % 3, &wire_len);
			judged_alike &= content.has_bare_cr_or_lf == !wire;
			if (!wire)
				continue;
			sent++;
			good &= unstuff(wire, wire_len, plain, &plain_len)
			        && plain_len == len + (content.lacks_last_crlf ? 2 : 0)
			        && memcmp(plain, text, len) == 0;
			free(wire);
		}
	}
	CHECK(good && sent > 1000,
	      "what a strict server receives is what we had, plus a last CRLF");
	CHECK(judged_alike, "content_scan and dot_stuff agree on what cannot be sent");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = true;

		for (size_t size = 1; size <= strlen(cases[i].message) + 1; size++)
			good = good && right(i, size);
		CHECK(good, cases[i].sentence);
	}
	all_short_ones();
	return check_end();
}
