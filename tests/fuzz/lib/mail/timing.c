/* Times and priorities of MAIL: in their bounds, and a moment reads as it was written. */
#include "mail/timing.h"

#include "fuzz/fuzz.h"

static void
fuzz(char *bytes, size_t len)
{
	char stamp[TIMING_STAMP_LEN + 1];
	struct deliver_by by;
	int64_t time_s, again_s;
	int priority;

	if (timing_hold_for(bytes, len, &time_s))
		assert(time_s > 0 && time_s <= 999999999);
	if (timing_hold_until(bytes, len, &time_s)) {
		timing_stamp(stamp, time_s);
		assert(strlen(stamp) == TIMING_STAMP_LEN);
		if (time_s >= 0)
			assert(timing_hold_until(stamp, strlen(stamp), &again_s)
			       && again_s == time_s);
	}
	if (timing_by(bytes, len, &by))
		assert(by.seconds <= 999999999 && by.seconds >= -999999999
		       && (by.seconds > 0 || !by.is_return));
	if (timing_priority(bytes, len, &priority))
		assert(priority >= -TIMING_PRIORITY_MAX && priority <= TIMING_PRIORITY_MAX);
	if (len >= sizeof time_s) {
		memcpy(&time_s, bytes, sizeof time_s);
		timing_stamp(stamp, time_s);
		assert(strlen(stamp) == TIMING_STAMP_LEN);
	}
}
