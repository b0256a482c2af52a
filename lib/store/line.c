#include "store/line.h"

#include <stdlib.h>

/* Where an item stands: less urgent ones behind all that are more, then by turn. */
enum { TURN_BITS = 48 };
static const int64_t turn_mask = (INT64_C(1) << TURN_BITS) - 1;

/* The turn of one more from this sender. */
static bool
turn_next(struct line *line, uint64_t sender, int64_t *out)
{
	int64_t *lane;

	if (!line->lanes && !line->waiting.count) {
		*out = line->turn + 1;
		return true;
	}
	if (!line->lanes) {
		line->lanes = calloc(LINE_LANES, sizeof *line->lanes);
		if (!line->lanes)
			return false;
		/* Whose the one is that waits already is not known: it goes first. */
		for (int i = 0; i < LINE_LANES; i++)
			line->lanes[i] = line->turn + 1;
	}
	lane = &line->lanes[(sender ^ sender >> 32) % LINE_LANES];
	if (*lane < line->turn)
		*lane = line->turn;
	*out = ++*lane;
	return true;
}

bool
line_add(struct line *line, struct heap_item *item, uint64_t sender, int priority)
{
	int64_t turn;

	return turn_next(line, sender, &turn)
	       && heap_set(&line->waiting, item, turn - priority * (turn_mask + 1));
}

struct heap_item *
line_first(const struct line *line)
{
	return heap_first(&line->waiting);
}

void
line_remove(struct line *line, struct heap_item *item)
{
	int64_t turn = item->at & turn_mask;

	if (item == heap_first(&line->waiting) && turn > line->turn)
		line->turn = turn;
	heap_remove(&line->waiting, item);
	if (line->waiting.count)
		return;
	free(line->lanes);
	line->lanes = NULL;
}

bool
line_return(struct line *line, struct heap_item *item)
{
	return heap_set(&line->waiting, item, item->at);
}

void
line_free(struct line *line)
{
	free(line->lanes);
	free(line->waiting.items);
}
