#include "store/retry.h"

#include "base/record.h"
#include "check.h"

static const struct retry retry = { .first_s = 100, .max_s = 1000 };
static const struct terms terms = { .lifetime_s = 7200, .notice_s = 3600 };
static const struct moment now = { .ms = 50000, .s = 1700000000 };
static struct message message;

static const struct {
	const char *sentence;
	unsigned int attempts;
	int64_t wait_ms;
} waits[] = {
	{ "the first wait is as it was set", 1, 100000 },
	{ "... and so is one before any attempt", 0, 100000 },
	{ "each wait is twice the one before", 2, 200000 },
	{ "... up to the longest", 4, 800000 },
	{ "... which stays", 5, 1000000 },
	{ "... however often it was tried", UINT16_MAX, 1000000 },
};

static void
test_waits(void)
{
	int64_t least = INT64_MAX, most = 0;

	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		int64_t wait = retry_wait_ms(&retry, waits[i].attempts);

		CHECK(wait >= waits[i].wait_ms * 4 / 5 && wait <= waits[i].wait_ms * 6 / 5,
		      waits[i].sentence);
	}
	for (int i = 0; i < 1000; i++) {
		int64_t wait = retry_wait_ms(&retry, 1);

		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	CHECK(most - least > 20000, "chance keeps apart what came together");
}

/* An id of this age: its time is what counts. */
static void
message_aged(int64_t age_s)
{
	uint64_t us = (uint64_t)(now.s - age_s) * 1000000;

	message = (struct message){ .retry_at = SCHEDULE_NEVER };
	memset(message.id, '0', ID_LEN);
	for (int i = 11; i--; us >>= 5)
		message.id[i] = queue_digits[us & 31];
}

static const struct {
	const char *sentence;
	int64_t age_s, retry_in_ms; /* 0: SCHEDULE_NEVER */
	bool waits_in_line, runs, failure_waits;
	int64_t timer_ms; /* from now; -1: none */
} timers[] = {
	{ "it is looked at when it is to be tried", 10, 7000, false, false, false, 7000 },
	{ "or earlier, when its sender is to be told", 3599, 7000, false, false, false, 1000 },
	{ "which is past in an older one", 3600, 7000, false, false, false, 7000 },
	{ "one in a line is looked at when its lifetime ends", 7190, 0, true, false, false, 10000 },
	{ "... and after that from time to time", 7200, 0, true, false, false, 100000 },
	{ "one that runs tells by itself", 4000, 0, false, true, false, -1 },
	{ "a failure does not wait for long", 4000, 0, false, true, true, 60000 },
};

static void
test_timers(void)
{
	struct group group = { .message = &message };
	int64_t at;

	for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
		message_aged(timers[i].age_s);
		if (timers[i].retry_in_ms)
			message.retry_at = now.ms + timers[i].retry_in_ms;
		group.is_running = timers[i].runs;
		if (timers[i].waits_in_line || timers[i].runs)
			message.groups = &group;
		at = retry_timer_ms(&retry, &terms, &message, now, timers[i].failure_waits);
		CHECK(at == (timers[i].timer_ms < 0 ? SCHEDULE_NEVER : now.ms + timers[i].timer_ms),
		      timers[i].sentence);
	}
	message_aged(4000);
	at = retry_timer_ms(&retry, &terms, &message, now, false);
	CHECK(at >= now.ms + 80000 && at <= now.ms + 120000 && message.retry_at == at,
	      "one that nothing would wake is tried again all the same");
}

static void
test_plan(void)
{
	stralloc lines = STRALLOC_ZERO;
	int64_t at;

	message_aged(10);
	message.attempts = 2;
	CHECK(retry_plan(&retry, &terms, &message, now, &lines)
	          && message.retry_at >= now.ms + 160000 && message.retry_at <= now.ms + 240000
	          && lines.len,
	      "the first that is told \"later\" sets the time, and it is noted");
	at = message.retry_at;
	lines.len = 0;
	CHECK(retry_plan(&retry, &terms, &message, now, &lines) && message.retry_at == at
	          && !lines.len,
	      "the others keep to it");
	message_aged(7180);
	message.retry_at = SCHEDULE_NEVER;
	CHECK(retry_plan(&retry, &terms, &message, now, &lines)
	          && message.retry_at == now.ms + 20000,
	      "the last attempt is at the end of its lifetime");
	message.retry_at = at;
	retry_postpone(&retry, &message, now);
	CHECK(message.retry_at == at, "what is in the future is not postponed");
	message.retry_at = now.ms;
	retry_postpone(&retry, &message, now);
	CHECK(message.retry_at >= now.ms + 80000, "what is due is");
	stralloc_free(&lines);
}

static const struct {
	const char *sentence, *until;
	bool is_on_hold;
	int64_t retry_at; /* from now */
} holds[] = {
	{ "a message that asks for nothing is not on hold", NULL, false, 0 },
	{ "a time that is past is no hold", "1700000000", false, 0 },
	{ "one that is to come is", "1700000005", true, 5000 },
	{ "no time is too far", "18446744073709551615", true, (int64_t)INT32_MAX * 1000 },
	{ "what is no number is no hold", "soon", false, 0 },
};

static void
test_holds(void)
{
	for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
		struct view view = { .message = &message };

		message_aged(10);
		message.retry_at = now.ms;
		if (!record_add(&view.records, ENVELOPE_VERSION, ENVELOPE_FORMAT)
		    || (holds[i].until && !record_add(&view.records, ENVELOPE_HOLD, holds[i].until))
		    || !record_add(&view.records, ENVELOPE_SENDER, "")
		    || !record_add(&view.records, ENVELOPE_RECIPIENT, "ann@example.org")
		    || !record_end(&view.records))
			abort();
		if (!envelope_parse(&view.envelope, view.records.s, view.records.len))
			abort();
		CHECK(retry_is_on_hold(&view, now) == holds[i].is_on_hold
		          && message.retry_at == now.ms + holds[i].retry_at,
		      holds[i].sentence);
		stralloc_free(&view.records);
	}
}

int
main(void)
{
	test_waits();
	test_timers();
	test_plan();
	test_holds();
	CHECK(retry_trouble_ms(&retry) == 60000, "the disk is asked again after a minute");
	CHECK(retry_trouble_ms(&(struct retry){ .first_s = 5 }) == 5000,
	      "or sooner, where all is tried sooner");
	return check_end();
}
