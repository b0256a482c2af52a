/* BDAT-07, BDAT-11, DATA-14, DATA-02, DATA-05 .. DATA-10, DATA-18: where the data end, and what they were. */
#include "mail/dot.h"
#include "check.h"

static const struct {
	const char *sentence, *wire, *message, *rest;
	bool ended, bare;
} cases[] = {
	{ "CRLF . CRLF ends the data", "a\r\n.\r\nNOOP", "a\r\n", "NOOP", true, false },
	{ "a dot at the very start ends an empty message", ".\r\nx", "", "x", true, false },
	{ "DATA-02: one leading dot is taken off", "..a\r\n.b\r\n...\r\n.\r\n", ".a\r\nb\r\n..\r\n",
	  "", true, false },
	{ "a dot inside a line is kept", "a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n", "", true, false },
	{ "DATA-05: LF . LF does not end", "a\n.\nb", NULL, "", false, true },
	{ "DATA-06: LF . CRLF does not end", "a\n.\r\nb", NULL, "", false, true },
	{ "DATA-07: CRLF . LF does not end", "a\r\n.\nb", NULL, "", false, true },
	{ "DATA-08: CR . CR does not end", "a\r.\rb", NULL, "", false, true },
	{ "DATA-08: CR . CRLF does not end", "a\r.\r\nb", NULL, "", false, true },
	{ "DATA-08: CRLF . CR does not end", "a\r\n.\rb", NULL, "", false, true },
	{ "DATA-08: CRLF NUL . CRLF does not end", "a\r\n\1.\r\nb", NULL, "", false, true },
	{ "DATA-08: CRLF . NUL CRLF does not end", "a\r\n.\1\r\nb", NULL, "", false, true },
	{ "DATA-08: CR CR LF . CRLF does not end", "a\r\r\n.\r\nb", NULL, "", false, true },
	{ "DATA-08: CRLF . CR CR LF . CRLF does not end", "a\r\n.\r\r\n.\r\nb", NULL, "", false,
	  true },
	{ "DATA-08: CR CR CR LF . CRLF does not end", "a\r\r\r\n.\r\nb", NULL, "", false, true },
	{ "DATA-08: CRLF CR CR LF . CRLF does not end", "a\r\n\r\r\n.\r\nb", NULL, "", false,
	  true },
	{ "DATA-08: CRLF . CR CR CR LF . CRLF does not end", "a\r\n.\r\r\r\n.\r\nb", NULL, "",
	  false, true },
	{ "DATA-08: LF . CR LF . CR LF does not end", "a\n.\r\n", NULL, "", false, true },
	{ "after a bare LF the true end is still found", "a\n.\r\nb\r\n.\r\nQUIT", NULL, "QUIT",
	  true, true },
	{ "a lone CR at the end of what came is not bare yet", "a\r", "a\r", "", false, false },
	{ "8-bit bytes are kept", "\xff\x80\r\n.\r\n", "\xff\x80\r\n", "", true, false },
};

/* Feeds wire in pieces of this size; \1 in the table stands for NUL. */
static void
feed(size_t number, size_t piece, char *out, size_t *out_len, struct dot *dot, size_t *used)
{
	size_t len = strlen(cases[number].wire);

	*out_len = *used = 0;
	for (size_t at = 0; at < len && !dot->ended; at += piece) {
		size_t now = len - at < piece ? len - at : piece, taken, made;
		char *copy = check_copy(cases[number].wire + at, now);

		for (size_t i = 0; i < now; i++)
			if (copy[i] == 1)
				copy[i] = 0;
		made = dot_decode(dot, copy, now, &taken);
		memcpy(out + *out_len, copy, made);
		*out_len += made;
		*used += taken;
		free(copy);
	}
}

static const struct {
	const char *sentence, *wire, *missing;
	bool bare;
} chunks[] = {
	{ "BDAT-07: dots are kept", ".\r\n..a\r\n", "", false },
	{ "an empty message", "", "", false },
	{ "DATA-14: a last line without its end", "a\r\nb", "\r\n", false },
	{ "one dot alone", ".", "\r\n", false },
	{ "a CR at the very end is bare", "a\r", "", true },
	{ "a LF alone", "a\nb\r\n", "", true },
};

/* BDAT-11: the same, wherever it is cut. */
static void
check_chunks(void)
{
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		size_t len = strlen(chunks[i].wire);
		bool good = true;

		for (size_t piece = 1; piece <= len + 1; piece++) {
			struct dot dot = DOT_ZERO;
			char out[32];
			size_t out_len = 0;

			dot.chunked = true;
			for (size_t at = 0; at < len; at += piece) {
				size_t now = len - at < piece ? len - at : piece, used, made;
				char *bytes = check_copy(chunks[i].wire + at, now);

				made = dot_decode(&dot, bytes, now, &used);
				good &= used == now;
				memcpy(out + out_len, bytes, made);
				out_len += made;
				free(bytes);
			}
			good &= strcmp(dot_finish(&dot), chunks[i].missing) == 0
			        && (dot.bare_cr || dot.bare_lf) == chunks[i].bare && !dot.ended
			        && (chunks[i].bare
			            || (out_len == len && memcmp(out, chunks[i].wire, len) == 0));
		}
		CHECK(good, chunks[i].sentence);
	}
}

int
main(void)
{
	char out[256];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = true;

		for (size_t piece = 1; piece < 32; piece++) {
			struct dot dot = DOT_ZERO;
			size_t out_len, used;

			feed(i, piece, out, &out_len, &dot, &used);
			good &= dot.ended == cases[i].ended
			        && (dot.bare_cr || dot.bare_lf || dot.nul) == cases[i].bare
			        && strcmp(cases[i].wire + used, cases[i].rest) == 0;
			if (cases[i].message)
				good &= out_len == strlen(cases[i].message)
				        && memcmp(out, cases[i].message, out_len) == 0;
		}
		CHECK(good, cases[i].sentence);
	}
	check_chunks();
	return check_end();
}
