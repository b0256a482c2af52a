/* Journals: whatever the lines say, what is remembered of them is about this message. */
#include "store/journal.h"

#include "store/progress.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <xxhash.h>

enum { RECIPIENTS = 3 };

/* Puts a right checksum before each line: else nothing gets past it. */
static void
seal_lines(stralloc *out, const char *bytes, size_t len)
{
	for (size_t at = 0, end; at < len; at = end + 1) {
		const char *feed = memchr(bytes + at, '\n', len - at);
		char hash[18];

		end = feed ? (size_t)(feed - bytes) : len;
		snprintf(hash, sizeof hash, "%016llx ",
		         (unsigned long long)XXH3_64bits(bytes + at, end - at));
		assert(stralloc_cats(out, hash) && stralloc_catb(out, bytes + at, end - at)
		       && stralloc_append(out, '\n'));
	}
}

static void
replay(stralloc *lines)
{
	struct progress progress;

	assert(progress_begin(&progress, RECIPIENTS) && progress_replay(&progress, lines));
	for (size_t i = 0; i < progress.report_count; i++) {
		struct report *report = &progress.reports[i];

		assert(report->count <= RECIPIENTS && report->kind < REPORT_KINDS);
		assert(id_valid(report->id)
		       && progress_find_report(&progress, report->id) == report);
		for (size_t j = 0; j < report->count; j++)
			assert(report->recipients[j] < RECIPIENTS);
	}
	for (size_t i = 0; i < RECIPIENTS; i++)
		assert(part_is_unfinished(&progress.parts[i]) || progress.parts[i].why);
	progress_end(&progress);
}

static void
fuzz(char *bytes, size_t len)
{
	stralloc lines = STRALLOC_ZERO;

	seal_lines(&lines, bytes, len);
	replay(&lines);
	lines.len = 0;
	assert(stralloc_catb(&lines, bytes, len));
	replay(&lines);
	stralloc_free(&lines);
}
