/*
 * bounce-make - tell the sender what became of a message
 *
 *     bounce-make -k kind [-i id] [-s bytes] [-n] [-u time] next ...
 *
 * road     queue-run > [bounce-make] > queue-add
 * fd 0     the original message, wire form: its header, or all of it, is returned
 * fd 3     the original's envelope; a Y record (verdict) tells what became of each recipient
 * fd 4     verdict: the next stage's; ours, done, if nobody wants a report
 * opens    nothing
 * refuses  nothing
 * later    envelope broken, no next stage: the caller asks again; with -i that makes one report
 * source   RFC 3461 5.2, 6; RFC 3464; RFC 3834; RFC 5321 4.5.5; RFC 6522; RFC 6533; RFC 8689 5;
 *          RFC 2852 5; RFC 4865 5.1.2; RFC 6710 4.6
 *
 * A message without sender is a report, or something like it. Nobody is there to be told but the log and,
 * if it has failed, our postmaster; where that one is not reached either, the log alone. So no report makes a
 * third.
 */
#include "base/die.h"
#include "base/id.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/utf8.h"

#include <skalibs/random.h>
#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define USAGE                                                                                      \
	"bounce-make [-S address] [-j jobs] [-R fd] -k failed|delayed|delivered|relayed|expanded " \
	"[-i id] [-s bytes] [-n] [-u time] next ..."
char const *PROG = "bounce-make";

#define POSTMASTER      "postmaster" /* ours, whatever our domain is: RFC 5321 4.5.1 */
#define ROLE_POSTMASTER "postmaster"

static const struct rights rights = { .may = MAY_NEXT };

enum {
	WHOLE_BYTES = 50 << 10,         /* originals up to this are returned whole */
	WHOLE_MAX_BYTES = 1 << 20,      /* the most that -s may say: it is held in memory */
	HEADER_RETURN_BYTES = 64 << 10, /* of a header section; it is cut at a line's end */
	MESSAGE_ID_MAX_BYTES = 900,
};

struct options {
	struct serve serve;
	enum dsn_kind kind;
	const char *id;           /* NULL: a new one */
	unsigned int whole_bytes; /* 0: never whole */
	int64_t retry_until_s;    /* -1: not known */
};

/* What is returned of the original. */
struct original {
	stralloc text;
	size_t header_len;
	size_t len; /* of text: all of it, or as much of the header as is returned */
	bool whole;
	stralloc message_id; /* ends in NUL; empty: none to be had */
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	bool kind_given = false;
	int64_t time_s;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "k:i:s:nu:", &got)) != -1)
		switch (c) {
		case 'k':
			kind_given = dsn_kind_parse(got.arg, &opt->kind);
			if (!kind_given)
				die_usage(USAGE);
			break;
		case 'i':
			if (!id_valid(got.arg))
				die_later("-i ", got.arg, ": not an id");
			opt->id = got.arg;
			break;
		case 's':
			if (!uint0_scan(got.arg, &opt->whole_bytes)
			    || opt->whole_bytes > WHOLE_MAX_BYTES)
				die_later("-s ", got.arg, ": give bytes, at most 1048576");
			break;
		case 'n': opt->whole_bytes = 0; break;
		case 'u':
			if (!int640_scan(got.arg, &time_s) || time_s < 0)
				die_later("-u ", got.arg, ": give seconds since 1970");
			opt->retry_until_s = time_s;
			break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (!kind_given || got.ind == argc)
		die_usage(USAGE);
	return argv + got.ind;
}

static bool
has_sender(const struct envelope *envelope)
{
	return *envelope_get(envelope, ENVELOPE_SENDER);
}

/* The next recipient who wants this report; false: no more. at: start with 0. */
static bool
next_wanted(const struct envelope *envelope, enum dsn_kind kind, size_t *at, struct recipient *out)
{
	/* NOTIFY is about what the sender is told. */
	if (!has_sender(envelope))
		return envelope_recipient(envelope, at, out);
	/* RFC 2852 4.1.4: a deadline asks for it, too. */
	bool all_relayed = kind == DSN_RELAYED && envelope->value[ENVELOPE_DELIVER_BY];

	while (envelope_recipient(envelope, at, out))
		if (dsn_wanted(kind, out->notify)
		    || (all_relayed && (!out->notify || strcasecmp(out->notify, "NEVER") != 0)))
			return true;
	return false;
}

