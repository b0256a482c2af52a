/* REP-12, OUT-16: whatever a server answers is read within bounds, however it is cut. */
#include "mail/reply.h"

#include "check.h"

static const struct {
	const char *sentence;
	const char *wire;
	enum reply_state state; /* after the last byte that was taken */
	int code;
	const char *enhanced;
	const char *text;
} cases[] = {
	{ "a reply of one line", "250 2.1.0 ok\r\n", REPLY_WHOLE, 250, "2.1.0", "ok" },
	{ "a reply without words", "250\r\n", REPLY_WHOLE, 250, "2.0.0", "" },
	{ "a reply with a space and no words", "250 \r\n", REPLY_WHOLE, 250, "2.0.0", "" },
	{ "a bare LF ends a line too", "250 ok\n", REPLY_WHOLE, 250, "2.0.0", "ok" },
	{ "a missing enhanced code is made from the class", "450 busy\r\n", REPLY_WHOLE, 450,
	  "4.0.0", "busy" },
	{ "an enhanced code of another class is only text", "550 4.1.1 no\r\n", REPLY_WHOLE, 550,
	  "5.0.0", "4.1.1 no" },
	{ "an enhanced code without words", "550 5.7.123\r\n", REPLY_WHOLE, 550, "5.7.123", "" },
	{ "four digits are no enhanced code", "550 5.1.1234 x\r\n", REPLY_WHOLE, 550, "5.0.0",
	  "5.1.1234 x" },
	{ "half an enhanced code is only text", "550 5.1 x\r\n", REPLY_WHOLE, 550, "5.0.0",
	  "5.1 x" },
	{ "a 3yz reply has no enhanced code", "354 go on\r\n", REPLY_WHOLE, 354, "", "go on" },
	{ "lines are joined, their enhanced codes left out",
	  "550-5.1.1 no\r\n550 5.1.1 such user\r\n", REPLY_WHOLE, 550, "5.1.1", "no such user" },
	{ "the first enhanced code counts", "550-no\r\n550-5.1.1 such\r\n550 5.7.1 user\r\n",
	  REPLY_WHOLE, 550, "5.1.1", "no such user" },
	{ "the last code of a class counts", "450-a\r\n451 b\r\n", REPLY_WHOLE, 451, "4.0.0",
	  "a b" },
	{ "codes of two classes make no reply", "250-a\r\n550 b\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "REP-12: 599 is a code of class 5", "599 x\r\n", REPLY_WHOLE, 599, "5.0.0", "x" },
	{ "REP-12: 477 is a code of class 4", "477 x\r\n", REPLY_WHOLE, 477, "4.0.0", "x" },
	{ "REP-12: 299 is a code of class 2", "299 x\r\n", REPLY_WHOLE, 299, "2.0.0", "x" },
	{ "1yz is no reply to anything", "150 x\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "600 is no code", "600 x\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "two digits are no code", "25 x\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "four digits are no code", "2500 x\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "words are no reply", "HTTP/1.1 400 Bad Request\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "an empty line is no reply", "\r\n", REPLY_BROKEN, 0, NULL, NULL },
	{ "a line without end is not all of it", "250 ok", REPLY_MORE, 0, NULL, NULL },
	{ "a continued line is not all of it", "250-ok\r\n", REPLY_LINE, 0, NULL, NULL },
	{ "controls, 8-bit bytes and CR within come out printable",
	  "550 a\tb\x01\xc3\xa4\rc\x7f\r\n", REPLY_WHOLE, 550, "5.0.0", "a b????c?" },
	{ "what follows is left alone", "250 ok\r\n500 x\r\n", REPLY_WHOLE, 250, "2.0.0", "ok" },
};

/* Feeds the text in pieces of at most size bytes. */
static enum reply_state
feed(struct reply *reply, const char *text, size_t len, size_t size)
{
	enum reply_state state = REPLY_MORE;
	size_t at = 0;

	reply_begin(reply);
	while (at < len && (state == REPLY_MORE || state == REPLY_LINE)) {
		size_t piece = len - at < size ? len - at : size, used;
		char *copy = check_copy(text + at, piece);

		state = reply_feed(reply, copy, piece, &used);
		free(copy);
		at += used;
	}
	return state;
}

static bool
right(size_t i, size_t size)
{
	struct reply reply;

	if (feed(&reply, cases[i].wire, strlen(cases[i].wire), size) != cases[i].state)
		return false;
	return !cases[i].text
	       || (reply.code == cases[i].code && strcmp(reply.enhanced, cases[i].enhanced) == 0
	           && strcmp(reply.text, cases[i].text) == 0
	           && reply_class(&reply) == cases[i].code / 100);
}

static void
long_ones(void)
{
	size_t len = REPLY_MAX_BYTES * 2, lines;
	char *text = malloc(len);
	struct reply reply;
	enum reply_state state = REPLY_LINE;

	memset(text, 'x', len);
	memcpy(text, "250 ", 4);
	CHECK(feed(&reply, text, len, 4096) == REPLY_BROKEN, "a line without end is given up");
	memcpy(text + 5000, "\r\n", 2);
	CHECK(feed(&reply, text, 5002, 4096) == REPLY_WHOLE
	          && strlen(reply.text) == REPLY_TEXT_KEPT,
	      "a long line is cut");
	memcpy(text, "250\0x\r\n", 7);
	CHECK(feed(&reply, text, 7, 7) == REPLY_BROKEN, "NUL behind the code ends no line");
	reply_begin(&reply);
	for (lines = 0; lines < 1 << 20 && state == REPLY_LINE; lines++) {
		size_t used;

		state = reply_feed(&reply, "250-more\r\n", 10, &used);
	}
	CHECK(state == REPLY_BROKEN && lines < REPLY_MAX_BYTES, "a flood of lines is given up");
	CHECK(strlen(reply.text) <= REPLY_TEXT_KEPT,
	      "a flood of lines fills no more than its room");
	free(text);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool good = true;

		for (size_t size = 1; size <= strlen(cases[i].wire); size++)
			good = good && right(i, size);
		CHECK(good, cases[i].sentence);
	}
	long_ones();
	return check_end();
}
