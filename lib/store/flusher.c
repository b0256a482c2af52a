#include "store/flusher.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/spawn.h"
#include "store/journal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Nobody waits for the names of what is done. So they are flushed so often and no oftener: the messages of
 * this time share a flush, and most of them find that one for another message has taken them along.
 */
enum { REST_MS = 20, MS_NS = 1000000 };

struct request {
	uint32_t folders;
	uint32_t notes_bytes;
};

struct note { /* its lines follow */
	char id[ID_LEN + 1];
	bool is_named;
	uint32_t len;
};

static bool
receive(int fd, void *bytes, size_t len)
{
	ssize_t n;

	if (!len)
		return true;
	do
		n = recv(fd, bytes, len, MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != len)
		errno = EPIPE;
	return n >= 0 && (size_t)n == len;
}

/* --- the process --- */

static void
flush(const struct queue *queue, uint32_t folders)
{
	char folder[QUEUE_NAME_BYTES];

	for (unsigned int i = 0; i < QUEUE_FOLDERS; i++) {
		if (!(folders & UINT32_C(1) << i))
			continue;
		queue_folder(folder, "msg", queue_digits[i]);
		if (!queue_sync_folder(queue, folder))
			log_warn_sys("cannot sync ", queue->path, "/", folder, "; check the disk");
	}
}

/* Writes them all; errors gets an int for each. false: no memory */
static bool
write_down(const struct queue *queue, char *notes, size_t len, stralloc *errors)
{
	struct note note;

	errors->len = 0;
	for (size_t at = 0; at < len; at += sizeof note + note.len) {
		stralloc lines;
		int error;

		memcpy(&note, notes + at, sizeof note);
		lines = (stralloc){ .s = notes + at + sizeof note, .len = note.len };
		error = journal_append(queue, note.id, &lines, true, &note.is_named) ? 0 : errno;
		if (!stralloc_catb(errors, (const char *)&error, sizeof error))
			return false;
	}
	return true;
}

/* Until so much time has gone since the last flush. */
static void
rest(int64_t last_ms)
{
	int64_t left_ms = last_ms + REST_MS - clock_ms();

	if (left_ms > 0)
		nanosleep(&(struct timespec){ .tv_nsec = left_ms * MS_NS }, NULL);
}

static bool
serve_one(int fd, const struct queue *queue, stralloc *notes, stralloc *errors)
{
	static int64_t last_ms;
	struct request request;

	if (!receive(fd, &request, sizeof request) || !stralloc_ready(notes, request.notes_bytes)
	    || !receive(fd, notes->s, request.notes_bytes)
	    || !write_down(queue, notes->s, request.notes_bytes, errors))
		return false;
	if (!request.notes_bytes)
		rest(last_ms);
	flush(queue, request.folders);
	last_ms = clock_ms();
	/* One byte more than there are errors, so that there is always something to read. */
	return io_write(fd, "", 1) && io_write(fd, errors->s, errors->len);
}

/* --- its master --- */

bool
flusher_start(struct flusher *out, const struct queue *queue)
{
	stralloc notes = STRALLOC_ZERO, errors = STRALLOC_ZERO;
	int ends[2];

	*out = (struct flusher){ .fd = -1 };
	if (!socketpair_open(ends))
		return false;
	out->pid = fork();
	if (out->pid == 0) {
		close(ends[0]);
		while (serve_one(ends[1], queue, &notes, &errors))
			;
		_exit(0);
	}
	io_close(ends[1]);
	if (out->pid < 0)
		io_close(ends[0]);
	else
		out->fd = ends[0];
	return out->pid > 0;
}

bool
flusher_note(stralloc *notes, const char *id, const stralloc *lines, bool is_named)
{
	struct note note = { .is_named = is_named, .len = (uint32_t)lines->len };

	if (lines->len > UINT32_MAX / 2 || notes->len > UINT32_MAX / 2)
		return false;
	strcpy(note.id, id);
	return stralloc_readyplus(notes, sizeof note + lines->len)
	       && stralloc_catb(notes, (const char *)&note, sizeof note)
	       && stralloc_cat(notes, lines);
}

bool
flusher_ask(struct flusher *flusher, uint32_t folders, const stralloc *notes)
{
	struct request request = { .folders = folders, .notes_bytes = (uint32_t)notes->len };

	flusher->is_busy = io_write(flusher->fd, (const char *)&request, sizeof request)
	                   && io_write(flusher->fd, notes->s, notes->len);
	return flusher->is_busy;
}

bool
flusher_take(struct flusher *flusher, int *errors, size_t count)
{
	char byte;

	if (!receive(flusher->fd, &byte, 1)
	    || !receive(flusher->fd, errors, count * sizeof *errors))
		return false;
	flusher->is_busy = false;
	return true;
}

void
flusher_stop(struct flusher *flusher)
{
	close(flusher->fd);
	while (waitpid(flusher->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
