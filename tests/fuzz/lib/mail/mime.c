/* MIME: however the message is cut and whatever it holds, the pieces are the message, and the same. */
#include "mail/mime.h"

#include "fuzz/fuzz.h"

#include <stdio.h>

enum { FUZZ_MAX = 1500 };

struct seen {
	stralloc bytes, pieces; /* all of the message; kinds, where they begin */
	size_t entities;
};

static bool
take(void *of, const struct mime_entity *entity, enum mime_piece piece, const char *bytes,
     size_t len)
{
	struct seen *seen = of;
	char mark[64];
	int mark_len;

	if (entity->number >= seen->entities)
		seen->entities = entity->number + 1;
	mark_len = snprintf(mark, sizeof mark, "%zu:%d:%d:%d ", entity->number, (int)piece,
	                    (int)entity->kind, (int)entity->encoding);
	/* A body may come in more pieces or fewer. */
	if (!seen->pieces.len || (size_t)mark_len > seen->pieces.len
	    || memcmp(seen->pieces.s + seen->pieces.len - (size_t)mark_len, mark, (size_t)mark_len)
	           != 0)
		assert(stralloc_catb(&seen->pieces, mark, (size_t)mark_len));
	assert(piece != MIME_END || !len);
	assert(stralloc_catb(&seen->bytes, bytes, len));
	return true;
}

static void
walk(struct seen *seen, const char *bytes, size_t len, size_t step)
{
	struct mime_walk walk = { .take = take, .of = seen, .header_max = 4096 };

	for (size_t at = 0; at < len; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *piece = fuzz_piece(bytes + at, part);

		assert(mime_walk(&walk, piece, part));
		free(piece);
	}
	assert(mime_walk_end(&walk));
}

static void
fuzz(char *bytes, size_t len)
{
	struct seen whole = { .entities = 0 }, cut = { .entities = 0 };

	walk(&whole, bytes, len, len ? len : 1);
	assert(whole.bytes.len == len && (!len || memcmp(whole.bytes.s, bytes, len) == 0));
	walk(&cut, bytes, len, fuzz_step(len));
	assert(fuzz_same(&whole.bytes, &cut.bytes) && fuzz_same(&whole.pieces, &cut.pieces));
	assert(whole.entities == cut.entities);
	stralloc_free(&whole.bytes);
	stralloc_free(&whole.pieces);
	stralloc_free(&cut.bytes);
	stralloc_free(&cut.pieces);
}
