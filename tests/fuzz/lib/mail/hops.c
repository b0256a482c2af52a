/* Received fields: no more than lines, and a cut between two bytes makes no difference. */
#include "mail/hops.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	struct hops whole = { .count = 0 };
	size_t lines = 1;

	for (size_t at = 0; at < len; at++)
		lines += bytes[at] == '\n';
	hops_count(&whole, bytes, len);
	assert(whole.count <= lines);
	for (size_t step = len < 40 ? 1 : fuzz_step(len); step <= fuzz_step(len); step++) {
		struct hops cut = { .count = 0 };

		for (size_t at = 0; at < len; at += step) {
			size_t part = len - at < step ? len - at : step;
			char *piece = fuzz_piece(bytes + at, part);

			hops_count(&cut, piece, part);
			free(piece);
		}
		assert(cut.count == whole.count && cut.ended == whole.ended);
	}
}