/* A copy of what became of a recipient, which dsn_outcome cuts. */
static void
read_outcome(enum dsn_kind kind, const struct recipient *recipient, stralloc *copy,
             struct dsn_outcome *out)
{
	if (!stralloc_copys(copy, recipient->why ? recipient->why : "") || !stralloc_0(copy))
		die_memory();
	dsn_outcome(kind, copy->s, out);
}

static _Noreturn void
done_without_report(const char *why)
{
	struct outcome outcome = { .fate = FATE_DONE,
		                   .recipient = RECIPIENT_ALL,
		                   .code = 250,
		                   .enhanced = "2.0.0",
		                   .text = why };
	stralloc verdict = STRALLOC_ZERO;

	if (!outcome_add(&verdict, &outcome))
		die_memory();
	stage_report(&verdict, 0);
}

/* Somebody should know, whatever becomes of the report to postmaster. RFC 5321 4.5.5, RFC 3461 6.1 */
static void
log_double_bounce(const struct envelope *envelope)
{
	stralloc copy = STRALLOC_ZERO;
	struct recipient recipient;
	size_t at = 0;

	while (envelope_recipient(envelope, &at, &recipient)) {
		struct dsn_outcome outcome;

		read_outcome(DSN_FAILED, &recipient, &copy, &outcome);
		log_event("double-bounce", "recipient", recipient.address, "code", outcome.status,
		          "host", outcome.said.host, "text", outcome.said.text, NULL);
	}
	stralloc_free(&copy);
}

/* Was it meant for postmaster, as a report of this kind is, too? Its aliases keep the role. */
static bool
was_for_postmaster(const struct envelope *envelope)
{
	struct recipient recipient;
	struct address parts;
	size_t at = 0;

	if (strcmp(envelope_get(envelope, ENVELOPE_ROLE), ROLE_POSTMASTER) == 0)
		return true;
	while (envelope_recipient(envelope, &at, &recipient)) {
		address_split(recipient.address, &parts);
		if (parts.local_len != strlen(POSTMASTER)
		    || strncasecmp(parts.local, POSTMASTER, parts.local_len) != 0)
			return false;
	}
	return true;
}

/* A message without sender: its end, or a report to postmaster. */
static void
tell_no_sender(const struct envelope *envelope, enum dsn_kind kind)
{
	if (kind == DSN_FAILED)
		log_double_bounce(envelope);
	if (kind != DSN_FAILED || was_for_postmaster(envelope))
		done_without_report("no report wanted: the message has no sender");
}

/* stage_collect's judge for as much as there is room for. */
static bool
never_enough(const char *text, size_t len, size_t *at)
{
	(void)text;
	*at = len;
	return false;
}

/* The rest of the message is read, so that its seal is checked, but not kept. */
static void
drain(struct stage *stage)
{
	char chunk[16 << 10];

	while (stage_read(stage, chunk, sizeof chunk) > 0) {
	}
}

/* At most so many bytes of these, cut behind a line's end. */
static size_t
cut_at_line(const char *text, size_t len, size_t max)
{
	const char *feed;

	if (len <= max)
		return len;
	feed = memrchr(text, '\n', max);
	return feed ? (size_t)(feed - text) + 1 : 0;
}

/*
 * May the whole message be returned? Not where no failure is reported (RFC 3461 4.3, 6.2), not where
 * TLS was required (RFC 8689 5). What is binary cannot be put into a part as it is (RFC 3030 3).
 */
static bool
wants_whole(const struct envelope *envelope, enum dsn_kind kind)
{
	return kind == DSN_FAILED && !envelope->value[ENVELOPE_REQUIRETLS]
	       && strcasecmp(envelope_get(envelope, ENVELOPE_RET), "HDRS") != 0
	       && !envelope_is_binary(envelope);
}

/* The Message-ID, if it is one that can stand in a field of ours as it is. */
static void
find_message_id(struct original *original)
{
	struct header header = { .text = original->text.s, .len = original->header_len };
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) != HEADER_END) {
		const char *start, *end, *last;

		if (found != HEADER_FIELD || !field_is(&field, "Message-ID"))
			continue;
		start = memchr(field.body, '<', field.body_len);
		last = field.body + field.body_len;
		end = start ? memchr(start, '>', (size_t)(last - start)) : NULL;
		if (!end || end - start > MESSAGE_ID_MAX_BYTES)
			return;
		for (const char *at = start; at < end; at++)
			if (*at <= ' ' || *at > '~')
				return;
		if (!stralloc_copyb(&original->message_id, start, (size_t)(end - start) + 1)
		    || !stralloc_0(&original->message_id))
			die_memory();
		return;
	}
}

