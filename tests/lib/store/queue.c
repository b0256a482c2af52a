#include "store/queue.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char id[] = "0testmessage0001",
                  envelope[] = "V1\0Fann@example.org\0Tbob@example.net\0";
enum { ENVELOPE_LEN = sizeof envelope, HEADER = QUEUE_HEADER_BYTES };
static const char message[] = "Subject: hi\r\n\r\nbody\r\n";
static struct queue queue;
static char name[QUEUE_NAME_BYTES];

static enum queue_commit
add_text(const char *text)
{
	struct queue_new new;

	if (!queue_create(&new, &queue, id, envelope, ENVELOPE_LEN))
		abort();
	if (!queue_append(&new, text, 10) || !queue_append(&new, text + 10, strlen(text) - 10))
		abort();
	return queue_commit(&new);
}

static enum queue_commit
add(void)
{
	return add_text(message);
}

/* What queue_get and then queue_verify say to the file as it is. */
static enum queue_found
look(void)
{
	struct queue_message found;
	stralloc records = STRALLOC_ZERO;
	enum queue_found result = queue_get(&queue, id, &found, &records);

	if (result == QUEUE_FOUND) {
		result = queue_verify(&found);
		close(found.fd);
	}
	stralloc_free(&records);
	return result;
}

/* Each damage is done to a fresh file, at an offset; no text: the file is cut there. */
static const struct {
	const char *sentence;
	off_t at;
	const char *text;
} damages[] = {
	{ "an empty file is no message", 0, NULL },
	{ "a header line cut short is no message", HEADER - 1, NULL },
	{ "a message without its envelope is none", HEADER, NULL },
	{ "an envelope cut short is found by its length", HEADER + 5, NULL },
	{ "a message cut short is found by its length", HEADER + ENVELOPE_LEN + 5, NULL },
	{ "a message with more behind it is found by its length",
	  HEADER + ENVELOPE_LEN + sizeof message - 1, "x" },
	{ "another magic is refused", 0, "x" },
	{ "another version is refused", 16, "2" },
	{ "a file under another id's name is refused", 18, "1" },
	{ "a length that is no number is refused", 35, "x" },
	{ "a length over all bounds is refused", 35, "999999999999999999999999999999" },
	{ "lengths that leave no byte for the envelope are refused", 35, "00 59" },
	{ "a wrong checksum is refused", 41, "0000000000000000" },
	{ "a line feed that is missing is refused", HEADER - 1, " " },
	{ "words behind the checksum are refused", HEADER - 5, "x" },
	{ "a NUL in the header line is refused", HEADER - 5, "" },
	{ "a changed envelope is found by its checksum", HEADER + 4, "b" },
	{ "a changed message is found by its checksum", HEADER + ENVELOPE_LEN + 3, "b" },
};

static void
damage(off_t at, const char *text)
{
	int fd = openat(queue.root, name, O_RDWR);

	if (fd < 0
	    || (text ? pwrite(fd, text, strlen(text) + !*text, at) < 0 : ftruncate(fd, at) < 0))
		abort();
	close(fd);
}

static void
test_damages(void)
{
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		queue_remove(&queue, "msg", id);
		if (add() != QUEUE_ADDED || look() != QUEUE_FOUND)
			abort();
		damage(damages[i].at, damages[i].text);
		CHECK(look() == QUEUE_CORRUPT, damages[i].sentence);
	}
	if (unlinkat(queue.root, "bad", AT_REMOVEDIR) < 0)
		abort();
	CHECK(queue_set_aside(&queue, id) && look() == QUEUE_GONE, "what is set aside is gone");
	CHECK(faccessat(queue.root, "bad/0testmessage0001", F_OK, 0) == 0,
	      "and lies in bad, which is made where it is missing");
}

static void
test_read(void)
{
	struct queue_message found;
	stralloc records = STRALLOC_ZERO;
	char bytes[64];

	CHECK(look() == QUEUE_GONE, "a message that is not there is gone");
	CHECK(add() == QUEUE_ADDED, "a message is added");
	CHECK(add() == QUEUE_ALREADY, "the same one is there already");
	CHECK(add_text("Subject: other\r\n\r\nhi\r\n") == QUEUE_OTHER && look() == QUEUE_FOUND,
	      "one with its id and other bytes is another, and changes nothing");
	CHECK(add() == QUEUE_ALREADY, "the first one is there still");
	CHECK(queue_get(&queue, id, &found, &records) == QUEUE_FOUND, "it is found");
	CHECK(records.len == ENVELOPE_LEN && memcmp(records.s, envelope, records.len) == 0,
	      "with its envelope");
	CHECK(read(found.fd, bytes, sizeof bytes) == (ssize_t)strlen(message)
	          && memcmp(bytes, message, strlen(message)) == 0,
	      "its descriptor stands at the message, and ends with it");
	CHECK(found.message_len == strlen(message), "its length is known");
	CHECK(queue_verify(&found) == QUEUE_FOUND, "its checksum is right");
	close(found.fd);
	stralloc_free(&records);
	CHECK(queue_remove(&queue, "msg", id) && look() == QUEUE_GONE, "it is removed");
	CHECK(queue_remove(&queue, "msg", id), "a second removal is no error");
	if (symlinkat("/etc/passwd", queue.root, name) < 0)
		abort();
	CHECK(look() == QUEUE_CORRUPT, "a symbolic link is no message");
	if (!queue_remove(&queue, "msg", id) || mkfifoat(queue.root, name, 0600) < 0)
		abort();
	alarm(20);
	CHECK(look() == QUEUE_CORRUPT, "nor is a pipe, at which nobody waits");
	alarm(0);
}

static void
test_abandon(void)
{
	struct queue_new new;

	queue_remove(&queue, "msg", id);
	if (!queue_create(&new, &queue, id, envelope, ENVELOPE_LEN))
		abort();
	queue_abandon(&new);
	CHECK(look() == QUEUE_GONE, "an abandoned message never was");
	close(queue.root);
	CHECK(!queue_open(&queue, "no-such-queue") && errno == ENOENT,
	      "a missing queue is said so");
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-queue.XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	CHECK(queue_make("queue"), "the folders are made");
	CHECK(queue_make("queue"), "and that may be asked twice");
	if (!queue_open(&queue, "queue"))
		abort();
	queue_name(name, "msg", id);
	test_read();
	test_damages();
	test_abandon();
	if (system("rm -rf queue") != 0 || rmdir(folder) < 0)
		abort();
	return check_end();
}
