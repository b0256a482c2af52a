#include "mail/draft.h"

#include "check.h"

static const struct {
	const char *sentence, *bytes;
	bool at_end;
	size_t text_len;
	bool last;
} ends[] = {
	{ "text without the line goes on", "a\nb\n", false, 4, false },
	{ "a line of one dot ends it", "a\n.\nb\n", false, 2, true },
	{ "so does one with CRLF", "a\r\n.\r\nb", false, 3, true },
	{ "and one at the beginning", ".\n", false, 0, true },
	{ "a dot that something follows is text", "a\n.b\n", false, 5, false },
	{ "so is one inside a line", "a.\nb.\n", false, 6, false },
	{ "a dot with nothing behind it may become one", "a\n.", false, 2, false },
	{ "at the end it is one", "a\n.", true, 2, true },
	{ "so may a dot and a carriage return", "a\n.\r", false, 2, false },
	{ "two dots are text", "..\n", false, 3, false },
};

static const struct {
	const char *sentence, *header;
	enum draft_fault fault;
	const char *recipients; /* parted by spaces */
} headers[] = {
	{ "To, Cc and Bcc are recipients",
	  "From: a@b\r\nTo: Ann <ann@a.test>, bob@b.test\r\nCc: c@c.test\r\nbcc: d@d.test\r\n",
	  DRAFT_OK, "ann@a.test bob@b.test c@c.test d@d.test" },
	{ "a group's members are, too", "To: us: ann@a.test, bob@b.test;\r\n", DRAFT_OK,
	  "ann@a.test bob@b.test" },
	{ "sent on: those of the topmost Resent fields only",
	  "Resent-To: x@x.test\r\nResent-Cc: y@y.test\r\nReceived: z\r\nResent-To: old@x.test\r\n"
	  "To: ann@a.test\r\n",
	  DRAFT_OK, "x@x.test y@y.test" },
	{ "other fields are none", "Reply-To: a@a.test\r\nSubject: b@b.test\r\n", DRAFT_OK, "" },
	{ "what is no list is a fault", "To: ann@@a.test\r\n", DRAFT_NO_LIST, "" },
	{ "so is a line that is no field", "hello\r\nTo: ann@a.test\r\n", DRAFT_NO_FIELD, "" },
	{ "and a control character", "To: \"a\\\001b\"@a.test\r\n", DRAFT_CONTROL, "" },
};

static const struct {
	const char *sentence, *header, *without_bcc, *from;
} changes[] = {
	{ "Bcc is taken out, whatever its letters are", "BCC: a@b\r\n c@d\r\nTo: e@f\r\n",
	  "To: e@f\r\n", "From: Ann <a@b>\r\n" },
	{ "Resent-Bcc, too", "Resent-Bcc: a@b\r\nX: y\r\n", "X: y\r\n", "From: Ann <a@b>\r\n" },
	{ "a From stays as it is", "from: x\r\n", "from: x\r\n", "" },
	{ "what is no header gets one, and its end", "hello\r\n", "hello\r\n",
	  "From: Ann <a@b>\r\n\r\n" },
};

static bool
same(const stralloc *got, const char *wanted)
{
	return got->len == strlen(wanted) && (!got->len || memcmp(got->s, wanted, got->len) == 0);
}

/* The addresses out of records. */
static void
join(stralloc *out, const stralloc *records)
{
	for (size_t at = 0; at < records->len; at += strlen(records->s + at) + 1)
		if (records->s[at] == 'T')
			stralloc_cats(out, out->len ? " " : ""),
			    stralloc_cats(out, records->s + at + 1);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t len = strlen(ends[i].bytes);
		char *copy = check_copy(ends[i].bytes, len);
		bool last = false;

		CHECK(draft_text_len(copy, len, false, ends[i].at_end, &last) == ends[i].text_len
		          && last == ends[i].last,
		      ends[i].sentence);
		free(copy);
	}
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		size_t len = strlen(headers[i].header), line = 0;
		char *copy = check_copy(headers[i].header, len);
		struct draft_recipients to = { .list = STRALLOC_ZERO };
		stralloc names = STRALLOC_ZERO;
		enum draft_fault fault = draft_recipients(&to, copy, len, &line);

		join(&names, &to.list);
		CHECK(fault == headers[i].fault
		          && (fault ? line == 1 : same(&names, headers[i].recipients)),
		      headers[i].sentence);
		stralloc_free(&to.list);
		stralloc_free(&names);
		free(copy);
	}
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		size_t len = strlen(changes[i].header);
		char *copy = check_copy(changes[i].header, len);
		stralloc without = STRALLOC_ZERO, from = STRALLOC_ZERO;

		CHECK(draft_without_bcc(&without, copy, len)
		          && draft_from(&from, copy, len, "Ann", "a@b")
		          && same(&without, changes[i].without_bcc) && same(&from, changes[i].from),
		      changes[i].sentence);
		stralloc_free(&without);
		stralloc_free(&from);
		free(copy);
	}
	return check_end();
}
