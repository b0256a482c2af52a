/*
 * MIME-01 MIME-02 MIME-03 MIME-05: what is 8-bit or has long lines is made fit, part by part
 *
 * Rows are written with "|" for CRLF. Whole messages of many shapes are tried by eight-bit-fix's test.
 */
#include "mail/seven_bit.h"

#include "check.h"

#include <time.h>

#define H     "From: a@b.org|"
#define MULTI H "MIME-Version: 1.0|Content-Type: multipart/mixed; boundary=b|"
#define UE    "\xc3\xbc"
#define CTE   "Content-Transfer-Encoding: "

enum { TEXT_MAX = 1 << 16 };

static size_t
lines(char *out, const char *text)
{
	size_t len = 0;

	for (; *text; text++)
		if (*text == '|') {
			out[len++] = '\r';
			out[len++] = '\n';
		} else {
			out[len++] = *text;
		}
	return len;
}

/* Made 7-bit, given in pieces; NULL: it stays as it is, and plan says why. From malloc. */
static char *
made(struct seven_bit *plan, const char *text, size_t len, size_t piece, size_t *out_len)
{
	stralloc out = STRALLOC_ZERO;

	*plan = (struct seven_bit){ .needed = false };
	for (int pass = 0; pass < 2; pass++) {
		for (size_t at = 0; at < len; at += piece) {
			size_t n = len - at < piece ? len - at : piece;
			char *copy = check_copy(text + at, n);

			if (!(pass ? seven_bit_make(plan, copy, n, "\r\n", &out)
			           : seven_bit_plan(plan, copy, n)))
				abort();
			free(copy);
		}
		if (!(pass ? seven_bit_made(plan, &out) : seven_bit_planned(plan)))
			abort();
		if (!plan->needed || plan->stuck)
			return NULL;
	}
	*out_len = out.len;
	if (!stralloc_0(&out))
		abort();
	return out.s;
}