static void
read_original(struct stage *stage, struct original *out, size_t whole_bytes)
{
	size_t ignored;

	/* A header longer than this is cut; it is cut again below. */
	stage_collect(stage, &out->text, HEADER_MAX_BYTES, header_end, &out->header_len);
	if (whole_bytes && out->text.len <= whole_bytes)
		stage_collect(stage, &out->text, whole_bytes, never_enough, &ignored);
	out->whole = whole_bytes && stage->ended && out->text.len <= whole_bytes;
	drain(stage);
	out->len = out->whole ? out->text.len
	                      : cut_at_line(out->text.s, out->header_len, HEADER_RETURN_BYTES);
	find_message_id(out);
}

/* RFC 6531 3.7.1: only where it is needed, as not every server on the way back can do it. */
static bool
needs_utf8(const struct envelope *envelope, enum dsn_kind kind, const struct original *original)
{
	const char *sender = envelope_get(envelope, ENVELOPE_SENDER);
	struct recipient recipient;
	size_t at = 0, header_len = original->whole ? original->header_len : original->len;

	if (!envelope->value[ENVELOPE_UTF8])
		return false;
	if (!utf8_is_ascii(sender) || !utf8_is_ascii_bytes(original->text.s, header_len))
		return true;
	while (next_wanted(envelope, kind, &at, &recipient))
		if (!utf8_is_ascii(recipient.address)
		    || (recipient.orcpt && strncasecmp(recipient.orcpt, "utf-8;", 6) == 0))
			return true;
	return false;
}

static void
make_boundary(struct dsn *dsn, const struct original *original)
{
	char random[DSN_BOUNDARY_LEN];

	do
		random_buf(random, sizeof random);
	while (!dsn_boundary(dsn, random, original->text.s, original->len));
}

/* RFC 2852 5; -1: none was given. */
static int64_t
deadline(const struct envelope *envelope)
{
	int64_t time_s;
	size_t len = int64_scan(envelope_get(envelope, ENVELOPE_DELIVER_BY), &time_s);

	return len ? time_s : -1;
}

static void
describe(struct dsn *out, const struct envelope *envelope, const struct original *original)
{
	const char *server = envelope_get(envelope, ENVELOPE_SERVER);
	const char *id = envelope_get(envelope, ENVELOPE_MESSAGE);
	struct recipient recipient = { 0 };
	size_t at = 0;

	while (next_wanted(envelope, out->kind, &at, &recipient)) {
		out->about = out->recipients++ ? NULL : recipient.address;
	}
	out->server = *server ? server : "localhost";
	out->had_no_sender = !has_sender(envelope);
	out->to = out->had_no_sender ? POSTMASTER : envelope_get(envelope, ENVELOPE_SENDER);
	out->original_id = original->message_id.len ? original->message_id.s : NULL;
	out->envid = envelope->value[ENVELOPE_ENVID];
	out->hold_request = envelope->value[ENVELOPE_HOLD_REQUEST];
	out->deadline_s = deadline(envelope);
	out->arrived_s = id_valid(id) ? id_time_s(id) : -1;
	out->now_s = time(NULL);
	out->waives_tls = !envelope->value[ENVELOPE_REQUIRETLS]
	                  && header_waives_tls(original->text.s, original->header_len);
	out->whole = original->whole;
	out->utf8 = needs_utf8(envelope, out->kind, original);
	out->eight_bit = out->utf8 || !utf8_is_ascii_bytes(original->text.s, original->len);
	make_boundary(out, original);
}

