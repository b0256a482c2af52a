/* Lines of a dialogue: the same whether they come at once or in pieces; none holds CR, LF or NUL. */
#include "net/dialogue.h"

#include "fuzz/fuzz.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* All lines, each behind a digit for its status. */
static void
read_lines(int fd, bool lf, stralloc *out)
{
	static struct dialogue dialogue;
	enum line_status status;
	size_t len;
	char *line;

	dialogue_start(&dialogue, fd, -1);
	dialogue.lf = lf;
	while ((status = dialogue_line(&dialogue, 1, &line, &len)) != LINE_END) {
		assert(status != LINE_TIMEOUT && stralloc_append(out, (char)('0' + status)));
		if (status != LINE_OK)
			continue;
		assert(strlen(line) == len && len <= DIALOGUE_LINE_MAX && !strpbrk(line, "\r\n"));
		assert(stralloc_catb(out, line, len));
	}
}

static void
fuzz(char *bytes, size_t len)
{
	static int file;
	stralloc whole = STRALLOC_ZERO, cut = STRALLOC_ZERO;
	bool lf = len % 2;
	int ends[2];

	if (!file)
		file = memfd_create("lines", MFD_CLOEXEC);
	assert(ftruncate(file, 0) == 0 && pwrite(file, bytes, len, 0) == (ssize_t)len);
	lseek(file, 0, SEEK_SET);
	read_lines(file, lf, &whole);
	/* Each packet is read by itself. */
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (size_t at = 0, step = fuzz_step(len); at < len; at += step) {
		size_t part = len - at < step ? len - at : step;

		assert(send(ends[1], bytes + at, part, MSG_DONTWAIT) == (ssize_t)part);
	}
	close(ends[1]);
	read_lines(ends[0], lf, &cut);
	close(ends[0]);
	assert(fuzz_same(&whole, &cut));
	stralloc_free(&whole);
	stralloc_free(&cut);
}
