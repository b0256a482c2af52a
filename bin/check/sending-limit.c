/*
 * sending-limit - has this login sent enough for today?
 *
 *     sending-limit [-t limits] [-n unix:path] state next ...
 *
 * road     smtp-accept > sender-check > [sending-limit] > header-fix > queue-add
 * fd 0     message, wire form: the next stage gets the descriptor itself
 * fd 3     envelope: A and T are read, all of it is handed on
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    the table of limits, and the login's file in the folder state, anew for each message; the
 *          socket of mail-inject (-n), to tell postmaster when a limit is reached
 * refuses  450 4.7.1 until when; 550 5.7.1 too many recipients for a day; 552 5.3.4 too long;
 *          530 5.7.0 nobody has logged in
 * later    451 4.3.5: the table or the file cannot be used
 * source   RFC 6409 6.1; RFC 5321 7.8
 *
 * It is asked when the message is whole: what was given up half-way is not counted. Nothing behind us
 * acts on a message before our seal, so a refusal stops it.
 */
#include "base/die.h"
#include "base/job.h"
#include "base/onward.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/envelope.h"
#include "store/sent.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"sending-limit [-t limits] [-n unix:path] [-S address] [-j jobs] [-R fd] state next ..."
char const *PROG = "sending-limit";

static struct rights rights = { .may = MAY_NEXT,
	                        .reads = { "limits", "compiled" },
	                        .writes = { "state" } };

struct options {
	const char *table;
	const char *state;
	const char *notices[2]; /* who takes a message for postmaster; NULL: nobody does */
	struct serve serve;
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "t:n:", &got)) != -1)
		if (c == 't')
			opt->table = got.arg;
		else if (c == 'n' && job_is_address(got.arg))
			opt->notices[0] = got.arg;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	if (argc - got.ind < 2)
		die_usage(USAGE);
	opt->state = argv[got.ind];
	return argv + got.ind + 1;
}

/* Letter case of an address does not make it a new one. */
static char *
spelled(const char *address)
{
	char *copy = strdup(address);

	if (!copy)
		die_memory();
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return copy;
}

static char **
recipients_get(const struct envelope *envelope)
{
	char **all = malloc((envelope->recipients + 1) * sizeof *all);
	struct recipient recipient;
	size_t at = 0, count = 0;

	if (!all)
		die_memory();
	while (envelope_recipient(envelope, &at, &recipient))
		all[count++] = spelled(recipient.address);
	return all;
}

/* Nothing of them is here when the next message comes. */
static void
recipients_wipe(char **all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		explicit_bzero(all[i], strlen(all[i]));
		free(all[i]);
	}
	free(all);
}

static bool
limits_read(struct limits *out, const char *path, const char *login)
{
	struct table table;
	bool done;

	if (!table_open(&table, path)) {
		if (errno == ENOENT)
			return limits_get(out, NULL, login);
		log_warn_sys("cannot read ", path);
		return false;
	}
	done = limits_get(out, &table, login);
	if (!done)
		log_warn("the limits of ", login, " in ", path, " are not understood");
	table_close(&table);
	return done;
}

/* For people: what there is too much of. */
static const char *const of_what[LIMITS] = {
	[LIMIT_MESSAGES] = " messages a day",
	[LIMIT_RECIPIENTS] = " recipients a day",
	[LIMIT_NEW_RECIPIENTS] = " recipients a day that it has not written to before",
	[LIMIT_RATE] = " messages a minute",
	[LIMIT_BYTES] = " bytes in a message",
};

/* What the operator is to know, and what to do. The values come from our own programs. */
static bool
notice_text(stralloc *out, const struct envelope *envelope, const char *limit, const char *until)
{
	const char *login = envelope_get(envelope, ENVELOPE_LOGIN);
	const char *host = envelope_get(envelope, ENVELOPE_SERVER);
	const char *const parts[] = {
		"From: MAILER-DAEMON@",
		host,
		"\r\nTo: postmaster@",
		host,
		"\r\nSubject: a login has reached its limit\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"\r\n"
		"The login ",
		login,
		"\r\nhas reached its limit of ",
		limit,
		".\r\nIts messages are refused until ",
		until,
		".\r\n\r\nThe last one came from ",
		envelope_get(envelope, ENVELOPE_CLIENT),
		";\r\nits connection is ",
		envelope_get(envelope, ENVELOPE_CONNECTION),
		" in the log.\r\n\r\n"
		"If somebody else has got its password, set a new one: smtpipe user.\r\n"
		"If it may send more, give it an entry in the file limits: sending-limit(8).\r\n"
		"You will not be told again within 24 hours.\r\n"
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!stralloc_cats(out, parts[i]))
			return false;
	return true;
}

