#include "base/map.h"

#include "check.h"

enum { COUNT = 5000 };
static char names[COUNT][16];

static const char *
name_of(const void *thing)
{
	return thing;
}

/* Are all found but those whose number can be divided? */
static bool
all_found(const struct map *map, int divisor)
{
	for (int i = 0; i < COUNT; i++)
		if (map_find(map, names[i]) != (i % divisor ? names[i] : NULL))
			return false;
	return true;
}

int
main(void)
{
	struct map map;
	size_t at = 0, seen = 0;

	map_init(&map, name_of);
	CHECK(!map_find(&map, "x"), "an empty map finds nothing");
	map_remove(&map, "x");
	for (int i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof names[i], "%d", i);
		if (!map_add(&map, names[i]))
			abort();
	}
	map_remove(&map, names[0]);
	CHECK(all_found(&map, COUNT), "what was added is found");
	map_add(&map, names[0]);
	CHECK(!map_find(&map, "x") && !map_find(&map, ""), "what was not added is not");
	for (int i = 0; i < COUNT; i += 3)
		map_remove(&map, names[i]);
	CHECK(all_found(&map, 3), "after removals the others are found, and only they");
	map_remove(&map, names[0]);
	CHECK(map.count == COUNT - (COUNT + 2) / 3, "a second removal changes nothing");
	while (map_next(&map, &at))
		seen++;
	CHECK(seen == map.count, "a walk meets each once");
	for (int i = 0; i < COUNT; i += 3)
		map_add(&map, names[i]);
	for (int i = 0; i < COUNT; i++)
		if (map_find(&map, names[i]) != names[i])
			abort();
	CHECK(map.count == COUNT, "what was removed may be added again");
	free(map.slots);
	return check_end();
}
