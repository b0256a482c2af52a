#include "store/queue.h"

#include "base/io.h"
#include "base/kernel.h"
#include "base/record.h"
#include "base/spawn.h"

#include <skalibs/types.h>
#include <xxhash.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
	FILE_MODE = 0600,
	FOLDER_MODE = 0700,
	CHUNK_BYTES = 65536,
	GATHERED_BYTES = 16384, /* so that most messages are written at once */
};

/*
 * The header line: magic, version, id, bytes of the envelope, bytes of the message, checksum; then
 * spaces up to its last byte, a line feed. So "head -1" shows it, and its length never changes.
 */
static const char magic[] = "smtpipe-message", version[] = "1";
enum { HASH_DIGITS = 16, WORDS = 6 };

const char queue_digits[QUEUE_FOLDERS + 1] = "0123456789abcdefghijklmnopqrstuv";

/* The filesystems on which a name follows its data. */
static bool
is_known(int root)
{
	struct statfs status;

	if (fstatfs(root, &status) < 0)
		return false;
	return status.f_type == EXT4_SUPER_MAGIC || status.f_type == XFS_SUPER_MAGIC
	       || status.f_type == BTRFS_SUPER_MAGIC;
}

bool
queue_open(struct queue *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct queue){ .path = path, .root = fd < 0 ? -1 : fd_high(fd) };
	if (out->root < 0)
		return false;
	out->name_follows_data = is_known(out->root);
	return true;
}

void
queue_folder(char out[QUEUE_NAME_BYTES], const char *part, char x)
{
	snprintf(out, QUEUE_NAME_BYTES, "%s/%c", part, x);
}

void
queue_name(char out[QUEUE_NAME_BYTES], const char *part, const char *id)
{
	snprintf(out, QUEUE_NAME_BYTES, "%s/%c/%s", part, id[ID_LEN - 1], id);
}

