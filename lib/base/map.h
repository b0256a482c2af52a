/*
 * map - find a thing by its name
 *
 * Holds pointers to the caller's structs; a name is a C string that the struct keeps. Names may
 * come from strangers: the hash has a random seed, so nobody can choose names that meet.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
	const char *(*name)(const void *thing);
	void **slots; /* the rest is the module's own */
	size_t count, room;
	uint64_t seed;
};

/* name   says how a thing is called; that must not change while it is in the map */
void map_init(struct map *map, const char *(*name)(const void *thing));

void *map_find(const struct map *map, const char *name);

/* Adds a thing whose name is not there yet. false: no memory. */
bool map_add(struct map *map, void *thing);
void map_remove(struct map *map, const void *thing);

/* Walk over all of them in no order, nothing being added or removed meanwhile; at: start with 0. */
void *map_next(const struct map *map, size_t *at);

#endif
