#include "base/heap.h"

#include "check.h"

enum { COUNT = 2000 };
struct thing {
	int number;
	struct heap_item timer;
};
static struct thing things[COUNT];
static struct heap heap;

static bool
drain_sorted(size_t wanted)
{
	struct heap_item *item;
	int64_t last = INT64_MIN;
	size_t count = 0;

	for (; (item = heap_first(&heap)) != NULL; count++) {
		if (item->at < last)
			return false;
		last = item->at;
		heap_remove(&heap, item);
	}
	return count == wanted;
}

int
main(void)
{
	CHECK(!heap_first(&heap), "an empty heap has no first");
	srand(1);
	for (int i = 0; i < COUNT; i++)
		if (!heap_set(&heap, &things[i].timer, rand() % 500))
			abort();
	CHECK(drain_sorted(COUNT), "items come out by time, equal ones too");

	for (int i = 0; i < COUNT; i++)
		heap_set(&heap, &things[i].timer, rand());
	for (int i = 0; i < COUNT; i++)
		heap_set(&heap, &things[i].timer, rand() - (1 << 30));
	CHECK(drain_sorted(COUNT), "items may be moved to another time");

	for (int i = 0; i < COUNT; i++)
		heap_set(&heap, &things[i].timer, rand());
	for (int i = 0; i < COUNT; i += 3)
		heap_remove(&heap, &things[i].timer);
	heap_remove(&heap, &things[0].timer);
	CHECK(drain_sorted(COUNT - (COUNT + 2) / 3), "items may be taken out anywhere, even twice");

	heap_set(&heap, &things[7].timer, 1);
	CHECK(HEAP_OWNER(heap_first(&heap), struct thing, timer) == &things[7],
	      "the struct around an item is found");
	free(heap.items);
	return check_end();
}
