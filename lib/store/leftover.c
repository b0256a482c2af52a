#include "store/leftover.h"

#include "base/die.h"
#include "base/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPARE_MAX_S = 36 * 3600 /* nobody writes on one message for so long */ };

struct folder {
	const struct queue *queue;
	char x;
	int64_t now_s;
};

static void
remove_name(const struct queue *queue, const char *path)
{
	if (unlinkat(queue->root, path, 0) < 0 && errno != ENOENT)
		log_warn_sys("cannot remove ", queue->path, "/", path);
}

static void
settle_spare(const struct folder *folder, const char *path)
{
	struct stat status;

	if (fstatat(folder->queue->root, path, &status, AT_SYMLINK_NOFOLLOW) == 0
	    && status.st_mtime < folder->now_s - SPARE_MAX_S)
		remove_name(folder->queue, path);
}

static void
show(const struct queue *queue, const char *path, const char *id, int fd)
{
	/* Who wrote it may have died before this. What is shown counts as durable (queue_commit). */
	if (fsync(fd) == 0 && queue_show(queue, path, id))
		log_event("recovered", "text", "a crash had left it on the way in", NULL);
	else if (errno == EEXIST)
		remove_name(queue, path);
	else
		log_warn_sys("cannot take what a crash has left: ", queue->path, "/", path);
}

static void
settle_early(const struct folder *folder, const char *path, const char *id)
{
	const struct queue *queue = folder->queue;
	struct queue_message file;
	stralloc envelope = STRALLOC_ZERO;
	int lock = openat(queue->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum queue_found found;

	if (lock < 0)
		return;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) { /* its writer lives */
		close(lock);
		return;
	}
	log_ids(NULL, id);
	found = queue_get_as(queue, path, id, &file, &envelope);
	if (found == QUEUE_FOUND)
		found = queue_verify(&file);
	switch (found) {
	case QUEUE_FOUND: show(queue, path, id, file.fd); break;
	case QUEUE_CORRUPT:
		log_event(
		    "unfinished", "text",
		    "a crash has cut this message off; its sender was not told that we have it",
		    NULL);
		remove_name(queue, path);
		break;
	case QUEUE_TROUBLE:
		log_warn_sys("cannot read what a crash has left: ", queue->path, "/", path);
		break;
	case QUEUE_GONE: break;
	}
	log_ids(NULL, NULL);
	if (found != QUEUE_GONE && file.fd >= 0)
		close(file.fd);
	close(lock);
	stralloc_free(&envelope);
}

/* The id in the rest of an early name; false: it has another form. */
static bool
early_id(const char *rest, char id[ID_LEN + 1])
{
	if (strlen(rest) < ID_LEN || rest[ID_LEN] != '-')
		return false;
	memcpy(id, rest, ID_LEN);
	id[ID_LEN] = 0;
	return id_valid(id);
}

static void
seen(void *context, const char *name)
{
	const struct folder *folder = context;
	char path[QUEUE_NAME_BYTES], id[ID_LEN + 1];

	if (snprintf(path, sizeof path, "msg/%c/%s", folder->x, name) >= (int)sizeof path)
		return;
	if (strncmp(name, QUEUE_SPARE, strlen(QUEUE_SPARE)) == 0)
		settle_spare(folder, path);
	else if (strncmp(name, QUEUE_EARLY, strlen(QUEUE_EARLY)) == 0
	         && early_id(name + strlen(QUEUE_EARLY), id) && id[ID_LEN - 1] == folder->x)
		settle_early(folder, path, id);
}

void
leftover_settle(const struct queue *queue, char x, int64_t now_s)
{
	struct folder folder = { .queue = queue, .x = x, .now_s = now_s };

	if (!queue_scan_hidden(queue, x, seen, &folder))
		log_warn_sys("cannot read ", queue->path, "/msg/", (char[]){ x, 0 });
}
