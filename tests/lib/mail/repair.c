/*
 * SUB-10 SUB-24 .. SUB-29 HDR-01 .. HDR-20 LOOP-01 LIM-21 SEC-12: repairing a header section
 *
 * The files in repair.corpus are messages: ok- stays as it is, fix- is repaired, refuse- is refused.
 */
#include "mail/repair.h"
#include "mail/header.h"

#include "check.h"

#include <glob.h>
#include <time.h>

enum { TEXT_MAX = 1 << 16 };

static const struct repair settings = {
	.server = "mx.example.org",
	.id = "0testmessage0001",
	.domain = "example.org",
	.sender = "ann@example.org",
	.line_end = "\n",
	.time_s = 1795314600,
};

#define DATE "Date: Sun, 22 Nov 2026 02:30:00 +0000\n"
#define FROM "From: ann@example.org\n"
#define TO   "To: bob@example.net\n"
#define ID   "Message-ID: <1@example.org>\n"
#define ALL  DATE FROM TO ID
#define X10  "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X900 X100 X100 X100 X100 X100 X100 X100 X100 X100

/* The repaired section, from malloc; NULL: refused, and outcome says why. */
static char *
repaired(const struct repair *repair, const char *text, size_t len, size_t *out_len,
         struct repair_outcome *outcome)
{
	char *copy = check_copy(text, len);
	stralloc out = STRALLOC_ZERO;
	bool done;

	stralloc_free(&outcome->changes);
	*outcome = (struct repair_outcome){ 0 };
	done = repair_header(repair, copy, len, &out, outcome);
	free(copy);
	if (!stralloc_0(&out) || !stralloc_0(&outcome->changes))
		abort();
	*out_len = out.len - 1;
	if (done)
		return out.s;
	stralloc_free(&out);
	return NULL;
}

