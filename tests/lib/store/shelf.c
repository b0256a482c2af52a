/* QUE-01: what was read of a message is had back as it was, or not at all */
#include "store/shelf.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct shelf shelf;

static const char one[] = "0testmessage0001", far[] = "0testmessage0002",
                  near[] = "1testmessage0001"; /* with the place of the first */

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int
file_open(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		exit(111);
	return fd;
}

/* Puts an envelope of so many bytes there, and a file; returns its descriptor. */
static int
put(const char *id, size_t len)
{
	struct queue_message file = { .fd = file_open(), .message_len = 7 };
	stralloc records = STRALLOC_ZERO;

	if (!stralloc_ready(&records, len))
		exit(111);
	memset(records.s, 'x', len);
	records.len = len;
	shelf_put(&shelf, id, &file, &records);
	return file.fd;
}

static bool
take(const char *id, bool with_file)
{
	struct queue_message file = { .fd = -1 };
	stralloc records = STRALLOC_ZERO;
	bool taken = shelf_take(&shelf, id, with_file, &file, &records);

	if (taken && (file.message_len != 7 || !records.len || (file.fd >= 0) != with_file))
		taken = false;
	if (file.fd >= 0)
		close(file.fd);
	stralloc_free(&records);
	return taken;
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-shelf.XXXXXX";
	int fd;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		exit(111);
	CHECK(!take(one, false), "an empty shelf has nothing");
	put(one, 100);
	CHECK(!take(far, true), "of another message neither");
	CHECK(take(one, true), "what was put there is there, with its file");
	CHECK(!take(one, true) && !take(one, false), "once");
	fd = put(one, 100);
	CHECK(take(one, false) && !is_open(fd), "without its file, that is closed");
	fd = put(one, 100);
	put(near, 100);
	CHECK(!is_open(fd) && !take(one, false) && take(near, true),
	      "who comes to a place pushes out who was there");
	fd = put(one, SHELF_RECORDS_MAX + 1);
	CHECK(!is_open(fd) && !take(one, false), "an envelope that is long is not kept");
	fd = put(one, 100);
	unlink("file");
	CHECK(!take(one, true) && !is_open(fd),
	      "nor is a file given out that has no name any more");
	CHECK(chdir("/") == 0 && rmdir(folder) == 0, "that is all");
	return check_end();
}