static void
test_made(void)
{
	static const struct {
		const char *sentence, *text, *wanted;
	} rows[] = {
		{ "a plain text in UTF-8 gets the fields of MIME", H "|heeeeeeeeeee" UE "|",
		  H "MIME-Version: 1.0|Content-Type: text/plain; charset=utf-8|" CTE
		    "quoted-printable||heeeeeeeeeee=C3=BC|" },
		{ "MIME-05: one that is no UTF-8 is labelled as unknown", H "|text h\xfc!|",
		  H "MIME-Version: 1.0|Content-Type: text/plain; charset=unknown-8bit|" CTE
		    "quoted-printable||text h=FC!|" },
		{ "a label is replaced where it stands, and only once",
		  H CTE "8bit|MIME-Version: 1.0|" CTE "7bit|X: 1||uuuuuuuuuuuu" UE,
		  H CTE "quoted-printable|MIME-Version: 1.0|X: 1||uuuuuuuuuuuu=C3=BC" },
		{ "MIME-Version that is missing is added",
		  H "Content-Type: text/html||aaaaaaaaaaaa" UE,
		  H "Content-Type: text/html|MIME-Version: 1.0|" CTE
		    "quoted-printable||aaaaaaaaaaaa=C3=BC" },
		{ "white space at a line's end is escaped, and \"=\"",
		  H "MIME-Version: 1.0||a \t|b=  |aaaaaaaaa" UE " ",
		  H "MIME-Version: 1.0|" CTE
		    "quoted-printable||a =09|b=3D =20|aaaaaaaaa=C3=BC=20" },
		{ "a text with many 8-bit bytes becomes base64", H "MIME-Version: 1.0||" UE UE UE,
		  H "MIME-Version: 1.0|" CTE "base64||w7zDvMO8|" },
		{ "what is no text becomes base64",
		  H "MIME-Version: 1.0|Content-Type: image/x||aaaaaaaaaaaa" UE "|",
		  H "MIME-Version: 1.0|Content-Type: image/x|" CTE
		    "base64||YWFhYWFhYWFhYWFhw7wNCg==|" },
		{ "MIME-02: only the leaf that needs it is encoded, and the whole is 7bit then",
		  MULTI CTE "8bit||pre|--b|" CTE "8bit||aaaaaaaaaaaa" UE "|--b|" CTE
		            "7bit||plain |--b--|post|",
		  MULTI CTE "7bit||pre|--b|" CTE "quoted-printable||aaaaaaaaaaaa=C3=BC|--b|" CTE
		            "7bit||plain |--b--|post|" },
		{ "a leaf that says 8bit and is not, in one that becomes 7bit, says so",
		  MULTI "|--b||aaaaaaaaaaaa" UE "|--b|" CTE "binary||x|--b--|",
		  MULTI "|--b|" CTE "quoted-printable||aaaaaaaaaaaa=C3=BC|--b|" CTE
		        "7bit||x|--b--|" },
		{ "the line end before a boundary is the boundary's",
		  MULTI "|--b|Content-Type: x/y||" UE "|--b--|",
		  MULTI "|--b|Content-Type: x/y|" CTE "base64||w7w=|--b--|" },
		{ "a message in the message is looked into",
		  MULTI "|--b|Content-Type: message/rfc822|" CTE "8bit||" H "|aaaaaaaaaaaa" UE
		        "|--b--|",
		  MULTI "|--b|Content-Type: message/rfc822|" CTE "7bit||" H CTE
		        "quoted-printable||aaaaaaaaaaaa=C3=BC|--b--|" },
		{ "so it is in a digest, where none says so",
		  H "MIME-Version: 1.0|Content-Type: multipart/digest; boundary=\"b\"||--b||" H
		    "|aaaaaaaaaaaa" UE "|--b--|",
		  H "MIME-Version: 1.0|Content-Type: multipart/digest; boundary=\"b\"||--b||" H CTE
		    "quoted-printable||aaaaaaaaaaaa=C3=BC|--b--|" },
		{ "an outer boundary ends an inner part",
		  MULTI "|--b|Content-Type: multipart/mixed; boundary=c||--c||aaaaaaaaaaaa" UE
		        "|--b||x|--b--|",
		  MULTI "|--b|Content-Type: multipart/mixed; boundary=c||--c|" CTE
		        "quoted-printable||aaaaaaaaaaaa=C3=BC|--b||x|--b--|" },
		{ "a line that only begins as a boundary is none",
		  MULTI "|--b||--bc|--b x|---b|aaaaaaaaaaaaaaaaaaa" UE "|--b--|",
		  MULTI "|--b|" CTE
		        "quoted-printable||--bc|--b x|---b|aaaaaaaaaaaaaaaaaaa=C3=BC|--b--|" },
		{ "a boundary may have white space behind it",
		  MULTI "|--b \t||aaaaaaaaaaaa" UE "|--b-- |",
		  MULTI "|--b \t|" CTE "quoted-printable||aaaaaaaaaaaa=C3=BC|--b-- |" },
		{ "a part without header and without empty line is a part",
		  MULTI "|--b|--b||aaaaaaaaaaaa" UE "|--b--|",
		  MULTI "|--b|--b|" CTE "quoted-printable||aaaaaaaaaaaa=C3=BC|--b--|" },
		{ "8-bit bytes in quoted-printable are escaped, the rest stays",
		  H CTE "quoted-printable||a=3D=|b" UE "|",
		  H CTE "quoted-printable||a=3D=|b=C3=BC|" },
		{ "message/global is one leaf",
		  MULTI "|--b|Content-Type: message/global||" UE "|--b--|",
		  MULTI "|--b|Content-Type: message/global|" CTE "base64||w7w=|--b--|" },
	};
	char text[TEXT_MAX], wanted[TEXT_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = lines(text, rows[i].text), wanted_len = lines(wanted, rows[i].wanted),
		       n;
		struct seven_bit plan;
		bool same = true;

		for (size_t piece = 1; same && piece <= len; piece++) {
			char *out = made(&plan, text, len, piece, &n);

			same = out && n == wanted_len && memcmp(out, wanted, n) == 0;
			if (!same)
				printf("# pieces of %zu: %s\n", piece, out ? out : plan.stuck);
			free(out);
		}
		CHECK(same, rows[i].sentence);
		CHECK(!made(&plan, wanted, wanted_len, 1000, &n) && !plan.needed,
		      "and a second time nothing is to do");
	}
}

