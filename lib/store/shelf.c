#include "store/shelf.h"

#include "base/io.h"

#include <string.h>
#include <sys/stat.h>

/* By the end of an id, which is chance. */
static struct shelved *
place_of(struct shelf *shelf, const char *id)
{
	unsigned int number = (unsigned char)id[ID_LEN - 1] * 31U + (unsigned char)id[ID_LEN - 2];

	return &shelf->places[number % SHELF_PLACES];
}

static void
file_close(struct queue_message *file)
{
	if (file->fd >= 0)
		io_close(file->fd);
	file->fd = -1;
}

static void
clear(struct shelved *place)
{
	if (!place->id[0])
		return;
	file_close(&place->file);
	stralloc_free(&place->records);
	place->id[0] = 0;
}

void
shelf_put(struct shelf *shelf, const char *id, const struct queue_message *file,
          const stralloc *records)
{
	struct shelved *place = place_of(shelf, id);

	clear(place);
	place->file = *file;
	place->records = *records;
	strcpy(place->id, id);
	if (records->a > SHELF_RECORDS_MAX)
		clear(place);
}

static bool
has_its_name(int fd)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 && status.st_nlink > 0;
}

bool
shelf_take(struct shelf *shelf, const char *id, bool with_file, struct queue_message *out,
           stralloc *records)
{
	struct shelved *place = place_of(shelf, id);

	if (strcmp(place->id, id) != 0)
		return false;
	if (with_file && !has_its_name(place->file.fd)) {
		clear(place);
		return false;
	}
	if (!with_file)
		file_close(&place->file);
	*out = place->file;
	*records = place->records;
	*place = (struct shelved){ .id = "" };
	return true;
}
