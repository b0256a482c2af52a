#include "base/handover.h"

#include "base/record.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECIPIENTS = 3 };

/* A verdict, its records ended by "|", and what it says of three recipients. */
static const struct {
	const char *sentence, *verdict, *fates;
} verdicts[] = {
	{ "one record for each", "K0 250 2.0.0 - - a|Z1 451 4.0.0 - - b|D2 550 5.0.0 - - c||",
	  "KZD" },
	{ "one record for all", "K* 250 2.0.0 - - a||", "KKK" },
	{ "one for all speaks of those without their own",
	  "D* 550 5.0.0 - - a|K1 250 2.0.0 - - b||", "DKD" },
	{ "an empty verdict says nothing", "|", "???" },
	{ "no verdict says nothing", "", "???" },
	{ "without its end, what is named counts, the rest does not", "K1 250 2.0.0 - - a|",
	  "?K?" },
	{ "a record without its NUL is none", "K1 250 2.0.0 - - a", "???" },
	{ "the first of two about one counts", "K0 250 2.0.0 - - a|D0 550 5.0.0 - - b||", "K??" },
	{ "the first of two for all counts", "Z* 450 4.0.0 - - a|D* 550 5.0.0 - - b||", "ZZZ" },
	{ "a number out of range is ignored", "K3 250 2.0.0 - - a|K4294967296 250 2.0.0 - - b||",
	  "???" },
	{ "a code that does not fit is ignored", "K0 550 2.0.0 - - a|K1 250 2.0.0 - - b||", "?K?" },
	{ "what is behind the end is ignored", "K0 250 2.0.0 - - a||K1 250 2.0.0 - - b||", "K??" },
	{ "other records are ignored", "X|Y 1 2 3|K|K0|K0 250|K1 250 2.0.0 - - a||", "?K?" },
};

static void
test_verdicts(void)
{
	static const char fates[] = { [FATE_NONE] = '?', 'K', 'Z', 'D' };

	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		size_t len = strlen(verdicts[i].verdict);
		char *copy = check_copy(verdicts[i].verdict, len), said[RECIPIENTS + 1] = "";
		struct handover handover = { .report = -1,
			                     .text = { .s = copy, .len = len, .a = len } };
		struct outcome outcomes[RECIPIENTS];

		for (size_t at = 0; at < len; at++)
			if (copy[at] == '|')
				copy[at] = 0;
		handover_outcomes(&handover, outcomes, RECIPIENTS);
		for (size_t at = 0; at < RECIPIENTS; at++)
			said[at] = fates[outcomes[at].fate];
		CHECK(strcmp(said, verdicts[i].fates) == 0, verdicts[i].sentence);
		free(copy);
	}
}

/* Runs a shell command as a stage; true: its verdict was whole. */
static bool
run(const char *command, struct handover *handover)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	stralloc envelope = STRALLOC_ZERO;
	int message = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool started;

	if (!record_add(&envelope, 'F', "ann@example.org") || !record_end(&envelope))
		abort();
	started = handover_start(handover, argv, message, &envelope, 7, false);
	close(message);
	stralloc_free(&envelope);
	if (!started)
		return false;
	while (handover->report >= 0) {
		struct pollfd polled = { .fd = handover->report, .events = POLLIN };

		poll(&polled, 1, 5000);
		handover_read(handover);
	}
	waitpid(handover->pid, NULL, 0);
	return handover->has_end;
}

static void
test_run(void)
{
	static const char *const missing[] = { "/no/such/program", NULL };
	struct handover handover;
	stralloc empty = STRALLOC_ZERO;

	CHECK(run("printf 'K* 250 2.0.0 - - ok\\0\\0' >&4", &handover), "a whole verdict is read");
	handover_close(&handover);
	CHECK(!run("printf 'K* 250 2.0.0 - - ok\\0' >&4", &handover), "one without end is seen");
	handover_close(&handover);
	CHECK(run("cat <&3 | tr '\\0' '_' >&4; printf '\\0\\0' >&4", &handover)
	          && strcmp(handover.text.s, "Fann@example.org__.7_") == 0,
	      "the stage gets the envelope, and a seal");
	handover_close(&handover);
	CHECK(!run("head -c 3000000 /dev/zero | tr '\\0' x >&4", &handover)
	          && handover.text.len <= HANDOVER_REPORT_MAX + 4096,
	      "a report without bounds is not taken");
	handover_close(&handover);
	CHECK(!handover_start(&handover, missing, 0, &empty, 0, false) && errno == ENOENT,
	      "a missing stage is said so");
}

int
main(void)
{
	test_verdicts();
	test_run();
	return check_end();
}
