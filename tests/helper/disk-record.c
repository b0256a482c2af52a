/*
 * disk-record - a disk that writes down, in order, every write and every flush it is asked for
 *
 *     disk-record folder image log
 *
 * Mounts a folder (FUSE) in which there are two files: "disk", for a loop device, holds what image
 * holds; what is written to "mark" becomes a mark in the log, between the writes that came before and
 * after. It runs until the folder is unmounted. The log is a list of records, each of which begins with
 *
 *     kind (one byte: W write, F flush, M mark), offset and length (8 bytes each, of this machine)
 *
 * and for writes and marks goes on with so many bytes. One request is answered after the other: a
 * flush in the log stands behind all writes that were answered before it was asked for.
 */
#include "base/die.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

char const *PROG = "disk-record";

enum { WRITE_MAX = 1 << 20, ROOM = WRITE_MAX + 65536, NODE_DISK = 2, NODE_MARK = 3 };

static int fuse, image, record;
static uint64_t image_size;

static union {
	char bytes[ROOM];
	struct fuse_in_header header;
} request;
static union {
	char bytes[sizeof(struct fuse_out_header) + WRITE_MAX];
	struct fuse_out_header header;
} reply;

static void
answer(int error, size_t len)
{
	reply.header = (struct fuse_out_header){ .len = (uint32_t)(sizeof reply.header + len),
		                                 .error = -error,
		                                 .unique = request.header.unique };
	/* ENOENT: who asked was interrupted, and no longer wants to know. */
	if (write(fuse, reply.bytes, reply.header.len) < 0 && errno != ENOENT)
		die_temporary("cannot answer the kernel");
}

static void
answer_with(const void *body, size_t len)
{
	memcpy(reply.bytes + sizeof reply.header, body, len);
	answer(0, len);
}

static void
log_record(char kind, uint64_t at, const char *bytes, uint64_t len)
{
	char head[1 + 2 * sizeof at];

	head[0] = kind;
	memcpy(head + 1, &at, sizeof at);
	memcpy(head + 1 + sizeof at, &len, sizeof len);
	if (!io_write(record, head, sizeof head) || !io_write(record, bytes, len))
		die_temporary("cannot write the log");
}

static struct fuse_attr
attributes(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
		                   .size = node == NODE_DISK ? image_size : 0,
		                   .blocks = node == NODE_DISK ? image_size / 512 : 0,
		                   .mode = node == FUSE_ROOT_ID ? S_IFDIR | 0700 : S_IFREG | 0600,
		                   .nlink = 1,
		                   .blksize = 4096 };
}

static void
do_lookup(const char *name)
{
	uint64_t node = strcmp(name, "disk") == 0   ? NODE_DISK
	                : strcmp(name, "mark") == 0 ? NODE_MARK
	                                            : 0;

	if (!node)
		answer(ENOENT, 0);
	else
		answer_with(&(struct fuse_entry_out){ .nodeid = node, .attr = attributes(node) },
		            sizeof(struct fuse_entry_out));
}

static void
do_read(const struct fuse_read_in *in)
{
	ssize_t len = 0;

	if (request.header.nodeid == NODE_DISK)
		len = pread(image, reply.bytes + sizeof reply.header,
		            in->size < WRITE_MAX ? in->size : WRITE_MAX, (off_t)in->offset);
	if (len < 0)
		answer(errno, 0);
	else
		answer(0, (size_t)len);
}

static void
do_write(const struct fuse_write_in *in)
{
	const char *bytes = (const char *)(in + 1);

	if (request.header.nodeid == NODE_MARK)
		log_record('M', 0, bytes, in->size);
	else {
		log_record('W', in->offset, bytes, in->size);
		if (pwrite(image, bytes, in->size, (off_t)in->offset) != in->size)
			die_temporary("cannot write the image");
	}
	answer_with(&(struct fuse_write_out){ .size = in->size }, sizeof(struct fuse_write_out));
}

/* Past the page cache: each write of the loop device comes at once, and as it is. */
static void
do_open(void)
{
	answer_with(&(struct fuse_open_out){ .open_flags = FOPEN_DIRECT_IO },
	            sizeof(struct fuse_open_out));
}

static void
do_init(void)
{
	const struct fuse_init_in *in = (const void *)(request.bytes + sizeof request.header);

	answer_with(&(struct fuse_init_out){ .major = FUSE_KERNEL_VERSION,
	                                     .minor = FUSE_KERNEL_MINOR_VERSION,
	                                     .max_readahead = in->max_readahead,
	                                     .flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
	                                     .max_background = 64,
	                                     .congestion_threshold = 48,
	                                     .max_write = WRITE_MAX,
	                                     .max_pages = WRITE_MAX / 4096 },
	            sizeof(struct fuse_init_out));
}

static void
do_request(void)
{
	const void *body = request.bytes + sizeof request.header;
	uint64_t node = request.header.nodeid;

	switch (request.header.opcode) {
	case FUSE_INIT: do_init(); break;
	case FUSE_LOOKUP: do_lookup(body); break;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		answer_with(&(struct fuse_attr_out){ .attr = attributes(node) },
		            sizeof(struct fuse_attr_out));
		break;
	case FUSE_OPEN: do_open(); break;
	case FUSE_READ: do_read(body); break;
	case FUSE_WRITE: do_write(body); break;
	case FUSE_FSYNC:
		if (node == NODE_DISK)
			log_record('F', 0, "", 0);
		answer(0, 0);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE: answer(0, 0); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: break; /* these have no answer */
	default: answer(ENOSYS, 0);
	}
}

static int
open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		die_temporary("cannot open ", path);
	return fd;
}

static void
mount_on(const char *folder)
{
	char options[128];

	snprintf(options, sizeof options, "fd=%d,rootmode=40700,user_id=0,group_id=0", fuse);
	if (mount("disk-record", folder, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		die_temporary("cannot mount on ", folder);
}

int
main(int argc, const char *const *argv)
{
	struct stat status;

	if (argc != 4)
		die_usage("disk-record folder image log");
	image = open_or_die(argv[2], O_RDWR);
	record = open_or_die(argv[3], O_WRONLY | O_CREAT | O_APPEND);
	fuse = open_or_die("/dev/fuse", O_RDWR);
	if (fstat(image, &status) < 0)
		die_temporary("cannot ask for the size of ", argv[2]);
	image_size = (uint64_t)status.st_size;
	mount_on(argv[1]);
	for (;;) {
		ssize_t len = read(fuse, request.bytes, sizeof request.bytes);

		if (len > 0)
			do_request();
		else if (errno == ENODEV) /* unmounted */
			return 0;
		else if (errno != EINTR && errno != EAGAIN && errno != ENOENT)
			die_temporary("cannot read what the kernel asks");
	}
}