static void
test_repairs(void)
{
	static const struct {
		const char *sentence, *text, *wanted, *changes;
	} cases[] = {
		{ "what is complete is not touched", ALL, ALL, "" },
		{ "Date is added below the rest", FROM TO ID, FROM TO ID DATE, "+Date" },
		{ "From is the envelope sender", DATE TO ID, DATE TO ID FROM, "+From" },
		{ "Message-ID is made from our ids", DATE FROM TO,
		  DATE FROM TO "Message-ID: <0testmessage0001@mx.example.org>\n", "+Message-ID" },
		{ "a destination is added", DATE FROM ID,
		  DATE FROM ID "To: undisclosed-recipients:;\n", "+To" },
		{ "nothing becomes a header", "",
		  DATE FROM
		  "To: undisclosed-recipients:;\nMessage-ID: <0testmessage0001@mx.example.org>\n",
		  "+Date +From +To +Message-ID" },
		{ "a malformed Date is put aside where it stands", "Date: now\n" FROM TO ID,
		  "X-Original-Date: now\n" FROM TO ID DATE, "~Date +Date" },
		{ "an empty Date is no loss", FROM "Date: \n" TO ID, FROM TO ID DATE,
		  "-Date +Date" },
		{ "a malformed Message-ID is put aside", DATE FROM TO "message-id:\n <x>\n",
		  DATE FROM TO "X-Original-message-id:\n <x>\n"
		               "Message-ID: <0testmessage0001@mx.example.org>\n",
		  "~Message-ID +Message-ID" },
		{ "Sender is added where From has several mailboxes",
		  DATE "From: ann@example.org, bob@example.net\n" TO ID,
		  DATE "From: ann@example.org, bob@example.net\n" TO ID "Sender: ann@example.org\n",
		  "+Sender" },
		{ "unqualified addresses get the domain, and no other byte changes",
		  DATE FROM "To: Bob <bob>,\n carl (C), \"d d\" , Team: eve;\n" ID,
		  DATE FROM "To: Bob <bob@example.org>,\n carl@example.org (C), "
		            "\"d d\"@example.org , Team: eve@example.org;\n" ID,
		  "~To" },
		{ "Bcc goes with its folds",
		  DATE "Bcc: x@example.com,\n y@example.com\n" FROM TO ID, ALL, "-Bcc" },
		{ "Bcc goes even if it is malformed and twice there", "BCC : <\n" ALL "bcc: x\n",
		  ALL, "-Bcc -Bcc" },
		{ "Resent-Bcc goes", ALL "Resent-Bcc: x\n\ty\n", ALL, "-Resent-Bcc" },
		{ "Return-Path goes", "Return-Path: <x@y.example>\n" ALL, ALL, "-Return-Path" },
		{ "results in our name go", "Authentication-Results: mx.example.org; none\n" ALL,
		  ALL, "-Authentication-Results" },
		{ "address fields without address go", ALL "Cc: \nReply-To: (me)\n", ALL,
		  "-Cc -Reply-To" },
		{ "Resent- fields without address stay", "Resent-Cc:\n" ALL, "Resent-Cc:\n" ALL,
		  "" },
		{ "a missing last line end is made up for", FROM TO ID "X: y",
		  FROM TO ID "X: y\n" DATE, "+Date" },
		{ "a long line is folded at good places", ALL "X: " X900 " a " X900 "\n",
		  ALL "X: " X900 "\n a " X900 "\n", "" },
		{ "a quoted space is no place to fold at",
		  DATE FROM ID "To: \"a b\\ " X900
		               "\" <b@example.net>, " X10 X10 X10 X10 X10 X10 X10 X10
		               "@example.net\n",
		  DATE FROM ID "To: \"a\n b\\ " X900
		               "\"\n <b@example.net>, " X10 X10 X10 X10 X10 X10 X10 X10
		               "@example.net\n",
		  "" },
		{ "a long word is folded off its name",
		  ALL "X:  " X900 X10 X10 X10 X10 X10 X10 X10 X10 X10 "123456\n",
		  ALL "X:\n  " X900 X10 X10 X10 X10 X10 X10 X10 X10 X10 "123456\n", "" },
		{ "a line of 998 bytes is long enough, but not too long",
		  ALL "X: " X900 " " X10 X10 X10 X10 X10 X10 X10 X10 X10 "1234\n",
		  ALL "X: " X900 " " X10 X10 X10 X10 X10 X10 X10 X10 X10 "1234\n", "" },
		{ "UTF-8 in a display name is encoded",
		  DATE "From: J\xc3\xbcrg <ann@example.org>\n" TO ID,
		  DATE "From: =?UTF-8?Q?J=C3=BCrg?= <ann@example.org>\n" TO ID, "~From" },
		{ "so is it where an address is completed, and in what people read",
		  DATE FROM "To: \"J\xc3\xbc\" <bob>\n" ID "Subject: \xc3\xbc\n",
		  DATE FROM "To: =?UTF-8?Q?J=C3=BC?= <bob@example.org>\n" ID
			    "Subject: =?UTF-8?Q?=C3=BC?=\n",
		  "~To ~Subject" },
		{ "what is read by programs is left", ALL "List-Id: \xc3\xbc <a.b>\n",
		  ALL "List-Id: \xc3\xbc <a.b>\n", "" },
		{ "so is a message that is signed", ALL "DKIM-Signature: x\nSubject: \xc3\xbc\n",
		  ALL "DKIM-Signature: x\nSubject: \xc3\xbc\n", "" },
	};
	struct repair_outcome outcome = { 0 };
	size_t len;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got =
		    repaired(&settings, cases[i].text, strlen(cases[i].text), &len, &outcome);

		if (!CHECK(got && strcmp(got, cases[i].wanted) == 0
		               && strcmp(outcome.changes.s, cases[i].changes) == 0,
		           cases[i].sentence))
			printf("# got: %s# %s%s\n", got ? got : "", outcome.changes.s,
			       outcome.text);
		free(got);
	}
	stralloc_free(&outcome.changes);
}