bool
queue_sync_folder(const struct queue *queue, const char *folder)
{
	int fd = openat(queue->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced;

	if (fd < 0)
		return false;
	synced = fsync(fd) == 0;
	io_close(fd);
	return synced;
}

static bool
make_folder(int root, const char *name)
{
	return mkdirat(root, name, FOLDER_MODE) == 0 || errno == EEXIST;
}

/* What holds the queue's own name. */
static bool
sync_parent(const struct queue *queue)
{
	return queue_sync_folder(queue, "..");
}

bool
queue_make(const char *path)
{
	static const char *const parts[] = { "msg", "journal" };
	char name[QUEUE_NAME_BYTES];
	struct queue queue;
	bool made = true;

	if (!make_folder(AT_FDCWD, path) || !queue_open(&queue, path))
		return false;
	for (size_t part = 0; made && part < sizeof parts / sizeof *parts; part++) {
		made = make_folder(queue.root, parts[part]);
		for (size_t i = 0; made && i < QUEUE_FOLDERS; i++) {
			queue_folder(name, parts[part], queue_digits[i]);
			made = make_folder(queue.root, name);
		}
		made = made && queue_sync_folder(&queue, parts[part]);
	}
	made = made && make_folder(queue.root, "bad") && queue_sync_folder(&queue, ".")
	       && sync_parent(&queue);
	io_close(queue.root);
	return made;
}

/* Says what is tried next, and on what: for the log, should it fail. */
static void
trying(struct queue_new *new, const char *step, const char *place)
{
	new->step = step;
	snprintf(new->place, sizeof new->place, "%s", place);
}

/*
 * A file without a name, or, where the filesystem cannot do that, one whose name no reader looks
 * at. It is not made from the id: what a crash left must not stand in the way of the same id.
 */
static int
open_nameless(struct queue_new *new)
{
	char chance[ID_LEN + 1];
	int fd;

	trying(new, "cannot make a file in ", new->folder);
	fd = openat(new->queue->root, new->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	id_make(chance);
	snprintf(new->spare, sizeof new->spare, "msg/%c/" QUEUE_SPARE "%s", new->id[ID_LEN - 1],
	         chance);
	return openat(new->queue->root, new->spare, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
	              FILE_MODE);
}

bool
queue_create(struct queue_new *out, const struct queue *queue, const char *id, const char *envelope,
             size_t len)
{
	*out = (struct queue_new){ .queue = queue, .fd = -1 };
	strcpy(out->id, id);
	queue_folder(out->folder, "msg", id[ID_LEN - 1]);
	out->fd = open_nameless(out);
	if (out->fd < 0)
		return false;
	out->hash = XXH3_createState();
	out->gathered = malloc(QUEUE_HEADER_BYTES + GATHERED_BYTES);
	if (!out->gathered || !out->hash || XXH3_64bits_reset(out->hash) != XXH_OK) {
		errno = ENOMEM;
		queue_abandon(out);
		return false;
	}
	if (!queue_append(out, envelope, len)) {
		queue_abandon(out);
		return false;
	}
	out->envelope_len = out->len;
	return true;
}

/* Bytes that have been counted in new->len, at their place. */
static bool
write_last(struct queue_new *new, const char *bytes, size_t len)
{
	trying(new, "cannot write to a file in ", new->folder);
	return io_write_at(new->fd, bytes, len, QUEUE_HEADER_BYTES + new->len - len);
}

static bool
write_gathered(struct queue_new *new)
{
	size_t len = new->gathered_len;

	new->gathered_len = 0;
	return write_last(new, new->gathered + QUEUE_HEADER_BYTES, len);
}

bool
queue_append(struct queue_new *new, const char *bytes, size_t len)
{
	if (new->gathered_len + len > GATHERED_BYTES && !write_gathered(new))
		return false;
	XXH3_64bits_update(new->hash, bytes, len);
	new->len += len;
	if (len > GATHERED_BYTES)
		return write_last(new, bytes, len);
	memcpy(new->gathered + QUEUE_HEADER_BYTES + new->gathered_len, bytes, len);
	new->gathered_len += len;
	return true;
}

void
queue_abandon(struct queue_new *new)
{
	int saved = errno;

	if (new->fd >= 0)
		close(new->fd);
	if (new->spare[0])
		unlinkat(new->queue->root, new->spare, 0);
	if (new->hash)
		XXH3_freeState(new->hash);
	if (new->gathered) /* the next message may be another's */
		explicit_bzero(new->gathered, QUEUE_HEADER_BYTES + GATHERED_BYTES);
	free(new->gathered);
	new->fd = -1;
	new->spare[0] = 0;
	new->hash = new->gathered = NULL;
	errno = saved;
}

static void
header_make(const struct queue_new *new, char header[QUEUE_HEADER_BYTES + 1])
{
	int len = snprintf(header, QUEUE_HEADER_BYTES + 1, "%s %s %s %llu %llu %016llx", magic,
	                   version, new->id, (unsigned long long)new->envelope_len,
	                   (unsigned long long)(new->len - new->envelope_len),
	                   (unsigned long long)XXH3_64bits_digest(new->hash));

	memset(header + len, ' ', (size_t)(QUEUE_HEADER_BYTES - len));
	header[QUEUE_HEADER_BYTES - 1] = '\n';
}

/* The header line, and what is not written yet: together, where that is all. */
static bool
write_rest(struct queue_new *new)
{
	char header[QUEUE_HEADER_BYTES + 1];

	header_make(new, header);
	if (new->gathered_len == new->len) {
		memcpy(new->gathered, header, QUEUE_HEADER_BYTES);
		trying(new, "cannot write to a file in ", new->folder);
		return io_write_at(new->fd, new->gathered, QUEUE_HEADER_BYTES + new->gathered_len,
		                   0);
	}
	return write_gathered(new) && io_write_at(new->fd, header, QUEUE_HEADER_BYTES, 0);
}

/* A name for a nameless file: by its descriptor where the kernel allows it to us, else by /proc. */
static bool
link_nameless(struct queue_new *new, const char *name)
{
	char self[sizeof "/proc/self/fd/" + UINT_FMT];

	if (new->spare[0])
		return linkat(new->queue->root, new->spare, new->queue->root, name, 0) == 0;
	if (linkat(new->fd, "", new->queue->root, name, AT_EMPTY_PATH) == 0)
		return true;
	if (errno != ENOENT && errno != EPERM && errno != EINVAL)
		return false;
	snprintf(self, sizeof self, "/proc/self/fd/%d", new->fd);
	return linkat(AT_FDCWD, self, new->queue->root, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Refused now, so it must not be delivered later, not even after a crash. RFC 5321 4.2.5 */
static void
take_back(struct queue_new *new, const char *name)
{
	int saved = errno;

	/* A name that stays is no message's. */
	if (unlinkat(new->queue->root, name, 0) == 0)
		queue_sync_folder(new->queue, new->folder);
	else if (ftruncate(new->fd, 0) < 0)
		new->step = "refused, but cannot take back a file in ";
	errno = saved;
}

bool
queue_show(const struct queue *queue, const char *early, const char *id)
{
	char name[QUEUE_NAME_BYTES];

	queue_name(name, "msg", id);
	return kernel_rename_new(queue->root, early, name);
}

/*
 * One flush. It must come behind the name, to take it along; so the name is an early one, which no reader
 * takes for a message's: whether its data is there, nobody knows after a crash. The last step needs no
 * flush: where it is lost, the early name is there, and store/leftover.h takes it anew.
 */
static enum queue_commit
commit_early(struct queue_new *new)
{
	enum queue_commit result = QUEUE_ADDED;
	char early[QUEUE_NAME_BYTES], chance[ID_LEN + 1];

	id_make(chance);
	snprintf(early, sizeof early, "msg/%c/" QUEUE_EARLY "%s-%.5s", new->id[ID_LEN - 1], new->id,
	         chance + ID_LEN - 5);
	trying(new, "cannot give a message its name ", early);
	if (flock(new->fd, LOCK_EX | LOCK_NB) < 0 || !link_nameless(new, early))
		return QUEUE_NOT_ADDED;
	trying(new, "cannot sync a file in ", new->folder);
	/* The promise of the 250: data and name. */
	if (fsync(new->fd) < 0) {
		take_back(new, early);
		return QUEUE_NOT_ADDED;
	}
	trying(new, "cannot give a message its name ", early);
	if (queue_show(new->queue, early, new->id))
		return QUEUE_ADDED;
	/* What is there had its own flush before it was shown. */
	result = errno == EEXIST ? QUEUE_ALREADY : QUEUE_NOT_ADDED;
	take_back(new, early);
	return result;
}

/* Two flushes, and a name only for what is durable: so any filesystem will do. */
static enum queue_commit
commit_late(struct queue_new *new)
{
	enum queue_commit result = QUEUE_ADDED;
	char name[QUEUE_NAME_BYTES];

	queue_name(name, "msg", new->id);
	trying(new, "cannot sync a file in ", new->folder);
	/* Before the name, so that there is no name without its data, whatever is written first. */
	if (fsync(new->fd) < 0)
		return QUEUE_NOT_ADDED;
	trying(new, "cannot give a message its name ", name);
	if (!link_nameless(new, name)) {
		if (errno != EEXIST)
			return QUEUE_NOT_ADDED;
		result = QUEUE_ALREADY;
	}
	/* The promise of the 250. Also for a name that was there: who gave it may have died here. */
	trying(new, "cannot sync the folder ", new->folder);
	if (queue_sync_folder(new->queue, new->folder))
		return result;
	if (result == QUEUE_ADDED)
		take_back(new, name);
	return QUEUE_NOT_ADDED;
}

/* Is what has the name what we have written? Lengths and checksum tell. */
static bool
is_there(const struct queue_new *new)
{
	char ours[QUEUE_HEADER_BYTES + 1], theirs[QUEUE_HEADER_BYTES], name[QUEUE_NAME_BYTES];
	bool same;
	int fd;

	queue_name(name, "msg", new->id);
	fd = openat(new->queue->root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	header_make(new, ours);
	same = pread(fd, theirs, sizeof theirs, 0) == (ssize_t)sizeof theirs
	       && memcmp(ours, theirs, sizeof theirs) == 0;
	close(fd);
	return same;
}

enum queue_commit
queue_commit(struct queue_new *new)
{
	enum queue_commit result = QUEUE_NOT_ADDED;

	if (write_rest(new))
		result = new->queue->name_follows_data ? commit_early(new) : commit_late(new);
	if (result == QUEUE_ALREADY && !is_there(new))
		result = QUEUE_OTHER;
	queue_abandon(new);
	return result;
}

/* Cuts the header line into its words; false: it has another form. */
static bool
header_split(char *header, char *words[WORDS])
{
	if (header[QUEUE_HEADER_BYTES - 1] != '\n' || memchr(header, 0, QUEUE_HEADER_BYTES))
		return false;
	header[QUEUE_HEADER_BYTES - 1] = 0;
	for (size_t i = 0; i < WORDS; i++) {
		size_t len = strcspn(header, " ");

		if (!len || !header[len])
			return false;
		words[i] = header;
		header += len;
		*header++ = 0;
	}
	return header[strspn(header, " ")] == 0;
}

static bool
header_parse(char *header, const char *id, struct queue_message *out)
{
	char *words[WORDS];

	return header_split(header, words) && strcmp(words[0], magic) == 0
	       && strcmp(words[1], version) == 0 && strcmp(words[2], id) == 0
	       && uint640_scan(words[3], &out->envelope_len)
	       && uint640_scan(words[4], &out->message_len) && strlen(words[5]) == HASH_DIGITS
	       && uint640_xscan(words[5], &out->checksum);
}

/* Exactly len bytes; fewer are there: QUEUE_CORRUPT. */
static enum queue_found
read_at(int fd, char *bytes, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n = pread(fd, bytes, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return QUEUE_TROUBLE;
		if (n == 0)
			return QUEUE_CORRUPT;
		bytes += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return QUEUE_FOUND;
}

static enum queue_found
read_head(struct queue_message *out, const char *id, stralloc *envelope)
{
	char header[QUEUE_HEADER_BYTES];
	struct stat status;
	enum queue_found found;
	uint64_t size;

	if (fstat(out->fd, &status) < 0)
		return QUEUE_TROUBLE;
	if (!S_ISREG(status.st_mode) || status.st_size < QUEUE_HEADER_BYTES)
		return QUEUE_CORRUPT;
	found = read_at(out->fd, header, sizeof header, 0);
	if (found != QUEUE_FOUND)
		return found;
	size = (uint64_t)status.st_size - QUEUE_HEADER_BYTES;
	if (!header_parse(header, id, out) || out->envelope_len > size
	    || out->message_len != size - out->envelope_len || out->envelope_len > SIZE_MAX / 2)
		return QUEUE_CORRUPT;
	if (envelope) {
		envelope->len = 0;
		if (!stralloc_ready(envelope, (size_t)out->envelope_len))
			return QUEUE_TROUBLE;
		found = read_at(out->fd, envelope->s, (size_t)out->envelope_len, sizeof header);
		if (found != QUEUE_FOUND)
			return found;
		envelope->len = (size_t)out->envelope_len;
		if (!envelope->len || record_list_len(envelope->s, envelope->len) != envelope->len)
			return QUEUE_CORRUPT;
	}
	if (lseek(out->fd, (off_t)(QUEUE_HEADER_BYTES + out->envelope_len), SEEK_SET) < 0)
		return QUEUE_TROUBLE;
	return QUEUE_FOUND;
}

enum queue_found
queue_get_as(const struct queue *queue, const char *name, const char *id, struct queue_message *out,
             stralloc *envelope)
{
	enum queue_found found;

	*out =
	    (struct queue_message){ .fd = openat(queue->root, name,
		                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) };
	if (out->fd < 0)
		return errno == ENOENT  ? QUEUE_GONE
		       : errno == ELOOP ? QUEUE_CORRUPT
		                        : QUEUE_TROUBLE;
	found = read_head(out, id, envelope);
	if (found != QUEUE_FOUND) {
		io_close(out->fd);
		out->fd = -1;
	}
	return found;
}

enum queue_found
queue_get(const struct queue *queue, const char *id, struct queue_message *out, stralloc *envelope)
{
	char name[QUEUE_NAME_BYTES];

	queue_name(name, "msg", id);
	return queue_get_as(queue, name, id, out, envelope);
}

enum queue_found
queue_verify(const struct queue_message *message)
{
	uint64_t left = message->envelope_len + message->message_len, at = QUEUE_HEADER_BYTES;
	XXH3_state_t *hash = XXH3_createState();
	char *chunk = malloc(CHUNK_BYTES);
	enum queue_found found = QUEUE_TROUBLE;

	if (!hash || !chunk)
		goto out;
	XXH3_64bits_reset(hash);
	for (found = QUEUE_FOUND; left && found == QUEUE_FOUND;) {
		size_t len = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		found = read_at(message->fd, chunk, len, at);
		if (found == QUEUE_FOUND)
			XXH3_64bits_update(hash, chunk, len);
		at += len;
		left -= len;
	}
	if (found == QUEUE_FOUND && XXH3_64bits_digest(hash) != message->checksum)
		found = QUEUE_CORRUPT;
out:
	XXH3_freeState(hash);
	free(chunk);
	return found;
}

bool
queue_remove(const struct queue *queue, const char *part, const char *id)
{
	char name[QUEUE_NAME_BYTES];

	queue_name(name, part, id);
	return unlinkat(queue->root, name, 0) == 0 || errno == ENOENT;
}

typedef bool name_wanted(const char *name, char x);

static bool
is_id(const char *name, char x)
{
	return id_valid(name) && (!x || name[ID_LEN - 1] == x);
}

static bool
is_hidden(const char *name, char x)
{
	(void)x;
	return name[0] == '.';
}

static bool
scan(const struct queue *queue, const char *folder, char x, name_wanted *wanted, queue_seen *seen,
     void *context)
{
	int fd = openat(queue->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
	struct dirent *entry;
	DIR *names;

	if (fd < 0)
		return false;
	names = fdopendir(fd);
	if (!names) {
		io_close(fd);
		return false;
	}
	while ((errno = 0, entry = readdir(names)) != NULL)
		if (wanted(entry->d_name, x))
			seen(context, entry->d_name);
	error = errno;
	closedir(names);
	errno = error;
	return !error;
}

bool
queue_scan(const struct queue *queue, const char *part, char x, queue_seen *seen, void *context)
{
	char folder[QUEUE_NAME_BYTES];

	queue_folder(folder, part, x);
	return scan(queue, folder, x, is_id, seen, context);
}

bool
queue_scan_hidden(const struct queue *queue, char x, queue_seen *seen, void *context)
{
	char folder[QUEUE_NAME_BYTES];

	queue_folder(folder, "msg", x);
	return scan(queue, folder, x, is_hidden, seen, context);
}

bool
queue_scan_bad(const struct queue *queue, queue_seen *seen, void *context)
{
	return scan(queue, "bad", 0, is_id, seen, context);
}

bool
queue_set_aside(const struct queue *queue, const char *id)
{
	char from[QUEUE_NAME_BYTES], to[QUEUE_NAME_BYTES];

	if (!make_folder(queue->root, "bad"))
		return false;
	snprintf(to, sizeof to, "bad/%s.journal", id);
	queue_name(from, "journal", id);
	if (renameat(queue->root, from, queue->root, to) < 0 && errno != ENOENT)
		return false;
	snprintf(to, sizeof to, "bad/%s", id);
	queue_name(from, "msg", id);
	return renameat(queue->root, from, queue->root, to) == 0 || errno == ENOENT;
}
