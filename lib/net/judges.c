#include "net/judges.h"

#include "base/more.h"

#include <string.h>
#include <unistd.h>

static struct judge
take_out(struct judges *judges, size_t at)
{
	struct judge judge = judges->kept[at].judge;

	judges->count--;
	memmove(judges->kept + at, judges->kept + at + 1,
	        (judges->count - at) * sizeof *judges->kept);
	return judge;
}

void
judges_keep(struct judges *judges, const struct judge *judge, const char *client, int64_t now_ms)
{
	struct kept_judge *kept;

	if (!*client || strlen(client) >= sizeof kept->client
	    || now_ms - judge->born_ms >= JUDGE_AGE_MS) {
		close(judge->more);
		return;
	}
	if (judges->count == JUDGES_MAX)
		close(take_out(judges, 0).more);
	kept = &judges->kept[judges->count++];
	*kept = (struct kept_judge){ .judge = *judge, .since_ms = now_ms };
	strcpy(kept->client, client);
}

struct judge
judges_take(struct judges *judges, const char *client, int64_t now_ms)
{
	judges_expire(judges, now_ms);
	for (size_t i = judges->count; i-- > 0;) {
		struct judge judge;

		if (strcmp(judges->kept[i].client, client) != 0)
			continue;
		judge = take_out(judges, i);
		if (more_wants_connection(judge.more))
			return judge;
		close(judge.more); /* it has gone, or has not done with the last one */
	}
	return (struct judge){ .more = -1 };
}

int
judges_expire(struct judges *judges, int64_t now_ms)
{
	while (judges->count && now_ms - judges->kept[0].since_ms >= JUDGE_IDLE_MS)
		close(take_out(judges, 0).more);
	return judges->count ? (int)(judges->kept[0].since_ms + JUDGE_IDLE_MS - now_ms) : -1;
}