static void
test_refusals(void)
{
	static const struct {
		const char *sentence, *text, *code, *says;
	} cases[] = {
		{ "a malformed line is refused with its number", FROM TO "what?\n" DATE, "5.6.0",
		  "header line 3 " },
		{ "a second field is refused by name", ALL "SUBJECT: a\nSubject: b\n", "5.6.0",
		  "a second Subject (header line 6)" },
		{ "a bad address is refused with field and place", DATE "From: ann@\n" TO ID,
		  "5.6.0", "From (header line 2)" },
		{ "a bad address is refused with its number",
		  DATE FROM "To: a@b.example, c d@e.example\n" ID, "5.6.0",
		  "To (header line 3): address 2 is malformed" },
		{ "an unqualified address in a Resent- field is refused", "Resent-To: bob\n" ALL,
		  "5.6.0", "Resent-To: the address \"bob\" has no domain" },
		{ "a domain of one word is refused", DATE FROM "To: bob@localhost\n" ID, "5.6.0",
		  "To: the domain of \"bob@localhost\"" },
		{ "white space at a line's end is no place to fold it",
		  ALL "X: " X900 "                                                            "
		      "                                                                      \n",
		  "5.6.0", "longer than 998 bytes" },
		{ "a word that cannot be folded is refused", ALL "X: " X900 X900 "\n", "5.6.0",
		  "longer than 998 bytes" },
	};
	struct repair_outcome outcome = { 0 };
	size_t len;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got =
		    repaired(&settings, cases[i].text, strlen(cases[i].text), &len, &outcome);

		if (!CHECK(!got && outcome.refused && outcome.code == 554
		               && strcmp(outcome.enhanced, cases[i].code) == 0
		               && strstr(outcome.text, cases[i].says),
		           cases[i].sentence))
			printf("# got: %s# %s\n", got ? got : "", outcome.text);
		free(got);
	}
	stralloc_free(&outcome.changes);
}

static void
test_settings(void)
{
	struct repair repair = settings;
	struct repair_outcome outcome = { 0 };
	size_t len;
	char *got;

	repair.sender = "";
	got = repaired(&repair, DATE TO ID, strlen(DATE TO ID), &len, &outcome);
	CHECK(!got && outcome.code == 554 && strcmp(outcome.enhanced, "5.6.0") == 0,
	      "HDR-13: the null sender cannot stand for From");
	got = repaired(&repair, ALL, strlen(ALL), &len, &outcome);
	CHECK(got && strcmp(got, ALL) == 0, "the null sender may send a complete message");
	free(got);
	repair.sender = "ann";
	got = repaired(&repair, DATE TO ID, strlen(DATE TO ID), &len, &outcome);
	CHECK(got && strcmp(got, DATE TO ID FROM) == 0,
	      "an unqualified sender gets the domain too");
	free(got);
	repair.strict = true;
	got = repaired(&repair, DATE TO ID, strlen(DATE TO ID), &len, &outcome);
	CHECK(!got && outcome.refused, "... or is refused");
	got = repaired(&repair, DATE FROM "To: bob\n" ID, strlen(DATE FROM "To: bob\n" ID), &len,
	               &outcome);
	CHECK(!got && strstr(outcome.text, "\"bob\" has no domain"),
	      "unqualified addresses can be refused");
	repair = settings;
	repair.utf8 = true;
	got = repaired(&repair, DATE FROM "To: j\xc3\xbc@b\xc3\xbc.example\n" ID,
	               strlen(DATE FROM "To: j\xc3\xbc@b\xc3\xbc.example\n" ID), &len, &outcome);
	CHECK(got, "with SMTPUTF8 an address may hold UTF-8");
	free(got);
	got = repaired(&repair, DATE FROM TO "Message-ID: <\xc3\xbc@b.example>\n",
	               strlen(DATE FROM TO "Message-ID: <\xc3\xbc@b.example>\n"), &len, &outcome);
	CHECK(got && !*outcome.changes.s, "so may a Message-ID");
	free(got);
	got = repaired(&settings, DATE FROM TO "Message-ID: <\xc3\xbc@b.example>\n",
	               strlen(DATE FROM TO "Message-ID: <\xc3\xbc@b.example>\n"), &len, &outcome);
	CHECK(got && strcmp(outcome.changes.s, "~Message-ID +Message-ID") == 0
	          && strstr(got, "X-Original-Message-ID: =?UTF-8?Q?=3C=C3=BC=40b=2Eexample=3E?="),
	      "... but only then");
	free(got);
	got = repaired(&repair, DATE FROM "To: j\xfc@b.example\n" ID,
	               strlen(DATE FROM "To: j\xfc@b.example\n" ID), &len, &outcome);
	CHECK(!got && outcome.refused, "but it must be UTF-8");
	repair.domain = "localhost";
	got = repaired(&repair, DATE FROM "To: bob@localhost\n" ID,
	               strlen(DATE FROM "To: bob@localhost\n" ID), &len, &outcome);
	CHECK(got, "a domain of one word may be ours");
	free(got);
	stralloc_free(&outcome.changes);
}

