#include "store/counts.h"

#include "base/io.h"
#include "store/replace.h"

#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char *
counted_name(const void *thing)
{
	return ((const struct counted *)thing)->name;
}

void
counts_init(struct counts *counts)
{
	map_init(&counts->map, counted_name);
	counts->changed = false;
}

bool
counts_add(struct counts *counts, const char *name, uint64_t count)
{
	struct counted *counted = map_find(&counts->map, name);

	counts->changed = true;
	if (counted) {
		counted->count =
		    count > UINT64_MAX - counted->count ? UINT64_MAX : counted->count + count;
		return true;
	}
	errno = ENOSPC;
	if (counts->map.count >= COUNTS_MAX)
		return false;
	counted = calloc(1, sizeof *counted);
	if (counted && (counted->name = strdup(name)) != NULL && map_add(&counts->map, counted)) {
		counted->count = count;
		return true;
	}
	if (counted)
		free(counted->name);
	free(counted);
	errno = ENOMEM;
	return false;
}

/* "12<TAB>name", a C string */
static bool
line_take(struct counts *counts, const char *line)
{
	uint64_t count;
	size_t digits = uint64_scan(line, &count);

	return !digits || line[digits] != '\t' || !line[digits + 1]
	       || counts_add(counts, line + digits + 1, count);
}

bool
counts_read(struct counts *counts, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	stralloc text = STRALLOC_ZERO;
	bool done;

	if (fd < 0)
		return false;
	done = io_slurp(fd, REPLACE_MAX_BYTES, &text) && stralloc_0(&text);
	io_close(fd);
	for (size_t at = 0; done && at < text.len;) {
		size_t len = strcspn(text.s + at, "\n");

		text.s[at + len] = 0;
		done = line_take(counts, text.s + at);
		at += len + 1;
	}
	stralloc_free(&text);
	counts->changed = false;
	return done;
}

const struct counted *
counts_next(const struct counts *counts, size_t *at)
{
	return map_next(&counts->map, at);
}

bool
counts_save(struct counts *counts, const char *path)
{
	stralloc text = STRALLOC_ZERO, old = STRALLOC_ZERO;
	const struct counted *counted;
	struct replace replace;
	bool done = true;
	size_t at = 0;

	while (done && (counted = counts_next(counts, &at)) != NULL) {
		char number[UINT64_FMT];

		done = stralloc_catb(&text, number, uint64_fmt(number, counted->count))
		       && stralloc_append(&text, '\t') && stralloc_cats(&text, counted->name)
		       && stralloc_append(&text, '\n');
	}
	done = done && replace_start(&replace, path, &old)
	       && replace_finish(&replace, text.s, text.len);
	stralloc_free(&text);
	stralloc_free(&old);
	if (done)
		counts->changed = false;
	return done;
}

void
counts_free(struct counts *counts)
{
	struct counted *counted;
	size_t at = 0;

	while ((counted = map_next(&counts->map, &at)) != NULL) {
		free(counted->name);
		free(counted);
	}
	free(counts->map.slots);
	counts_init(counts);
}
