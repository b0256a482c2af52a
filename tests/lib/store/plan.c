#include "store/plan.h"

#include "base/record.h"
#include "check.h"

#include <skalibs/types.h>
#include <time.h>
#include <unistd.h>

static const struct terms terms = { .lifetime_s = 7200, .notice_s = 3600 };
static struct queue queue;
static struct message message;
static int64_t now_s;

/* What is to be reported, as "failed:0,2 delayed:1", with the fates of three recipients before. */
static const struct {
	const char *sentence;
	const char *
	    fates; /* K done here, k done elsewhere, r there for the last time, Z later, D never, ? nothing known */
	const char *notify;
	int64_t age_s;
	const char *reports;
	bool is_finished;
} plans[] = {
	{ "with all done, nothing is told", "KKK", NULL, 10, "", true },
	{ "who asked is told of a delivery", "KKK", "SUCCESS", 10, "delivered:0,1,2", false },
	{ "in any case of letters", "KKK", "failure,success", 10, "delivered:0,1,2", false },
	{ "but not of one elsewhere", "KkK", "SUCCESS", 10, "delivered:0,2", false },
	{ "DSN-08: but of one that will not tell", "rkr", "SUCCESS", 10, "relayed:0,2", false },
	{ "nor who asked for other things", "KKK", "FAILURE,DELAY", 10, "", true },
	{ "all failures are told in one report", "DKD", NULL, 10, "failed:0,2", false },
	{ "a message that waits is not told of soon", "KZ?", NULL, 10, "", false },
	{ "but after its time", "KZ?", NULL, 3600, "delayed:1", false },
	{ "and of failures with it", "DZZ", NULL, 4000, "failed:0 delayed:1,2", false },
	{ "what was not tried is not said to wait", "???", NULL, 9999, "", false },
};

static void
view_make(struct view *view, const char *sender, const char *notify)
{
	*view = (struct view){ .message = &message, .queue = &queue, .file = { .fd = -1 } };
	if (!record_add(&view->records, 'V', "1") || !record_add(&view->records, 'F', sender))
		abort();
	for (int i = 0; i < 3; i++)
		if (!record_add(&view->records, 'T', "x@example.org")
		    || (notify && !record_add(&view->records, 'N', notify)))
			abort();
	if (!record_end(&view->records)
	    || !envelope_parse(&view->envelope, view->records.s, view->records.len)
	    || !progress_begin(&view->progress, 3))
		abort();
}

static void
view_fates(struct view *view, const char *fates)
{
	stralloc lines = STRALLOC_ZERO;

	for (int i = 0; fates[i]; i++) {
		struct outcome outcome = { .recipient = i, .enhanced = "2.0.0", .text = "so" };

		switch (fates[i]) {
		case 'r': outcome.enhanced = "2.1.9";  /* fall through */
		case 'k': outcome.host = "mx.example"; /* fall through */
		case 'K': outcome.fate = FATE_DONE, outcome.code = 250; break;
		case 'Z': outcome.fate = FATE_LATER, outcome.code = 450; break;
		case 'D': outcome.fate = FATE_NEVER, outcome.code = 550; break;
		default: continue;
		}
		if (!journal_outcome(&lines, now_s, "maildir-deliver", &outcome))
			abort();
	}
	if (!view_note(view, &lines, true))
		abort();
	stralloc_free(&lines);
}

/* The reports of a view, in the form of the table. */
static const char *
reports_of(const struct view *view)
{
	static char text[256];
	size_t len = 0;

	text[0] = 0;
	for (size_t i = 0; i < view->progress.report_count; i++) {
		const struct report *report = &view->progress.reports[i];

		len +=
		    (size_t)sprintf(text + len, "%s%s:", i ? " " : "", report_names[report->kind]);
		for (size_t at = 0; at < report->count; at++)
			len += (size_t)sprintf(text + len, "%s%u", at ? "," : "",
			                       report->recipients[at]);
	}
	return text;
}

/* An id of this age: its time is what counts. */
static void
message_aged(int64_t age_s)
{
	uint64_t us = (uint64_t)(now_s - age_s) * 1000000;

	memset(message.id, '0', ID_LEN);
	for (int i = 11; i--; us >>= 5)
		message.id[i] = queue_digits[us & 31];
}

static void
test_plans(void)
{
	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
		struct view view;
		bool waits, same;

		message_aged(plans[i].age_s);
		view_make(&view, "ann@example.org", plans[i].notify);
		view_fates(&view, plans[i].fates);
		same = plan_reports(&view, &terms, now_s, false, &waits)
		       && strcmp(reports_of(&view), plans[i].reports) == 0
		       && plan_is_finished(&view) == plans[i].is_finished;
		CHECK(same, plans[i].sentence);
		if (!plan_reports(&view, &terms, now_s, false, &waits))
			abort();
		if (strcmp(reports_of(&view), plans[i].reports) != 0)
			CHECK(false, "a report is planned once");
		view_close(&view);
	}
}

static void
test_null_sender(void)
{
	struct view view;
	bool waits;

	message_aged(5000);
	view_make(&view, "", "SUCCESS");
	view_fates(&view, "KZD");
	CHECK(plan_reports(&view, &terms, now_s, false, &waits)
	          && strcmp(reports_of(&view), "failed:2") == 0,
	      "of a message without sender, only failures are bounce-make's to see");
	view_close(&view);
}

