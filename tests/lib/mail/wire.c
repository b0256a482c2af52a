/* DATA-09 DATA-10 DATA-13 DATA-14 */
#include "mail/wire.h"

#include "check.h"

#define BYTES(s) s, sizeof s - 1

static const struct {
	const char *sentence, *in;
	size_t in_len;
	const char *out;
	size_t out_len;
	bool clean; /* the bytes that came out */
} makes[] = {
	{ "LF becomes CRLF", BYTES("a\nb\n"), BYTES("a\r\nb\r\n"), true },
	{ "CRLF stays", BYTES("a\r\nb\r\n"), BYTES("a\r\nb\r\n"), true },
	{ "both may be mixed", BYTES("a\r\nb\n\r\n\n"), BYTES("a\r\nb\r\n\r\n\r\n"), true },
	{ "a last line without end gets one", BYTES("a\nb"), BYTES("a\r\nb\r\n"), true },
	{ "nothing stays nothing", BYTES(""), BYTES(""), true },
	{ "an empty line is a line", BYTES("\n"), BYTES("\r\n"), true },
	{ "a CR in a line is bare", BYTES("a\rb\n"), BYTES("a\rb\r\n"), false },
	{ "a CR before CRLF is bare", BYTES("a\r\r\n"), BYTES("a\r\r\n"), false },
	{ "a CR at the end is bare", BYTES("a\n\r"), BYTES("a\r\n\r\r\n"), false },
	{ "NUL is no text", BYTES("a\0b\n"), BYTES("a\0b\r\n"), false },
};

static void
check_makes(void)
{
	for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
		bool right = true;

		for (size_t piece = 1; piece <= makes[i].in_len + 1; piece++) {
			struct wire make = { 0 }, scan = { 0 };
			stralloc out = STRALLOC_ZERO;

			for (size_t at = 0; at < makes[i].in_len; at += piece) {
				size_t left = makes[i].in_len - at;
				size_t now = piece < left ? piece : left;
				char *copy = check_copy(makes[i].in + at, now);

				wire_make(&make, copy, now, &out);
				free(copy);
			}
			wire_make_end(&make, &out);
			for (size_t at = 0; at < out.len; at++)
				wire_scan(&scan, out.s + at, 1);
			if (out.len != makes[i].out_len
			    || (out.len && memcmp(out.s, makes[i].out, out.len) != 0)
			    || wire_is_clean(&scan) != makes[i].clean
			    || wire_is_clean(&make) != makes[i].clean)
				right = false;
			stralloc_free(&out);
		}
		CHECK(right, makes[i].sentence);
	}
}

static const struct {
	const char *sentence, *in;
	size_t in_len;
	const char *out;
	size_t out_len;
} unmakes[] = {
	{ "CRLF becomes LF", BYTES("a\r\n\r\nb\r\n"), BYTES("a\n\nb\n") },
	{ "a CR alone stays", BYTES("a\rb\r\r\n\r"), BYTES("a\rb\r\n\r") },
	{ "a LF alone stays", BYTES("a\n\r\n"), BYTES("a\n\n") },
	{ "NUL stays, and a last line without end", BYTES("\0\r\na"), BYTES("\0\na") },
};

static void
check_unmakes(void)
{
	for (size_t i = 0; i < sizeof unmakes / sizeof *unmakes; i++) {
		bool right = true;

		for (size_t piece = 1; piece <= unmakes[i].in_len; piece++) {
			struct wire wire = { 0 };
			stralloc out = STRALLOC_ZERO;

			for (size_t at = 0; at < unmakes[i].in_len; at += piece) {
				size_t left = unmakes[i].in_len - at;
				size_t now = piece < left ? piece : left;
				char *copy = check_copy(unmakes[i].in + at, now);

				wire_unmake(&wire, copy, now, &out);
				free(copy);
			}
			wire_unmake_end(&wire, &out);
			wire_unmake_end(&wire, &out);
			right &= out.len == unmakes[i].out_len
			         && memcmp(out.s, unmakes[i].out, out.len) == 0;
			stralloc_free(&out);
		}
		CHECK(right, unmakes[i].sentence);
	}
}

static const struct {
	const char *sentence, *in;
	size_t in_len;
	bool clean;
} scans[] = {
	{ "CRLF is clean", BYTES("a\r\nb\r\n"), true },
	{ "a last line without end is clean", BYTES("a\r\nb"), true },
	{ "no message is clean", BYTES(""), true },
	{ "a LF alone is not", BYTES("a\r\nb\nc\r\n"), false },
	{ "nor is one at the start", BYTES("\na\r\n"), false },
	{ "nor is LF . LF", BYTES("a\n.\n"), false },
	{ "nor is a CR alone", BYTES("a\rb\r\n"), false },
	{ "nor is CR CR LF", BYTES("a\r\r\n"), false },
	{ "nor is LF CR", BYTES("a\r\n\n\r"), false },
	{ "nor is a CR at the end", BYTES("a\r\n\r"), false },
	{ "nor is NUL", BYTES("a\r\n\0"), false },
};

int
main(void)
{
	check_makes();
	check_unmakes();
	for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
		struct wire wire = { 0 };
		char *copy = check_copy(scans[i].in, scans[i].in_len);

		wire_scan(&wire, copy, scans[i].in_len);
		CHECK(wire_is_clean(&wire) == scans[i].clean, scans[i].sentence);
		free(copy);
	}
	return check_end();
}
