/* Compiled tables: what the text answers, they answer, in the same order. */
#include "store/compile.h"
#include "store/table.h"

#include "fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static bool
same(const struct value *a, const struct value *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* A question, and its neighbours: what is asked need not be a key. */
static void
ask(const struct table *text, const struct table *compiled, const struct value *question)
{
	struct value key, value, other_key, other;

	for (size_t cut = 0; cut < 2 && cut <= question->len; cut++) {
		size_t len = question->len - cut;
		bool found = table_entry(text, question->text, len, &key, &value);

		assert(table_entry(compiled, question->text, len, &other_key, &other) == found);
		assert(!found || (same(&key, &other_key) && same(&value, &other)));
	}
}

static void
fuzz(char *bytes, size_t len)
{
	struct table text = { .text = { .s = bytes, .len = len, .a = len } }, compiled = { 0 };
	int fd = memfd_create("compiled", MFD_CLOEXEC);
	struct value key, value, other_key, other;
	size_t at = 0, other_at = 0;

	assert(fd >= 0);
	if (compile_write(fd, &text) == COMPILED_MADE) {
		assert(cdb_init_fromfd(&compiled.compiled, fd) > 0);
		while (table_next(&text, &at, &key, &value)) {
			assert(table_next(&compiled, &other_at, &other_key, &other));
			assert(same(&key, &other_key) && same(&value, &other));
			if (len < 1000) {
				ask(&text, &compiled, &key);
				ask(&text, &compiled, &value);
			}
		}
		assert(!table_next(&compiled, &other_at, &other_key, &other));
	}
	if (compiled.compiled.map)
		cdb_free(&compiled.compiled);
	close(fd);
}
