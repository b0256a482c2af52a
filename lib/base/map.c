#include "base/map.h"

#include <skalibs/random.h>
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64 }; /* a power of two, as all its doubles */

/* Open addressing: a thing lies at its hash, or in the slots behind, with no hole in between. */

void
map_init(struct map *map, const char *(*name)(const void *thing))
{
	*map = (struct map){ .name = name };
	random_buf((char *)&map->seed, sizeof map->seed);
}

static size_t
home(const struct map *map, const char *name)
{
	return XXH3_64bits_withSeed(name, strlen(name), map->seed) & (map->room - 1);
}

/* Where this name is, or would be put. */
static size_t
slot_of(const struct map *map, const char *name)
{
	size_t slot = home(map, name);

	while (map->slots[slot] && strcmp(map->name(map->slots[slot]), name) != 0)
		slot = (slot + 1) & (map->room - 1);
	return slot;
}

void *
map_find(const struct map *map, const char *name)
{
	return map->room ? map->slots[slot_of(map, name)] : NULL;
}

static bool
grow(struct map *map)
{
	struct map old = *map;

	map->room = old.room ? old.room * 2 : ROOM_FIRST;
	map->slots = calloc(map->room, sizeof *map->slots);
	if (!map->slots) {
		*map = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i])
			map->slots[slot_of(map, map->name(old.slots[i]))] = old.slots[i];
	free(old.slots);
	return true;
}

bool
map_add(struct map *map, void *thing)
{
	/* At most three quarters are taken, so that a search soon meets a hole. */
	if (map->count >= map->room / 4 * 3 && !grow(map))
		return false;
	map->slots[slot_of(map, map->name(thing))] = thing;
	map->count++;
	return true;
}

void
map_remove(struct map *map, const void *thing)
{
	size_t mask = map->room - 1, hole;

	if (!map->room || map->slots[hole = slot_of(map, map->name(thing))] != thing)
		return;
	map->count--;
	/* What lies behind moves into the hole, unless that is before its own home. */
	for (size_t next = (hole + 1) & mask; map->slots[next]; next = (next + 1) & mask) {
		size_t from_home = (next - home(map, map->name(map->slots[next]))) & mask;

		if (from_home >= ((next - hole) & mask)) {
			map->slots[hole] = map->slots[next];
			hole = next;
		}
	}
	map->slots[hole] = NULL;
}

void *
map_next(const struct map *map, size_t *at)
{
	while (*at < map->room) {
		void *thing = map->slots[(*at)++];

		if (thing)
			return thing;
	}
	return NULL;
}