static void
test_size(void)
{
	struct repair repair = settings;
	struct repair_outcome outcome = { 0 };
	char *text = malloc(HEADER_MAX_BYTES), *got;
	clock_t start = clock();
	size_t len;

	memcpy(text, "To:", 3);
	for (size_t i = 3; i < HEADER_MAX_BYTES; i++)
		text[i] = "a,\n "[i % 4];
	got = repaired(&repair, text, HEADER_MAX_BYTES, &len, &outcome);
	CHECK(!got && outcome.code == 552 && strcmp(outcome.enhanced, "5.3.4") == 0,
	      "LIM-21: little that becomes much is refused");
	memset(text, ' ', HEADER_MAX_BYTES);
	memcpy(text, "X: a", 4);
	for (size_t i = 10; i < HEADER_MAX_BYTES / 2; i += 40)
		text[i] = 'a';
	got = repaired(&repair, text, HEADER_MAX_BYTES, &len, &outcome);
	CHECK(!got && outcome.refused, "a line of white space cannot be folded");
	CHECK((clock() - start) / CLOCKS_PER_SEC < 5, "and none of it takes long");
	free(text);
	stralloc_free(&outcome.changes);
}

static char *
to_wire(const char *text, size_t len, size_t *out_len)
{
	char *out = malloc(2 * len + 1);
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			out[at++] = '\r';
		out[at++] = text[i];
	}
	*out_len = at;
	return out;
}

/* What leaves us conforms: SUB-27, HDR-01, HDR-02, HDR-06, HDR-08, HDR-19. */
static bool
conforms(const char *text, size_t len)
{
	static const char *const one[] = { "Date", "From", "Message-ID" };
	static const char *const none[] = { "Bcc", "Resent-Bcc", "Return-Path" };
	static const char *const most[] = { "Sender",      "Reply-To",   "To",     "Cc",
		                            "In-Reply-To", "References", "Subject" };
	size_t line = 0;

	for (size_t i = 0; i < sizeof one / sizeof *one; i++)
		if (header_count(text, len, one[i]) != 1)
			return false;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (header_count(text, len, none[i]))
			return false;
	for (size_t i = 0; i < sizeof most / sizeof *most; i++)
		if (header_count(text, len, most[i]) > 1)
			return false;
	for (size_t i = 0; i < len; i++, line++)
		if (text[i] == '\n')
			line = (size_t)-1;
		else if (line >= 998)
			return false;
	return true;
}

