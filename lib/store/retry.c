#include "store/retry.h"

#include "store/journal.h"

#include <skalibs/random.h>
#include <skalibs/types.h>

enum { MS = 1000, TROUBLE_S = 60 };

int64_t
retry_wait_ms(const struct retry *retry, unsigned int attempts)
{
	int64_t wait = (int64_t)retry->first_s * MS, max = (int64_t)retry->max_s * MS;
	uint16_t chance;

	for (; attempts > 1 && wait < max; attempts--)
		wait *= 2;
	if (wait > max)
		wait = max;
	random_buf((char *)&chance, sizeof chance);
	return wait * 4 / 5 + wait * 2 / 5 * chance / UINT16_MAX;
}

int64_t
retry_trouble_ms(const struct retry *retry)
{
	return (int64_t)(retry->first_s < TROUBLE_S ? retry->first_s : TROUBLE_S) * MS;
}

bool
retry_is_on_hold(struct view *view, struct moment now)
{
	uint64_t until_s, wait_s;

	if (!uint640_scan(envelope_get(&view->envelope, ENVELOPE_HOLD), &until_s)
	    || until_s <= (uint64_t)now.s)
		return false;
	wait_s = until_s - (uint64_t)now.s;
	view->message->retry_at = now.ms + (int64_t)(wait_s < INT32_MAX ? wait_s : INT32_MAX) * MS;
	return true;
}

/* When a message will have this age, by the clock of the timers. */
static int64_t
age_reached_ms(const struct message *message, unsigned int age_s, struct moment now)
{
	return now.ms + ((int64_t)age_s - message_age_s(message, now.s)) * MS;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool
retry_plan(const struct retry *retry, const struct terms *terms, struct message *message,
           struct moment now, stralloc *lines)
{
	int64_t over = age_reached_ms(message, terms->lifetime_s, now);

	if (message->retry_at != SCHEDULE_NEVER)
		return true;
	message->retry_at = now.ms + retry_wait_ms(retry, message->attempts);
	if (over > now.ms)
		message->retry_at = earlier(message->retry_at, over);
	return journal_tried(lines, now.s, message->attempts,
	                     now.s + (message->retry_at - now.ms) / MS);
}

void
retry_postpone(const struct retry *retry, struct message *message, struct moment now)
{
	if (message->retry_at == SCHEDULE_NEVER || message->retry_at <= now.ms)
		message->retry_at = now.ms + retry_wait_ms(retry, 1);
}

int64_t
retry_timer_ms(const struct retry *retry, const struct terms *terms, struct message *message,
               struct moment now, bool failure_waits)
{
	bool in_line = false;
	int64_t at, over;

	for (const struct group *group = message->groups; group; group = group->next_of_message)
		in_line = in_line || (!group->is_report && !group->is_running);
	if (message->retry_at == SCHEDULE_NEVER && !message->groups)
		message->retry_at = now.ms + retry_wait_ms(retry, 1);
	at = message->retry_at;
	if (message_age_s(message, now.s) < terms->notice_s)
		at = earlier(at, age_reached_ms(message, terms->notice_s, now));
	if (in_line) {
		over = age_reached_ms(message, terms->lifetime_s, now);
		if (over <= now.ms)
			over = now.ms + (int64_t)retry->first_s * MS;
		at = earlier(at, over);
	}
	if (failure_waits)
		at = earlier(at, now.ms + retry_trouble_ms(retry));
	return at;
}
