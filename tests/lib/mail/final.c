/* TRC-10 TRC-11 LOOP-02 MBX-03 MBX-04 DATA-04 DATA-13 */
#include "mail/final.h"

#include "check.h"

#define LONG_LINE "X-Long: " A100 A100 A100 A100 A100 A100 A100 A100 A100 A100 A100
#define A100      A20 A20 A20 A20 A20
#define A20       "aaaaaaaaaaaaaaaaaaaa"
#define BYTES(s)  s, sizeof s - 1

static const struct {
	const char *sentence, *in;
	size_t in_len;
	const char *out;
	size_t out_len;
} cases[] = {
	{ "CRLF becomes LF", BYTES("A: b\r\n\r\nbody\r\n"), BYTES("A: b\n\nbody\n") },
	{ "a bare CR stays", BYTES("A: b\r\n\r\na\rb\r\r\n\r"), BYTES("A: b\n\na\rb\r\n\r") },
	{ "a bare LF stays", BYTES("A: b\n\nbody\n"), BYTES("A: b\n\nbody\n") },
	{ "NUL and 8-bit bytes stay", BYTES("A: \0\xff\r\n\r\n\0\r\n"),
	  BYTES("A: \0\xff\n\n\0\n") },
	{ "an empty message stays empty", BYTES(""), BYTES("") },
	{ "a last line without end gets none", BYTES("A: b\r\n\r\nx"), BYTES("A: b\n\nx") },
	{ "a header without end gets none", BYTES("A: b"), BYTES("A: b") },
	{ "spaces at line ends stay", BYTES("A: b \r\n\r\nx \t\r\n\r\n\r\n"),
	  BYTES("A: b \n\nx \t\n\n\n") },
	{ "From at a line's start is not quoted", BYTES("A: b\r\n\r\nFrom x\r\n>From y\r\n"),
	  BYTES("A: b\n\nFrom x\n>From y\n") },
	{ "Return-Path goes, at the top", BYTES("Return-Path: <x@y>\r\nA: b\r\n\r\n"),
	  BYTES("A: b\n\n") },
	{ "Return-Path goes, below Received",
	  BYTES("Received: x\r\nreturn-PATH: <x@y>\r\nA: b\r\n"), BYTES("Received: x\nA: b\n") },
	{ "Return-Path goes with its folds",
	  BYTES("Return-Path:\r\n <x@y>\r\n\t\r\nA: b\r\n c\r\n"), BYTES("A: b\n c\n") },
	{ "Return-Path goes with spaces before its colon", BYTES("Return-Path \t: <x>\r\nA: b\r\n"),
	  BYTES("A: b\n") },
	{ "Return-Path goes as the last line without end", BYTES("A: b\r\nReturn-Path: <x>"),
	  BYTES("A: b\n") },
	{ "a longer name is another field", BYTES("Return-Paths: x\r\nReturn-Path-A: x\r\n"),
	  BYTES("Return-Paths: x\nReturn-Path-A: x\n") },
	{ "Return-Path in the body stays", BYTES("A: b\r\n\r\nReturn-Path: <x@y>\r\n"),
	  BYTES("A: b\n\nReturn-Path: <x@y>\n") },
	{ "Return-Path in a body without header stays", BYTES("\r\nReturn-Path: <x@y>\r\n"),
	  BYTES("\nReturn-Path: <x@y>\n") },
	{ "a long line stays", BYTES(LONG_LINE "\r\nReturn-Path: x\r\nB: c\r\n"),
	  BYTES(LONG_LINE "\nB: c\n") },
	{ "a long Return-Path goes whole", BYTES("Return-Path: " LONG_LINE "\r\nB: c\r\n"),
	  BYTES("B: c\n") },
	{ "what looks like a field inside a long line is none",
	  BYTES("X-Long: " A100 A100 A100 A100 A100 A100 A100 A100 A100 A100
	        "aaaaaaaaaaaaaaaaReturn-Path: x\r\n"),
	  BYTES("X-Long: " A100 A100 A100 A100 A100 A100 A100 A100 A100 A100
	        "aaaaaaaaaaaaaaaaReturn-Path: x\n") },
};

static bool
run(struct final *final, const char *in, size_t len, size_t piece, stralloc *out)
{
	for (size_t at = 0; at < len; at += piece) {
		size_t now = piece < len - at ? piece : len - at;
		char *copy = check_copy(in + at, now);

		if (!final_add(final, copy, now, out))
			return false;
		free(copy);
	}
	return final_end(final, out);
}

