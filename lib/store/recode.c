#include "store/recode.h"

#include <errno.h>

enum { CHUNK_BYTES = 1 << 16 };

void
recode_begin(struct recode *recode, bool wire)
{
	*recode = (struct recode){ .plan = { .wire = wire } };
	spool_begin(&recode->message);
}

bool
recode_add(struct recode *recode, const char *bytes, size_t len)
{
	errno = ENOMEM;
	return seven_bit_plan(&recode->plan, bytes, len) && spool_add(&recode->message, bytes, len);
}

/* Goes through the message once more; what is made of it goes to made. */
static bool
make(struct recode *recode, const char *line_end, struct spool *made)
{
	static char chunk[CHUNK_BYTES];
	stralloc out = STRALLOC_ZERO;
	uint64_t at = 0;
	bool done = true;
	ssize_t n = 0;

	while (done && (n = spool_read(&recode->message, at, chunk, sizeof chunk)) > 0) {
		at += (uint64_t)n;
		out.len = 0;
		errno = ENOMEM;
		done = seven_bit_make(&recode->plan, chunk, (size_t)n, line_end, &out)
		       && spool_add(made, out.s, out.len);
	}
	out.len = 0;
	done = done && n == 0 && seven_bit_made(&recode->plan, &out)
	       && spool_add(made, out.s, out.len);
	stralloc_free(&out);
	return done;
}

bool
recode_end(struct recode *recode, const char *line_end)
{
	struct spool made;

	errno = ENOMEM;
	if (!seven_bit_planned(&recode->plan))
		return false;
	if (!recode->plan.needed || recode->plan.stuck)
		return true;
	spool_begin(&made);
	if (!make(recode, line_end, &made)) {
		int saved = errno;

		spool_end(&made);
		errno = saved;
		return false;
	}
	spool_end(&recode->message);
	recode->message = made;
	recode->changed = true;
	return true;
}
