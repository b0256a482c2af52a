/*
 * heap - things that each have a time, the earliest first
 *
 * An item is a member of the caller's own struct, so adding one takes no memory but a pointer, and
 * an item can be moved or taken out at any time. All cost grows with the logarithm of the count.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_item {
	int64_t at;   /* any unit */
	size_t place; /* the module's own; 0: in no heap */
};

/* Starts as zeros. */
struct heap {
	struct heap_item **items;
	size_t count, room;
};

/* Adds an item, or moves it to another time. false: no memory, and nothing has changed. */
bool heap_set(struct heap *heap, struct heap_item *item, int64_t at);

/* Takes an item out; one that is in no heap is left alone. */
void heap_remove(struct heap *heap, struct heap_item *item);

/* The earliest; NULL: there is none. */
struct heap_item *heap_first(const struct heap *heap);

/* The struct that an item is a member of. */
#define HEAP_OWNER(item, type, member) ((type *)((char *)(item)-offsetof(type, member)))

#endif
