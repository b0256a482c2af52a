#include "base/sight.h"

#include <string.h>
#include <time.h>

struct sight
sight_of(const struct stat *status)
{
	return (struct sight){ .device = status->st_dev,
		               .inode = status->st_ino,
		               .size = (uint64_t)status->st_size,
		               .changed_s = status->st_ctim.tv_sec,
		               .changed_ns = status->st_ctim.tv_nsec };
}

struct sight
sight_look(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct sight){ .inode = 0 };
	return sight_of(&status);
}

bool
sight_same(const struct sight *a, const struct sight *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size
	       && a->changed_s == b->changed_s && a->changed_ns == b->changed_ns;
}

bool
sight_settled(const struct sight *sight)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	/* A time to come is one of a clock that was set back: it differs, too. */
	return now.tv_sec < sight->changed_s || now.tv_sec > sight->changed_s + 1
	       || (now.tv_sec - sight->changed_s) * 1000000000LL + now.tv_nsec - sight->changed_ns
	              > SIGHT_SETTLED_NS;
}
