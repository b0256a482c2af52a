/* HDR-09 HDR-16 HDR-17: the header section, its end and its fields */
#include "mail/header.h"

#include "check.h"

static void
test_end(void)
{
	static const struct {
		const char *sentence, *text;
		int wanted; /* length of the section; -1: no end here */
	} cases[] = {
		{ "the first empty line ends the header", "A: b\r\n\r\nC: d\r\n\r\n", 6 },
		{ "lines may end in LF", "A: b\nC: d\n\nbody\n", 10 },
		{ "a body line that looks like a field stays in the body", "A: b\r\n\r\nBcc: x\r\n",
		  6 },
		{ "a first line that is empty leaves no header", "\r\nA: b\r\n\r\n", 0 },
		{ "a first line feed leaves no header", "\nA: b\n", 0 },
		{ "a line of white space is a fold", "A: b\r\n \r\nC: d\r\n\r\n", 15 },
		{ "a message may be all header", "A: b\r\nC: d\r\n", -1 },
		{ "nothing has no end", "", -1 },
		{ "half a line end is none", "A: b\r\n\r", -1 },
		{ "a carriage return alone is no empty line", "A: b\r\n\rC: d\r\n\r\n", 13 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text), at = 0, pieces_at = 0, pieces = 0;
		char *text = check_copy(cases[i].text, len);
		bool found = header_end(text, len, &at), piecewise = false;

		CHECK(found ? (int)at == cases[i].wanted : cases[i].wanted == -1,
		      cases[i].sentence);
		for (; pieces <= len && !piecewise; pieces++) {
			char *piece = check_copy(text, pieces);

			piecewise = header_end(piece, pieces, &pieces_at);
			free(piece);
		}
		CHECK(piecewise == found && (!found || pieces_at == at),
		      "... and byte by byte it's the same");
		free(text);
	}
}

/* Each field as NAME=BODY@LINE|, a malformed line as !LINE| */
static void
describe(char *out, size_t size, const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;
	size_t at = 0;

	*out = 0;
	while ((found = header_next(&header, &field)) != HEADER_END) {
		if (found == HEADER_MALFORMED)
			at += (size_t)snprintf(out + at, size - at, "!%zu|", field.line);
		else
			at += (size_t)snprintf(out + at, size - at, "%.*s=%.*s@%zu|",
			                       (int)field.name_len, field.name, (int)field.body_len,
			                       field.body, field.line);
	}
}

static void
test_fields(void)
{
	static const struct {
		const char *sentence, *text, *wanted;
	} cases[] = {
		{ "a field has a name and a body", "Subject: hi\r\n", "Subject= hi@1|" },
		{ "a body keeps its folds", "A: b\r\n c\r\n\td\r\nE: f\r\n",
		  "A= b\r\n c\r\n\td@1|E= f@4|" },
		{ "lines may end in LF", "A: b\n c\nD: e\n", "A= b\n c@1|D= e@3|" },
		{ "the last line may lack its end", "A: b\r\nC: d", "A= b@1|C= d@2|" },
		{ "white space before the colon is not in the name", "Bcc \t: x\r\n", "Bcc= x@1|" },
		{ "a body may be empty", "A:\r\nB: c\r\n", "A=@1|B= c@2|" },
		{ "a body may hold colons", "A: b:c\r\n", "A= b:c@1|" },
		{ "a body may begin in the second line", "A:\r\n b\r\n", "A=\r\n b@1|" },
		{ "a line without colon is malformed, and its number is known",
		  "A: b\r\n c\r\nno field\r\nD: e\r\n", "A= b\r\n c@1|!3|D= e@4|" },
		{ "a line without name is malformed", ": x\r\nA: b\r\n", "!1|A= b@2|" },
		{ "a first line that begins with white space is malformed", " x: y\r\nA: b\r\n",
		  "!1|A= b@2|" },
		{ "a name with a space in it is malformed", "Dear Bob: hi\r\n", "!1|" },
		{ "a name with an 8-bit byte is malformed", "S\xc3\xbc: x\r\n", "!1|" },
		{ "a name with a control character is malformed", "A\x01: x\r\n", "!1|" },
		{ "a bare carriage return is malformed", "A: b\rc\r\nD: e\r\n", "!1|D= e@2|" },
		{ "a bare carriage return in a fold is malformed there",
		  "A: b\r\n c\rd\r\nE: f\r\n", "!2|E= f@3|" },
		{ "two carriage returns are one too many", "A: b\r\r\n", "!1|" },
		{ "a carriage return at the end of all is bare", "A: b\r", "!1|" },
		{ "nothing has no fields", "", "" },
	};
	char got[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		describe(got, sizeof got, text, len);
		if (!CHECK(strcmp(got, cases[i].wanted) == 0, cases[i].sentence))
			printf("# got: %s\n", got);
		free(text);
	}
}

static void
test_absent(void)
{
	static const struct {
		const char *sentence, *text;
		bool wanted;
	} cases[] = {
		{ "a header is a header", "A: b\r\n", false },
		{ "text is no header", "Dear Bob\r\nhow are you?\r\n", true },
		{ "one line of text is no header", "Dear Bob", true },
		{ "a folded line in front is no header", " x: y\r\nz\r\n", true },
		{ "a spoiled first line does not make a header a body", "Dear Bob\r\nBcc: x\r\n",
		  false },
		{ "an mbox line does not make a header a body",
		  "From ann Sun Nov 22 02:30:00 2026\r\nBcc : x\r\n", false },
		{ "a bare carriage return does not make a header a body", "Bcc: x\ry\r\nz\r\n",
		  false },
		{ "nothing is a header without fields", "", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		CHECK(header_absent(text, len) == cases[i].wanted, cases[i].sentence);
		free(text);
	}
	CHECK(header_count("A: b\nno\na : c\nB: A:\n", 19, "A") == 2,
	      "fields of a name are counted past malformed lines");
}

static void
test_tls(void)
{
	static const struct {
		const char *sentence, *text;
		bool waives;
	} cases[] = {
		{ "RTLS-06: No is no", "A: b\r\nTLS-Required: No\r\n", true },
		{ "in any letters, without a space, at the very end", "tls-required:NO", true },
		{ "folded", "TLS-Required:\r\n No \r\n", true },
		{ "what else it says is not known", "TLS-Required: Not\r\n", false },
		{ "nor is it if it says nothing", "TLS-Required: \r\n", false },
		{ "another field", "X-TLS-Required: No\r\n", false },
		{ "no field", "", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].text);
		char *text = check_copy(cases[i].text, len);

		CHECK(header_waives_tls(text, len) == cases[i].waives, cases[i].sentence);
		free(text);
	}
}

int
main(void)
{
	static const char text[] = "Sub\r\n: x\r\nA: b\r\n c\r\n\r\n";
	struct header header = { .text = text, .len = sizeof text - 1 - 2 };
	struct field field;

	test_end();
	test_tls();
	test_fields();
	test_absent();
	CHECK(header_next(&header, &field) == HEADER_MALFORMED && field.raw_len == 5,
	      "a malformed line is shown alone");
	while (header_next(&header, &field) == HEADER_MALFORMED) {
	}
	CHECK(field_is(&field, "a") && !field_is(&field, "ab") && !field_is(&field, ""),
	      "names are compared whole, in any case");
	CHECK(field.raw_len == 10 && field.raw[0] == 'A',
	      "the raw field has its folds and its end");
	return check_end();
}
