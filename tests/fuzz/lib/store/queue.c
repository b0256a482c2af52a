/* A file in the queue: what is taken for a message has an envelope and all of its bytes. */
#include "store/queue.h"

#include "base/record.h"

#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <xxhash.h>

static const char id[] = "0123456789abcdef";

/* The one message of a queue in TMPDIR, which tests/fuzz/run makes and removes; its file. */
static int
message_open(struct queue *queue)
{
	static char name[4096];
	const char *folder = getenv("TMPDIR");
	char target[QUEUE_NAME_BYTES];
	int fd;

	snprintf(name, sizeof name, "%s/queue.XXXXXX", folder ? folder : "/tmp");
	assert(mkdtemp(name) && queue_make(name) && queue_open(queue, name));
	queue_name(target, "msg", id);
	fd = openat(queue->root, target, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert(fd >= 0);
	return fd;
}

static void
check(const struct queue *queue, size_t len)
{
	stralloc envelope = STRALLOC_ZERO;
	struct queue_message message;

	if (queue_get(queue, id, &message, &envelope) == QUEUE_FOUND) {
		assert(message.envelope_len == envelope.len && envelope.len);
		assert(record_list_len(envelope.s, envelope.len) == envelope.len);
		assert(QUEUE_HEADER_BYTES + message.envelope_len + message.message_len == len);
		queue_verify(&message);
		close(message.fd);
	} else {
		assert(message.fd < 0);
	}
	stralloc_free(&envelope);
}

static void
fuzz(char *bytes, size_t len)
{
	static struct queue queue;
	static int fd;
	char header[QUEUE_HEADER_BYTES + 1];
	size_t list = record_list_len(bytes, len);
	int used;

	if (!fd)
		fd = message_open(&queue);
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
	check(&queue, len);
	/* And with a header that is right: what is behind it counts then. */
	used = snprintf(header, sizeof header, "smtpipe-message 1 %s %zu %zu %016llx", id, list,
	                len - list, (unsigned long long)XXH3_64bits(bytes, len));
	memset(header + used, ' ', (size_t)(QUEUE_HEADER_BYTES - used));
	header[QUEUE_HEADER_BYTES - 1] = '\n';
	assert(pwrite(fd, header, QUEUE_HEADER_BYTES, 0) == QUEUE_HEADER_BYTES);
	assert(pwrite(fd, bytes, len, QUEUE_HEADER_BYTES) == (ssize_t)len);
	check(&queue, QUEUE_HEADER_BYTES + len);
}