/* Repaired once is repaired: a second time, and in either form of line ends, nothing changes. */
static bool
is_stable(const char *text, size_t len, bool *refused)
{
	struct repair repair = settings, wire = settings;
	struct repair_outcome outcome = { 0 };
	size_t once_len, twice_len, wire_len, wired_len, wished_len;
	char *once = repaired(&repair, text, len, &once_len, &outcome), *twice, *wired, *other,
	     *wished;
	bool good;

	*refused = !once;
	wire.line_end = "\r\n";
	other = to_wire(text, len, &wire_len);
	wired = repaired(&wire, other, wire_len, &wired_len, &outcome);
	free(other);
	if (!once) {
		good = !wired;
		stralloc_free(&outcome.changes);
		free(wired);
		return good;
	}
	wished = to_wire(once, once_len, &wished_len);
	twice = repaired(&repair, once, once_len, &twice_len, &outcome);
	stralloc_free(&outcome.changes);
	good = twice && twice_len == once_len && memcmp(once, twice, once_len) == 0
	       && conforms(once, once_len);
	/* A carriage return of the text's own makes the two forms differ, and rightly so. */
	if (!memchr(text, '\r', len))
		good = good && wired && wired_len == wished_len
		       && memcmp(wired, wished, wished_len) == 0;
	free(wished);
	free(wired);
	free(once);
	free(twice);
	return good;
}

static void
test_corpus(void)
{
	static const char bytes[] = "\"()<>:;@,. \n\t\xc3z0";
	char text[TEXT_MAX], sentence[256];
	size_t repairs = 0, runs = 0;
	struct repair_outcome outcome = { 0 };
	unsigned int chance = 1;
	glob_t files;
	bool refused;

	if (glob("tests/lib/mail/repair.corpus/*.eml", 0, NULL, &files) != 0)
		abort();
	for (size_t i = 0; i < files.gl_pathc; i++) {
		const char *name = strrchr(files.gl_pathv[i], '/') + 1;
		FILE *file = fopen(files.gl_pathv[i], "r");
		size_t len = fread(text, 1, sizeof text, file), at = 0, got_len;
		char *got;

		fclose(file);
		if (header_end(text, len, &at))
			len = at;
		if (header_absent(text, len))
			len = 0;
		got = repaired(&settings, text, len, &got_len, &outcome);
		snprintf(sentence, sizeof sentence, "%s", name);
		if (!CHECK(strncmp(name, "refuse", 6) == 0 ? outcome.refused
		           : strncmp(name, "ok", 2) == 0
		               ? got && got_len == len && memcmp(got, text, len) == 0
		               : got && (got_len != len || memcmp(got, text, len) != 0),
		           sentence))
			printf("# %s\n", outcome.text);
		free(got);
		snprintf(sentence, sizeof sentence, "... and once is as good as twice");
		CHECK(is_stable(text, len, &refused), sentence);
		for (size_t run = 0; run < 300; run++, runs++) {
			char mutant[TEXT_MAX];
			size_t mutant_len = 0;

			memcpy(mutant, text, len);
			for (int changes = 0; len && changes < 3; changes++) {
				chance = chance * 1103515245 + 12345;
				mutant[(chance >> 8) % len] =
				    bytes[(chance >> 4) % (sizeof bytes - 1)];
			}
			if (header_end(mutant, len, &mutant_len)
			    && header_absent(mutant, mutant_len))
				mutant_len = 0;
			if (!is_stable(mutant, mutant_len, &refused)) {
				CHECK(false, "a mutant is repaired once and for all");
				printf("# of %s: %.*s\n", name, (int)mutant_len, mutant);
			}
			repairs += !refused;
		}
	}
	CHECK(files.gl_pathc > 50 && repairs > runs / 10, "mutants were repaired, and stay so");
	stralloc_free(&outcome.changes);
	globfree(&files);
}

int
main(void)
{
	test_repairs();
	test_refusals();
	test_settings();
	test_size();
	test_corpus();
	return check_end();
}
