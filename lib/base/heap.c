#include "base/heap.h"

#include <stdlib.h>

enum { ROOM_FIRST = 2 }; /* there are many small ones */

/* items[0] is never used: place 0 means "in no heap", and the parent of n is n / 2. */

static void
put(struct heap *heap, size_t place, struct heap_item *item)
{
	heap->items[place] = item;
	item->place = place;
}

static void
rise(struct heap *heap, struct heap_item *item)
{
	size_t place = item->place;

	for (; place > 1 && heap->items[place / 2]->at > item->at; place /= 2)
		put(heap, place, heap->items[place / 2]);
	put(heap, place, item);
}

static void
sink(struct heap *heap, struct heap_item *item)
{
	size_t place = item->place, below;

	for (; (below = place * 2) <= heap->count; place = below) {
		if (below < heap->count && heap->items[below + 1]->at < heap->items[below]->at)
			below++;
		if (heap->items[below]->at >= item->at)
			break;
		put(heap, place, heap->items[below]);
	}
	put(heap, place, item);
}

static bool
grow(struct heap *heap)
{
	size_t room = heap->room ? heap->room * 2 : ROOM_FIRST;
	struct heap_item **items = reallocarray(heap->items, room, sizeof(struct heap_item *));

	if (!items)
		return false;
	heap->items = items;
	heap->room = room;
	return true;
}

bool
heap_set(struct heap *heap, struct heap_item *item, int64_t at)
{
	if (!item->place) {
		if (heap->count + 1 >= heap->room && !grow(heap))
			return false;
		put(heap, ++heap->count, item);
	}
	item->at = at;
	rise(heap, item);
	sink(heap, item);
	return true;
}

void
heap_remove(struct heap *heap, struct heap_item *item)
{
	struct heap_item *last;

	if (!item->place)
		return;
	last = heap->items[heap->count--];
	if (last != item) {
		put(heap, item->place, last);
		rise(heap, last);
		sink(heap, last);
	}
	item->place = 0;
}

struct heap_item *
heap_first(const struct heap *heap)
{
	return heap->count ? heap->items[1] : NULL;
}