static void
check_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool same = true;

		for (size_t piece = 1; piece <= cases[i].in_len + 1; piece++) {
			struct final final = { 0 };
			stralloc out = STRALLOC_ZERO;

			if (!run(&final, cases[i].in, cases[i].in_len, piece, &out)
			    || out.len != cases[i].out_len
			    || (out.len && memcmp(out.s, cases[i].out, out.len) != 0))
				same = false;
			final_free(&final);
			stralloc_free(&out);
		}
		CHECK(same, cases[i].sentence);
	}
}

static const struct {
	const char *sentence, *header, *recipient;
	bool was_here;
} loops[] = {
	{ "the same address was here", "Delivered-To: ann@example.test\r\n\r\n", "ann@example.test",
	  true },
	{ "letter case makes no difference", "DELIVERED-to:Ann@Example.test\r\n",
	  "aNN@eXample.test", true },
	{ "a fold and spaces make no difference", "A: b\r\nDelivered-To:\r\n\t ann@a.test \r\n\r\n",
	  "ann@a.test", true },
	{ "a field without line end counts", "Delivered-To: ann@a.test", "ann@a.test", true },
	{ "the second of two counts",
	  "Delivered-To: bob@a.test\r\nDelivered-To: ann@a.test\r\n\r\n", "ann@a.test", true },
	{ "another address was not", "Delivered-To: ann@a.test\r\n\r\n", "bob@a.test", false },
	{ "a part of an address is another one", "Delivered-To: ann@a.test.org\r\n\r\n",
	  "ann@a.test", false },
	{ "another detail is another address", "Delivered-To: ann+x@a.test\r\n\r\n", "ann@a.test",
	  false },
	{ "the body does not count", "A: b\r\n\r\nDelivered-To: ann@a.test\r\n", "ann@a.test",
	  false },
	{ "a fold of another field does not count", "A: b\r\n Delivered-To: ann@a.test\r\n",
	  "ann@a.test", false },
	{ "a longer name does not count", "X-Delivered-To: ann@a.test\r\n", "ann@a.test", false },
	{ "a value cut at its limit is no address",
	  "Delivered-To: " A100 A100 A100 A100 A100 A100 "\r\n", "ann@a.test", false },
};

static void
check_loops(void)
{
	for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
		bool right = true;

		for (size_t piece = 1; piece <= strlen(loops[i].header); piece++) {
			struct final final = { 0 };
			stralloc out = STRALLOC_ZERO;

			if (!run(&final, loops[i].header, strlen(loops[i].header), piece, &out)
			    || final_was_here(&final, loops[i].recipient) != loops[i].was_here)
				right = false;
			final_free(&final);
			stralloc_free(&out);
		}
		CHECK(right, loops[i].sentence);
	}
}

static void
check_hops(void)
{
	struct final final = { 0 };
	stralloc out = STRALLOC_ZERO;
	const char field[] = "Delivered-To: somebody@example.test\r\n";

	for (int i = 0; i < FINAL_HOPS_MAX; i++)
		final_add(&final, field, sizeof field - 1, &out);
	final_add(&final, "\r\n", 2, &out);
	CHECK(final.in_body, "an empty line ends the header");
	CHECK(!final_was_here(&final, "ann@a.test"), "a hundred deliveries are no circle yet");
	final_free(&final);
	final = (struct final){ 0 };
	for (int i = 0; i < 100 * FINAL_HOPS_MAX; i++)
		final_add(&final, field, sizeof field - 1, &out);
	final_end(&final, &out);
	CHECK(final_was_here(&final, "ann@a.test"), "more are one, whoever is named");
	CHECK(final.seen.len <= FINAL_HOPS_MAX * sizeof field, "no more than these are held");
	final_free(&final);
	stralloc_free(&out);
}

static void
check_top(void)
{
	stralloc out = STRALLOC_ZERO;
	const char wanted[] = "Return-Path: <a@b>\nDelivered-To: c@d\n";

	CHECK(final_top(&out, "a@b", "c@d") && out.len == sizeof wanted - 1
	          && memcmp(out.s, wanted, out.len) == 0,
	      "Return-Path is first, then Delivered-To");
	out.len = 0;
	CHECK(final_top(&out, "", "c@d") && memcmp(out.s, "Return-Path: <>\n", 16) == 0,
	      "the null sender is <>");
	CHECK(final_top(&out, "a@b", "\xc3\xa4@d"), "UTF-8 may stand in an address");
	CHECK(!final_top(&out, "a@b\nX: y", "c@d"), "a line feed in the sender is refused");
	CHECK(!final_top(&out, "a@b", "c@d\r"), "a CR in a recipient is refused");
	stralloc_free(&out);
}

int
main(void)
{
	check_cases();
	check_loops();
	check_hops();
	check_top();
	return check_end();
}