/* From nobody, to the sender; made here, so no client is in its facts. */
static void
make_envelope(stralloc *list, const struct envelope *original, const struct dsn *dsn)
{
	const char *priority = original->value[ENVELOPE_PRIORITY];
	bool tls = original->value[ENVELOPE_REQUIRETLS];

	if (!record_add(list, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(list, ENVELOPE_CONNECTION, envelope_get(original, ENVELOPE_CONNECTION))
	    || !record_add(list, ENVELOPE_MESSAGE, dsn->id)
	    || !record_add(list, ENVELOPE_SERVER, dsn->server)
	    || !record_add(list, ENVELOPE_ROLE, dsn->had_no_sender ? ROLE_POSTMASTER : "queue")
	    || !record_add(list, ENVELOPE_CLIENT, "") || !record_add(list, ENVELOPE_LOGIN, "")
	    || !record_add(list, ENVELOPE_TLS, "") || !record_add(list, ENVELOPE_PROTOCOL, "local")
	    || !record_add(list, ENVELOPE_SENDER, "")
	    || (dsn->eight_bit && !record_add(list, ENVELOPE_BODY, "8BITMIME"))
	    || (dsn->utf8 && !record_add(list, ENVELOPE_UTF8, ""))
	    || (tls && !record_add(list, ENVELOPE_REQUIRETLS, ""))
	    || (priority && !record_add(list, ENVELOPE_PRIORITY, priority)) /* RFC 6710 4.6 */
	    || !record_add(list, ENVELOPE_RECIPIENT, dsn->to)
	    || !record_add(list, ENVELOPE_NOTIFY, "NEVER") || !record_end(list))
		die_memory();
}

/* A delay that is told of because the time to deliver by has come. RFC 2852 4.1.3 */
static bool
is_late(const struct dsn *dsn)
{
	return dsn->kind == DSN_DELAYED && dsn->deadline_s >= 0 && dsn->deadline_s <= dsn->now_s;
}

/* What was made so far goes to the next stage. */
static void
flush(struct stage *stage, stralloc *text, bool made)
{
	if (!made)
		die_memory();
	stage_write(stage, text->s, text->len);
	text->len = 0;
}

static void
write_report(struct stage *stage, const struct envelope *envelope, const struct dsn *dsn,
             const struct original *original)
{
	stralloc text = STRALLOC_ZERO, copy = STRALLOC_ZERO;
	struct dsn_outcome outcome;
	struct recipient recipient;
	size_t at = 0;

	flush(stage, &text, dsn_top(&text, dsn));
	for (int i = 0; i < DSN_TOLD_MAX && next_wanted(envelope, dsn->kind, &at, &recipient);
	     i++) {
		read_outcome(dsn->kind, &recipient, &copy, &outcome);
		flush(stage, &text, dsn_tell(&text, dsn, &recipient, &outcome));
	}
	flush(stage, &text, dsn_told(&text, dsn) && dsn_status_top(&text, dsn));
	at = 0;
	while (next_wanted(envelope, dsn->kind, &at, &recipient)) {
		read_outcome(dsn->kind, &recipient, &copy, &outcome);
		if (is_late(dsn))
			outcome.status = "4.4.7";
		flush(stage, &text, dsn_status(&text, dsn, &recipient, &outcome));
	}
	flush(stage, &text, dsn_original_top(&text, dsn));
	stage_write(stage, original->text.s, original->len);
	flush(stage, &text, dsn_end(&text, dsn));
}

static void
log_report(const struct dsn *dsn)
{
	char number[UINT_FMT];

	number[uint_fmt(number, dsn->recipients)] = 0;
	log_event("report", "kind", dsn_kind_name(dsn->kind), "new", dsn->id, "sender", dsn->to,
	          "recipients", number, NULL);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .rights = &rights },
		               .whole_bytes = WHOLE_BYTES,
		               .retry_until_s = -1 };
	const char *const *next = parse_options(&opt, argc, argv);
	struct original original = { 0 };
	stralloc list = STRALLOC_ZERO;
	struct recipient ignored;
	struct envelope envelope;
	char new_id[ID_LEN + 1];
	struct stage stage;
	struct dsn dsn;
	size_t at = 0;

	stage_start(&stage, &opt.serve, next);
	if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	if (!has_sender(&envelope))
		tell_no_sender(&envelope, opt.kind);
	if (!next_wanted(&envelope, opt.kind, &at, &ignored))
		done_without_report("no report wanted");
	id_make(new_id);
	dsn = (struct dsn){ .kind = opt.kind,
		            .id = opt.id ? opt.id : new_id,
		            .retry_until_s = opt.retry_until_s };
	read_original(&stage, &original, wants_whole(&envelope, opt.kind) ? opt.whole_bytes : 0);
	describe(&dsn, &envelope, &original);
	make_envelope(&list, &envelope, &dsn);
	stage_next(&stage, list.s, list.len);
	write_report(&stage, &envelope, &dsn, &original);
	log_report(&dsn);
	stage_finish(&stage);
}
