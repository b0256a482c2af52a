/*
 * header-fix - a submitted message gets the header that RFC 5322 asks for, or is refused
 *
 *     header-fix [-d domain] [-o] [-r] next ...
 *     header-fix [-d domain] [-r] < message > fixed
 *
 * road     smtp-accept > sender-check > [header-fix] > dkim-sign > queue-add
 * fd 0     message, wire form: the header section is read and repaired, the body handed on unread
 * fd 3     envelope: sender and the facts of the connection are read, all of it is handed on
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    nothing
 * refuses  554 5.6.0 with the field or the line; 554 5.4.6 a loop; 552 5.3.4 too long a header
 * later    envelope broken, no next stage: our fault is never the sender's
 * source   RFC 6409 8, 4.2, 5.1; RFC 5322 3.6; RFC 5321 4.4
 */
#include "base/die.h"
#include "base/id.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/repair.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "header-fix [-S address] [-j jobs] [-R fd] [-d domain] [-o] [-r] [next ...]"
char const *PROG = "header-fix";

static const struct rights rights = { .may = MAY_NEXT };

struct options {
	struct serve serve;
	const char *domain; /* NULL: the sender's, or our host name */
	bool opaque;        /* Received does not show where the submitter is */
	bool strict;        /* unqualified addresses are refused */
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "d:or", &got)) != -1)
		if (c == 'o')
			opt->opaque = true;
		else if (c == 'r')
			opt->strict = true;
		else if (c == 'd' && domain_valid(got.arg, strlen(got.arg), true))
			opt->domain = got.arg;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	return got.ind < argc ? argv + got.ind : NULL;
}

/* What a message says of itself, when no envelope does. */
static void
settings_by_hand(struct repair *repair, const stralloc *text)
{
	static char host[HOST_NAME_MAX + 1], id[ID_LEN + 1];
	const char *feed = memchr(text->s, '\n', text->len);

	if (gethostname(host, sizeof host) < 0)
		die_temporary("cannot get the name of this host");
	id_make(id);
	repair->server = host;
	repair->id = id;
	repair->utf8 = true;
	repair->line_end = feed && feed > text->s && feed[-1] == '\r' ? "\r\n" : "\n";
}

static void
settings_of_job(struct repair *repair, struct envelope *envelope, const struct stage *stage)
{
	if (!envelope_parse(envelope, stage->envelope.s, stage->envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(envelope, ENVELOPE_CONNECTION),
	        envelope_get(envelope, ENVELOPE_MESSAGE));
	repair->server = envelope_get(envelope, ENVELOPE_SERVER);
	repair->id = envelope_get(envelope, ENVELOPE_MESSAGE);
	repair->sender = envelope_get(envelope, ENVELOPE_SENDER);
	repair->utf8 = envelope->value[ENVELOPE_UTF8];
	if (!*repair->server || !*repair->id)
		die_later("the envelope lacks our host name (J) or the message's id (Q)");
}

/* Who writes to "bob" means one of his own domain. */
static const char *
domain_choose(const struct options *opt, const struct repair *repair)
{
	struct address sender = { 0 };

	if (opt->domain)
		return opt->domain;
	if (repair->sender && *repair->sender)
		address_split(repair->sender, &sender);
	return sender.domain_len && sender.domain[0] != '[' ? sender.domain : repair->server;
}

/* Reads the header section. bare: what is there is a body without header, and *len is 0. */
static void
section_read(struct stage *stage, stralloc *text, size_t *len, bool *bare)
{
	bool whole = stage_collect(stage, text, HEADER_MAX_BYTES, header_end, len);

	*bare = header_absent(text->s, whole ? *len : text->len);
	if (*bare)
		*len = 0;
	else if (!whole)
		stage_refuse(stage, 552, "5.3.4", "the header is longer than 512 KiB", NULL);
}

/* Makes the repaired section, or refuses the message. */
static void
section_repair(struct stage *stage, const struct repair *repair, const char *text, size_t len,
               stralloc *fixed)
{
	struct repair_outcome outcome = { 0 };

	if (!repair_header(repair, text, len, fixed, &outcome)) {
		if (!outcome.refused)
			die_memory();
		stage_refuse(stage, outcome.code, outcome.enhanced, outcome.text, NULL);
	}
	if (stage->by_hand || !outcome.changes.len)
		return;
	if (!stralloc_0(&outcome.changes))
		die_memory();
	log_event("fixed", "changes", outcome.changes.s, NULL);
}

/* What stands for a submitter who is hidden: a name that our logs know. NULL: nobody is hidden. */
static const char *
token(const struct options *opt, const struct envelope *envelope)
{
	const char *connection = envelope_get(envelope, ENVELOPE_CONNECTION);

	if (!opt->opaque)
		return NULL;
	return *connection ? connection : envelope_get(envelope, ENVELOPE_MESSAGE);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .rights = &rights } };
	const char *const *next = parse_options(&opt, argc, argv);
	struct repair repair = { .line_end = "\r\n", .strict = opt.strict };
	stralloc text = STRALLOC_ZERO, trace = STRALLOC_ZERO, fixed = STRALLOC_ZERO;
	struct envelope envelope;
	struct stage stage;
	size_t len;
	bool bare;

	stage_start(&stage, &opt.serve, next);
	if (!stage.by_hand)
		settings_of_job(&repair, &envelope, &stage);
	section_read(&stage, &text, &len, &bare);
	if (stage.by_hand)
		settings_by_hand(&repair, &text);
	repair.time_s = time(NULL);
	repair.domain = domain_choose(&opt, &repair);
	section_repair(&stage, &repair, text.s, len, &fixed);
	if ((bare && !stralloc_cats(&fixed, repair.line_end))
	    || (!stage.by_hand
	        && !received_add(&trace, &envelope, token(&opt, &envelope), repair.time_s)))
		die_memory();
	stage_next(&stage, stage.envelope.s, stage.envelope.len);
	stage_write(&stage, trace.s, trace.len);
	stage_write(&stage, fixed.s, fixed.len);
	stage_write(&stage, text.s + len, text.len - len);
	stage_pass(&stage);
	stage_finish(&stage);
}
