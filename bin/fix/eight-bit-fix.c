/*
 * eight-bit-fix - a message that is 8-bit, or has lines that are too long, is made fit for every road
 *
 *     eight-bit-fix next ...
 *     eight-bit-fix < message > fixed
 *
 * road     header-fix > [eight-bit-fix] > filter-run > queue-add, where what follows must have 7 bits;
 *          dkim-sign does it by itself for what it signs, smtp-send for a server without 8BITMIME
 * fd 0     message, wire form: read to its seal before its first byte goes on
 * fd 3     envelope: handed on without BODY= where the message was changed
 * fd 4     verdict: the next stage's
 * opens    a nameless file in $TMPDIR for a message over 256 KiB
 * later    envelope broken, no room for the message
 * source   RFC 6152 3, RFC 2045 6, RFC 2046, RFC 1428; RFC 6409 8.4
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "store/nameless.h"
#include "store/recode.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <string.h>

#define USAGE "eight-bit-fix [-S address] [-j jobs] [-R fd] [next ...]"
char const *PROG = "eight-bit-fix";

static struct rights rights = { .may = MAY_NEXT, .writes = { "/tmp" } };

enum { CHUNK_BYTES = 1 << 16 };

static const char *const *
parse_options(struct serve *serve, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS, &got)) != -1)
		if (!serve_option(serve, c, got.arg))
			die_usage(USAGE);
	return got.ind < argc ? argv + got.ind : NULL;
}

/* How its lines end is told by the first one. */
static void
message_read(struct stage *stage, struct recode *recode)
{
	static char chunk[CHUNK_BYTES];
	const char *line_end = NULL;
	size_t n;

	while ((n = stage_read(stage, chunk, sizeof chunk)) > 0) {
		const char *feed = memchr(chunk, '\n', n);

		if (!line_end && feed)
			line_end = feed > chunk && feed[-1] == '\r' ? "\r\n" : "\n";
		if (!recode_add(recode, chunk, n))
			die_temporary("cannot keep the message in a temporary file");
	}
	if (!recode_end(recode, stage->by_hand && line_end ? line_end : "\r\n"))
		die_temporary("cannot keep the message in a temporary file");
	if (stage->by_hand || !recode->plan.needed)
		return;
	log_event("recoded", "text", recode->plan.stuck ? recode->plan.stuck : "made 7-bit", NULL);
}

int
main(int argc, const char *const *argv)
{
	static char chunk[CHUNK_BYTES];
	struct serve settings = { .rights = &rights };
	const char *const *next = parse_options(&settings, argc, argv);
	stralloc records = STRALLOC_ZERO;
	struct envelope envelope;
	struct recode recode;
	struct stage stage;
	uint64_t at = 0;
	ssize_t n;

	rights.writes[0] = nameless_folder();
	stage_start(&stage, &settings, next);
	if (!stage.by_hand) {
		if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
			die_later("the envelope is broken");
		log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
		        envelope_get(&envelope, ENVELOPE_MESSAGE));
	}
	recode_begin(&recode, !stage.by_hand);
	message_read(&stage, &recode);
	if (!stage.by_hand && recode.changed && !envelope_copy_seven_bit(&records, &envelope))
		die_memory();
	if (records.len)
		stage_next(&stage, records.s, records.len);
	else
		stage_next(&stage, stage.envelope.s, stage.envelope.len);
	for (; (n = spool_read(&recode.message, at, chunk, sizeof chunk)) > 0; at += (uint64_t)n)
		stage_write(&stage, chunk, (size_t)n);
	if (n < 0)
		die_temporary("cannot read a temporary file");
	stage_finish(&stage);
}
