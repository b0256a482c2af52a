/* Lines of a dialogue: the same whether they come at once or in pieces; none holds CR, LF or NUL. */
#include "net/dialogue.h"

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "fuzz/still.h"

enum { FUZZ_MAX = 300, IN, MANY = 6300 };

/* All lines, each behind a digit for its status. */
static void
read_lines(bool lf, stralloc *out)
{
	static struct dialogue dialogue;
	enum line_status status;
	size_t len;
	char *line;

	dialogue_start(&dialogue, IN, -1);
	dialogue.lf = lf;
	while ((status = dialogue_line(&dialogue, 1, &line, &len)) != LINE_END) {
		assert(status != LINE_TIMEOUT && stralloc_append(out, (char)('0' + status)));
		if (status != LINE_OK)
			continue;
		assert(strlen(line) == len && len <= DIALOGUE_LINE_MAX && !strpbrk(line, "\r\n"));
		assert(stralloc_catb(out, line, len));
	}
}

/* Lines are long here, and inputs are not: a byte 1 stands for many letters. */
static void
grow(stralloc *text, const char *bytes, size_t len)
{
	text->len = 0;
	for (size_t i = 0; i < len && text->len < 5 * DIALOGUE_LINE_MAX; i++) {
		size_t count = bytes[i] == 1 ? MANY : 1;

		assert(stralloc_readyplus(text, count));
		memset(text->s + text->len, bytes[i] == 1 ? 'x' : bytes[i], count);
		text->len += count;
	}
}

static void
fuzz(char *bytes, size_t len)
{
	static stralloc text, whole, cut;
	bool lf = len % 2;

	grow(&text, bytes, len);
	whole.len = cut.len = 0;
	file_open(IN, text.s, text.len);
	read_lines(lf, &whole);
	file_open(IN, text.s, text.len)->step = fuzz_step(text.len);
	read_lines(lf, &cut);
	assert(fuzz_same(&whole, &cut));
}