static void
test_left(void)
{
	static const struct {
		const char *sentence, *text;
		bool needed;
	} rows[] = {
		{ "7-bit text is left", H "|plain|", false },
		{ "8bit labels of 7-bit content are left", H CTE "8bit||plain|", false },
		{ "an 8-bit header is not our matter", "Subject: " UE "||plain|", false },
		{ "no body, no header", "", false },
		{ "MIME-03: a signed part is left",
		  H "Content-Type: multipart/signed; boundary=b||--b||" UE "|--b--|", true },
		{ "MIME-03: and what is deeper in it",
		  H
		  "Content-Type: multipart/signed; boundary=b||--b|Content-Type: multipart/mixed; "
		  "boundary=c||--c||" UE "|--c--|--b--|",
		  true },
		{ "MIME-03: an encrypted one too",
		  H "Content-Type: multipart/encrypted; boundary=b||--b||" UE "|--b--|", true },
		{ "MIME-03: a message that somebody has signed is left",
		  "DKIM-Signature: x|" H "|" UE "|", true },
		{ "an encoding that is not known is left", H CTE "x-uuencode||" UE "|", true },
		{ "a report's status is left",
		  MULTI "|--b|Content-Type: message/delivery-status||" UE "|--b--|", true },
		{ "an 8-bit header of a part is left", MULTI "|--b|X: " UE "||x|--b--|", true },
		{ "so is one that is malformed", MULTI "|--b|no field|X: 1||" UE "|--b--|", true },
		{ "a preamble is left", MULTI "|" UE "|--b||x|--b--|", true },
		{ "base64 with 8-bit bytes is left", H CTE "base64||" UE "|", true },
		{ "a multipart without boundary is left",
		  H "Content-Type: multipart/mixed||" UE "|", true },
		{ "one with an encoding of its own is left",
		  H "Content-Type: multipart/mixed; boundary=b|" CTE "base64||" UE "|", true },
	};
	char text[TEXT_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = lines(text, rows[i].text), n;
		struct seven_bit plan;

		CHECK(!made(&plan, text, len, 7, &n) && plan.needed == rows[i].needed
		          && !plan.stuck == !rows[i].needed,
		      rows[i].sentence);
	}
}

static bool
fits(const char *text, size_t len)
{
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		line = text[i] == '\n' ? 0 : line + 1;
		if (line > SEVEN_BIT_LINE_MAX || text[i] & 0x80)
			return false;
	}
	return true;
}

/* A message of this head with a body of one line of so many bytes. */
static void
test_long(const char *sentence, const char *head, char filler, size_t count, bool stays)
{
	char *text = malloc(TEXT_MAX + count), *out;
	struct seven_bit plan;
	size_t len = lines(text, head), n = 0;

	memset(text + len, filler, count);
	out = made(&plan, text, len + count, 4096, &n);
	CHECK(stays ? !plan.needed : out && fits(out, n), sentence);
	free(out);
	free(text);
}

static void
test_sizes(void)
{
	enum { PARTS = 5000, DEPTH = 100 };
	stralloc text = STRALLOC_ZERO;
	struct seven_bit plan;
	clock_t start = clock();
	size_t n;
	char *out;

	test_long("a line of 998 bytes is left", H "|", 'x', 998, true);
	test_long("one of 999 is folded", H "|", 'x', 999, false);
	test_long("one of many more too", H "|", '=', 50000, false);
	test_long("one of white space", H "|", ' ', 5000, false);
	test_long("one of base64 is cut into lines", H CTE "base64||", 'A', 50000, false);
	test_long("one of quoted-printable too", H CTE "quoted-printable||", 'x', 50000, false);
	test_long("one of 8-bit bytes in quoted-printable", H CTE "quoted-printable||", '\xfc',
	          50000, false);
	test_long("one of \"=\" in quoted-printable", H CTE "quoted-printable||", '=', 50000,
	          false);
	test_long("one that is no text", H "Content-Type: x/y||", 'x', 50000, false);
	test_long("one of NUL", H "|", 0, 10, false);

	if (!stralloc_cats(&text, "Content-Type: multipart/mixed; boundary=b\r\n\r\n"))
		abort();
	for (size_t i = 0; i < PARTS; i++)
		if (!stralloc_cats(&text, "--b\r\n\r\nx\r\n"))
			abort();
	CHECK(!made(&plan, text.s, text.len, 4096, &n) && !plan.needed,
	      "many parts are looked through");
	if (!stralloc_cats(&text, "--b\r\n\r\n" UE "\r\n--b--\r\n"))
		abort();
	CHECK(!made(&plan, text.s, text.len, 4096, &n), "one behind too many is left");

	text.len = 0;
	for (size_t i = 0; i < DEPTH; i++) {
		char level[100];

		snprintf(level, sizeof level,
		         "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n--b%zu\r\n", i, i);
		if (!stralloc_cats(&text, level))
			abort();
	}
	if (!stralloc_cats(&text, "\r\n" UE "\r\n"))
		abort();
	CHECK(!made(&plan, text.s, text.len, 4096, &n) && plan.stuck,
	      "what is nested too deep is left");
	text.len = 0;
	for (size_t i = 0; i < PARTS; i++)
		if (!stralloc_cats(&text, "Content-Type: message/rfc822\r\n\r\n"))
			abort();
	if (!stralloc_cats(&text, "\r\n" UE "\r\n"))
		abort();
	out = made(&plan, text.s, text.len, 4096, &n);
	CHECK(!out, "so are messages in messages");
	free(out);
	CHECK(clock() - start < 2 * CLOCKS_PER_SEC, "all in no time");
	stralloc_free(&text);
}

int
main(void)
{
	test_made();
	test_left();
	test_sizes();
	return check_end();
}
