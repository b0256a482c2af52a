/*
 * take-all - a deliverer that reads all of each message, and says done
 *
 *     take-all [-S address]
 */
#include "base/die.h"
#include "base/stage.h"

#include <skalibs/sgetopt.h>

char const *PROG = "take-all";

int
main(int argc, const char *const *argv)
{
	static char chunk[65536];
	struct serve settings = { 0 };
	subgetopt got = SUBGETOPT_ZERO;
	struct stage stage;
	stralloc verdict = STRALLOC_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS, &got)) != -1)
		if (!serve_option(&settings, c, got.arg))
			die_usage("take-all [-S address]");
	stage_start(&stage, &settings, NULL);
	while (stage_read(&stage, chunk, sizeof chunk) > 0)
		continue;
	if (!outcome_add(&verdict, &(struct outcome){ .fate = FATE_DONE,
	                                              .recipient = RECIPIENT_ALL,
	                                              .code = 250,
	                                              .enhanced = "2.0.0",
	                                              .text = "taken" }))
		die_memory();
	stage_report(&verdict, 0);
}
