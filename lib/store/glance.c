#include "store/glance.h"

#include "base/io.h"
#include "store/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum queue_found
read_all(struct glance *out, const struct queue *queue)
{
	enum queue_found found = queue_get(queue, out->id, &out->file, &out->records);

	if (found != QUEUE_FOUND)
		return found;
	if (!envelope_parse(&out->envelope, out->records.s, out->records.len))
		return QUEUE_CORRUPT;
	if (!progress_begin(&out->progress, out->envelope.recipients))
		return QUEUE_TROUBLE;
	if (!journal_read(queue, out->id, &out->journal))
		return errno == ENOENT ? QUEUE_FOUND : QUEUE_TROUBLE;
	return progress_replay(&out->progress, &out->journal) ? QUEUE_FOUND : QUEUE_TROUBLE;
}

enum queue_found
glance_open(struct glance *out, const struct queue *queue, const char *id)
{
	enum queue_found found;

	*out = (struct glance){ .file = { .fd = -1 } };
	strcpy(out->id, id);
	found = read_all(out, queue);
	if (found != QUEUE_FOUND)
		glance_close(out);
	return found;
}

void
glance_close(struct glance *glance)
{
	if (glance->file.fd >= 0)
		io_close(glance->file.fd);
	progress_end(&glance->progress);
	stralloc_free(&glance->journal);
	stralloc_free(&glance->records);
}

struct ids {
	stralloc *out;
	bool no_memory;
};

static void
id_seen(void *context, const char *id)
{
	struct ids *ids = context;

	ids->no_memory = ids->no_memory || !stralloc_catb(ids->out, id, ID_LEN + 1);
}

static int
id_compare(const void *a, const void *b)
{
	return strcmp(a, b); /* they begin with their time */
}

/* false: errno */
static bool
sort(const struct ids *ids)
{
	stralloc *out = ids->out;

	if (ids->no_memory)
		errno = ENOMEM;
	else if (out->len)
		qsort(out->s, out->len / (ID_LEN + 1), ID_LEN + 1, id_compare);
	return !ids->no_memory;
}

bool
glance_ids(const struct queue *queue, stralloc *out)
{
	struct ids ids = { .out = out };

	out->len = 0;
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		if (!queue_scan(queue, "msg", queue_digits[i], id_seen, &ids))
			return false;
	return sort(&ids);
}

bool
glance_bad_ids(const struct queue *queue, stralloc *out)
{
	struct ids ids = { .out = out };

	out->len = 0;
	return queue_scan_bad(queue, id_seen, &ids) && sort(&ids);
}

bool
glance_is_left(const struct glance *glance, unsigned int number)
{
	const struct progress *progress = &glance->progress;

	if (progress->parts[number].fate != FATE_NEVER)
		return progress->parts[number].fate != FATE_DONE;
	for (size_t i = 0; i < progress->report_count; i++)
		for (size_t at = 0; at < progress->reports[i].count; at++)
			if (progress->reports[i].recipients[at] == number
			    && progress->reports[i].kind == REPORT_FAILED)
				return !progress->reports[i].is_made;
	return true;
}