/* Nobody's answer: it has no sender. */
static bool
notice_envelope(stralloc *out)
{
	return record_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	       && record_add(out, ENVELOPE_SENDER, "")
	       && record_add(out, ENVELOPE_RECIPIENT, "postmaster") && record_end(out);
}

/* Whether that works or not, the sender's message is refused all the same. */
static void
notify(const struct options *opt, const struct envelope *envelope, const char *limit,
       const char *until)
{
	stralloc list = STRALLOC_ZERO, text = STRALLOC_ZERO;
	struct outcome outcome = { .fate = FATE_NONE };
	struct onward onward;

	if (!notice_envelope(&list) || !notice_text(&text, envelope, limit, until))
		die_memory();
	if (!onward_open(&onward, opt->notices, &list)) {
		log_warn_sys("cannot tell postmaster: ", opt->notices[0], " takes no message");
		return;
	}
	if (onward_write(&onward, text.s, text.len) && onward_seal(&onward)
	    && !onward_end(&onward, 1, &outcome))
		die_memory();
	if (outcome.fate != FATE_DONE)
		log_warn("cannot tell postmaster: ", outcome.fate ? outcome.text : "no answer");
	onward_close(&onward);
}

static _Noreturn void
refuse(struct stage *stage, const struct options *opt, const struct envelope *envelope,
       const struct sent_answer *answer)
{
	const char *login = envelope_get(envelope, ENVELOPE_LOGIN);
	char most[UINT64_FMT], date[DATE_LEN + 1];
	const char *what = of_what[answer->limit];

	most[uint64_fmt(most, answer->most)] = 0;
	if (answer->limit == LIMIT_BYTES)
		stage_refuse(stage, 552, "5.3.4", "this login may send ", most, what, NULL);
	if (!answer->again_s)
		stage_refuse(stage, 550, "5.7.1", "this login may send to ", most, what,
		             ": write to fewer at a time", NULL);
	date_format(date, answer->again_s);
	if (answer->is_first) {
		log_event("limit-reached", "login", login, "limit", limit_names[answer->limit],
		          "until", date, NULL);
		if (opt->notices[0])
			notify(opt, envelope, limit_names[answer->limit], date);
	}
	stage_refuse(stage, 450, "4.7.1", "this login has reached its limit of ", most, what,
	             "; try again after ", date, NULL);
}

/* The message is whole: is it one too many? */
static void
limit_check(struct stage *stage, const struct options *opt, const struct envelope *envelope)
{
	const char *login = envelope_get(envelope, ENVELOPE_LOGIN);
	struct sent_answer answer;
	char **recipients;
	struct limits limits;
	struct sent sent;

	if (!*login)
		stage_refuse(stage, 530, "5.7.0", "log in first", NULL);
	if (!limits_read(&limits, opt->table, login))
		stage_refuse(stage, 451, "4.3.5", "cannot tell what you may send; try again later",
		             NULL);
	if (!sent_open(&sent, opt->state, login)) {
		log_warn_sys("cannot use the file of ", login, " in ", opt->state);
		stage_refuse(stage, 451, "4.3.5", "cannot tell what you have sent; try again later",
		             NULL);
	}
	recipients = recipients_get(envelope);
	answer = sent_add(&sent, &limits, (const char *const *)recipients, envelope->recipients,
	                  stage->bytes_passed, time(NULL));
	sent_close(&sent);
	recipients_wipe(recipients, envelope->recipients);
	if (!answer.allowed)
		refuse(stage, opt, envelope, &answer);
}

/* One message, to its seal. */
static void
let_pass(struct stage *stage, const struct options *opt)
{
	struct envelope envelope;

	if (!envelope_parse(&envelope, stage->envelope.s, stage->envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	stage_lend(stage, stage->envelope.s, stage->envelope.len);
	limit_check(stage, opt, &envelope);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .table = "limits",
		               .serve = { .rights = &rights, .lends = true, .comes_back = true } };
	const char *const *next = parse_options(&opt, argc, argv);
	struct stage stage;

	rights.reads[0] = opt.table;
	rights.writes[0] = opt.state;
	stage_start(&stage, &opt.serve, next);
	for (;; stage_go_on(&stage, &opt.serve))
		let_pass(&stage, &opt);
}
