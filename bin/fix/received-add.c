/*
 * received-add - put the trace field of this host on top of a message, and change nothing else
 *
 *     received-add next ...
 *
 * road     smtp-accept > recipient-check > [received-add] > smtp-send: where there is no queue-add -t
 * fd 0     message, wire form: Received fields are counted; handed on as it is, below the new field
 * fd 3     envelope: the facts of the connection are read, all of it is handed on
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    nothing
 * refuses  554 5.4.6: more than 100 Received fields, so it goes round in a circle
 * later    envelope broken, no next stage: our fault is never the sender's
 * source   RFC 5321 4.4, 6.3, 3.6.3 (a relay adds trace and repairs nothing)
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/received.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <time.h>

#define USAGE "received-add [-S address] [-j jobs] [-R fd] next ..."
char const *PROG = "received-add";

static const struct rights rights = { .may = MAY_NEXT };

static const char *const *
parse_options(struct serve *serve, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS, &got)) != -1)
		if (!serve_option(serve, c, got.arg))
			die_usage(USAGE);
	if (got.ind == argc)
		die_usage(USAGE);
	return argv + got.ind;
}

/*
 * Reads the header section, and refuses a loop. A section that is longer than we hold is counted as
 * far as we hold it, as long headers are no loop.
 */
static void
loop_refuse(struct stage *stage, stralloc *text)
{
	size_t len;

	stage_collect(stage, text, HEADER_MAX_BYTES, header_end, &len);
	if (header_count(text->s, len, "Received") > RECEIVED_MAX)
		stage_refuse(stage, 554, "5.4.6", "more than 100 Received fields: a mail loop",
		             NULL);
}

int
main(int argc, const char *const *argv)
{
	struct serve settings = { .rights = &rights };
	const char *const *next = parse_options(&settings, argc, argv);
	struct envelope envelope;
	struct stage stage;
	stralloc text = STRALLOC_ZERO, field = STRALLOC_ZERO;

	stage_start(&stage, &settings, next);
	if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	loop_refuse(&stage, &text);
	if (!received_add(&field, &envelope, NULL, time(NULL)))
		die_memory();
	stage_next(&stage, stage.envelope.s, stage.envelope.len);
	stage_write(&stage, field.s, field.len);
	stage_write(&stage, text.s, text.len);
	stage_pass(&stage);
	stage_finish(&stage);
}