/* A recipient was ended while its deliverer was at work. */
static void
test_dropped(void)
{
	struct view view;
	bool waits;

	message_aged(10);
	view_make(&view, "ann@example.org", NULL);
	view_fates(&view, "DKK");
	view.progress.parts[0].is_open = true;
	CHECK(plan_reports(&view, &terms, now_s, false, &waits) && !view.progress.report_count,
	      "who may have it yet is not said to have failed");
	view_fates(&view, "Z??");
	view.progress.parts[0].is_open = false;
	CHECK(plan_reports(&view, &terms, now_s, false, &waits)
	          && strcmp(reports_of(&view), "failed:0") == 0,
	      "but when it is over, though that was to be tried again");
	view_close(&view);
	view_make(&view, "ann@example.org", NULL);
	view_fates(&view, "DKK");
	view_fates(&view, "KDZ");
	CHECK(plan_reports(&view, &terms, now_s, false, &waits) && !view.progress.report_count
	          && plan_is_finished(&view),
	      "who has it after all has not failed, and nothing comes behind that");
	view_close(&view);
}

/* The one report waits for who is being delivered to, until it has waited long enough. */
static void
test_waiting(void)
{
	struct schedule schedule = { .total = 1, .per_destination = 1 };
	struct destination *destination;
	struct view view;
	const unsigned int who[] = { 1 };
	bool waits;

	message_aged(10);
	view_make(&view, "ann@example.org", NULL);
	view_fates(&view, "D?K");
	if (!schedule_init(&schedule) || !(destination = schedule_destination(&schedule, "a", "a"))
	    || !schedule_deliver(&schedule, &message, destination, who, 1, 0, 0))
		abort();
	CHECK(plan_reports(&view, &terms, now_s, true, &waits) && waits
	          && !view.progress.report_count,
	      "a failure is not told while another recipient is being tried");
	CHECK(plan_reports(&view, &terms, now_s, false, &waits) && !waits
	          && strcmp(reports_of(&view), "failed:0") == 0,
	      "but that does not wait for ever");
	CHECK(!plan_is_finished(&view), "a message is not finished while one is tried");
	schedule_cancel(&schedule, message.groups);
	schedule_start(&schedule, 0); /* drops the destination that nobody needs now */
	view_close(&view);
	free(schedule.destinations.slots);
	free(schedule.reports);
}

/* A time to deliver by, in seconds behind the arrival; and what it makes of the terms. */
static const struct {
	const char *sentence, *by;
	unsigned int lifetime_s, notice_s;
	int hold_s;
} bounds[] = {
	{ "FR-03: what is held begins to age when it may go", NULL, 8200, 4600, 1000 },
	{ "unless it is to come back before", "1200;R", 1200, 4600, 1000 },
	{ "a hold in the past is none", NULL, 7200, 3600, -1000 },
	{ "without a time to deliver by, the terms are those of the host", NULL, 7200, 3600, 0 },
	{ "what is to come back then, lives until then", "600;R", 600, 3600, 0 },
	{ "with trace, too", "600;RT", 600, 3600, 0 },
	{ "what is only to be told of then, is told of then", "600;N", 7200, 600, 0 },
	{ "a time that was over is over", "-5;N", 7200, 0, 0 },
	{ "nobody can ask for more time", "9000;R", 7200, 3600, 0 },
	{ "what is no time is no bound", "x", 7200, 3600, 0 },
};

static void
test_terms(void)
{
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		struct envelope envelope = { 0 };
		struct message asking = { .id = "" };
		struct terms got;
		char by[64], hold[32];

		id_make(asking.id);
		snprintf(hold, sizeof hold, "%lld",
		         (long long)id_time_s(asking.id) + bounds[i].hold_s);
		if (bounds[i].hold_s)
			envelope.value[ENVELOPE_HOLD] = hold;
		if (bounds[i].by) {
			char *mode = strchr(bounds[i].by, ';');

			snprintf(by, sizeof by, "%lld%s",
			         (long long)(id_time_s(asking.id) + atoll(bounds[i].by)),
			         mode ? mode : "x");
			envelope.value[ENVELOPE_DELIVER_BY] = by;
		}
		got = plan_terms(&terms, &envelope, &asking);
		CHECK(got.lifetime_s == bounds[i].lifetime_s && got.notice_s == bounds[i].notice_s,
		      bounds[i].sentence);
	}
}

static void
test_give_up(void)
{
	struct outcome outcome = { FATE_LATER,   3,         451,         "4.2.1",
		                   "mx.example", "TLSv1.3", "greylisted" };
	stralloc text = STRALLOC_ZERO;

	CHECK(plan_give_up(&outcome, &terms, &text) && outcome.fate == FATE_NEVER
	          && outcome.code == 554 && strcmp(outcome.enhanced, "5.4.7") == 0
	          && outcome.recipient == 3,
	      "the end of a lifetime is 5.4.7");
	CHECK(strcmp(outcome.text,
	             "gave up after 2 hours; last answer from mx.example: 451 4.2.1 greylisted")
	          == 0,
	      "with the last words, and whose they were");
	CHECK(strcmp(outcome.host, "-") == 0, "but it is we who say so");
	stralloc_free(&text);
}

int
main(void)
{
	now_s = time(NULL);
	test_plans();
	test_null_sender();
	test_dropped();
	test_waiting();
	test_terms();
	test_give_up();
	return check_end();
}
