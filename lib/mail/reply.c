#include "mail/reply.h"

#include <string.h>

void
reply_begin(struct reply *reply)
{
	memset(reply, 0, sizeof *reply);
}

int
reply_class(const struct reply *reply)
{
	return reply->code / 100;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code that begins a line; 0: none. Any second and third digit will do (RFC 5321 4.2.1). */
static int
code_read(const char *line)
{
	if (line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* The length of "class.subject.detail" (RFC 2034 4) at the start of words; 0: none there. */
static size_t
enhanced_len(const char *words, char class)
{
	size_t at = 1;

	if (words[0] != class)
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits = 0;

		if (words[at++] != '.')
			return 0;
		for (; is_digit(words[at]); at++)
			digits++;
		if (digits < 1 || digits > 3)
			return 0;
	}
	return words[at] && words[at] != ' ' ? 0 : at;
}

static void
text_add(struct reply *reply, const char *words)
{
	size_t room = REPLY_TEXT_KEPT - reply->text_len, len = strlen(words);

	if (len && reply->text_len && room) {
		reply->text[reply->text_len++] = ' ';
		room--;
	}
	if (len > room)
		len = room;
	memcpy(reply->text + reply->text_len, words, len);
	reply->text_len += len;
	reply->text[reply->text_len] = 0;
}

/* A whole line stands in line: cut the codes off, and see whether it is the last. */
static enum reply_state
line_end(struct reply *reply)
{
	size_t skip = 3, enhanced;
	bool is_last;
	int code;

	reply->line[reply->line_len] = 0;
	code = code_read(reply->line);
	if (!code || (reply->line[3] && reply->line[3] != ' ' && reply->line[3] != '-'))
		return REPLY_BROKEN;
	if (reply->first_line_read && code / 100 != reply->code / 100)
		return REPLY_BROKEN;
	is_last = reply->line[3] != '-';
	skip += reply->line[3] != 0;
	reply->code = code;
	enhanced = code / 100 == 3 ? 0 : enhanced_len(reply->line + skip, reply->line[0]);
	if (enhanced && !reply->has_enhanced) {
		memcpy(reply->enhanced, reply->line + skip, enhanced);
		reply->has_enhanced = true;
	}
	skip += enhanced;
	while (reply->line[skip] == ' ')
		skip++;
	memmove(reply->line, reply->line + skip, reply->line_len - skip + 1);
	reply->line_len = 0;
	reply->first_line_read = true;
	text_add(reply, reply->line);
	if (!is_last)
		return REPLY_LINE;
	if (!reply->has_enhanced && code / 100 != 3) {
		memcpy(reply->enhanced, "0.0.0", 6);
		reply->enhanced[0] = (char)('0' + code / 100);
	}
	return REPLY_WHOLE;
}

enum reply_state
reply_feed(struct reply *reply, const char *bytes, size_t len, size_t *used)
{
	for (*used = 0; *used < len;) {
		char c = bytes[(*used)++];

		if (++reply->bytes > REPLY_MAX_BYTES)
			return REPLY_BROKEN;
		if (c == '\n') {
			if (reply->line_len && reply->line[reply->line_len - 1] == '\r')
				reply->line_len--;
			for (size_t i = 0; i < reply->line_len; i++)
				if (reply->line[i] == '\t')
					reply->line[i] = ' ';
				else if (reply->line[i] < ' ' || reply->line[i] > '~')
					reply->line[i] = '?';
			return line_end(reply);
		}
		if (reply->line_len < REPLY_LINE_KEPT)
			reply->line[reply->line_len++] = c;
	}
	return REPLY_MORE;
}
