#include "net/outgoing.h"

#include "base/die.h"
#include "base/io.h"
#include "base/spawn.h"
#include "mail/seven_bit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 32 << 10 };

const char *
outgoing_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

static int
spool_open(void)
{
	const char *folder = outgoing_folder();
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 || (fd = fd_high(fd)) < 0)
		die_temporary("cannot make a file for the message in ", folder,
		              "; set TMPDIR to a folder that can be written");
	return fd;
}

void
outgoing_take(struct outgoing *out, struct stage *stage)
{
	char chunk[CHUNK_BYTES];
	struct stat status;
	bool spool;
	size_t len;

	*out = (struct outgoing){ .fd = FD_MESSAGE };
	if (fstat(FD_MESSAGE, &status) < 0)
		die_temporary("cannot read the message on fd 0");
	spool = !S_ISREG(status.st_mode);
	if (spool)
		out->fd = spool_open();
	else if ((out->start = lseek(FD_MESSAGE, 0, SEEK_CUR)) < 0)
		die_temporary("cannot tell where the message begins");
	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0) {
		content_scan(&out->content, chunk, len);
		if (spool && !io_write(out->fd, chunk, len))
			die_temporary("cannot keep a copy of the message while it is sent");
	}
	content_end(&out->content);
}

ssize_t
outgoing_read(const struct outgoing *out, uint64_t at, char *bytes, size_t size)
{
	uint64_t left = out->content.bytes - at;
	ssize_t n;

	if (size > left)
		size = (size_t)left; /* what has grown behind the seal is not the message */
	if (!size)
		return 0;
	do
		n = pread(out->fd, bytes, size, out->start + (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n == 0) {
		errno = EIO; /* it was longer when we read it first */
		return -1;
	}
	return n;
}

/* One walk over the message; made: where it goes, -1: nowhere, as it is only looked at. */
static void
walk(const struct outgoing *out, struct seven_bit *plan, int made, struct content *content)
{
	char chunk[CHUNK_BYTES];
	stralloc text = STRALLOC_ZERO;
	uint64_t at = 0;
	bool done = true;
	ssize_t n;

	do {
		n = outgoing_read(out, at, chunk, sizeof chunk);
		if (n < 0)
			die_temporary("cannot read the message again");
		at += (uint64_t)n;
		text.len = 0;
		if (made < 0)
			done = n ? seven_bit_plan(plan, chunk, (size_t)n) : seven_bit_planned(plan);
		else
			done = n ? seven_bit_make(plan, chunk, (size_t)n, "\r\n", &text)
			         : seven_bit_made(plan, &text);
		if (!done)
			die_memory();
		content_scan(content, text.s, text.len);
		if (text.len && !io_write(made, text.s, text.len))
			die_temporary("cannot keep the message, made 7-bit");
	} while (n);
	stralloc_free(&text);
}

void
outgoing_seven_bit(struct outgoing *out)
{
	struct seven_bit plan = { .wire = true };
	struct outgoing made = { .fd = -1 };

	walk(out, &plan, -1, &made.content);
	if (!plan.needed || plan.stuck)
		return;
	made.fd = spool_open();
	walk(out, &plan, made.fd, &made.content);
	content_end(&made.content);
	if (out->fd != FD_MESSAGE)
		close(out->fd);
	*out = made;
}
