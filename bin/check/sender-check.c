/*
 * sender-check - may this login send under this envelope sender, From and Sender?
 *
 *     sender-check [-t senders] next ...     as a stage: the envelope and the header
 *     sender-check [-t senders] -p           as a policy program: each MAIL, while the client waits
 *
 * road     smtp-accept > [sender-check] > header-fix > dkim-sign > queue-add
 * fd 0     message, wire form: its header is read, all of it is handed on as it is   -p: questions
 * fd 1                                                                               -p: answers
 * fd 3     envelope: F, A and G are read, all of it is handed on                        -p: facts
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    the tables senders and domains, anew for each message or connection
 * refuses  550 5.7.1 with the addresses that this login may use; 530 5.7.0 nobody has logged in;
 *          554 5.6.0 a header that cannot be read for certain; 552 5.3.4 one that is too long
 * later    451 4.3.5: a table cannot be read
 * source   RFC 6409 6.1, 3.2
 *
 * The null sender is free (MDNs are sent so); From is judged all the same. A message without From
 * passes: header-fix takes the envelope sender for it.
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/mailbox_list.h"
#include "net/policy_serve.h"
#include "store/senders.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <string.h>

#define USAGE "sender-check [-t senders] [-S address] [-j jobs] [-R fd] -p | next ..."
char const *PROG = "sender-check";

static struct rights rights = {
	.may = MAY_NEXT, /* not as a policy program */
	.reads = { "senders", "domains", "compiled" },
};

enum { SHOWN_MAX = 100, LIST_MAX = 200 }; /* bytes of a reply's text: an address, and the list */

struct options {
	const char *table;
	bool policy;
	struct serve serve;
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "t:p", &got)) != -1)
		if (c == 't')
			opt->table = got.arg;
		else if (c == 'p')
			opt->policy = true;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	if (opt->policy != (got.ind == argc))
		die_usage(USAGE);
	return argv + got.ind;
}

struct judge {
	struct senders senders;
	bool broken; /* the table of senders cannot be read */
	const char *login;
	const char *grant; /* what this session may use at most; "": no bound */
	/* the answer: */
	int code; /* 0: nothing against it */
	const char *enhanced;
	stralloc text; /* a C string */
};

static void
judge_open(struct judge *judge, const char *table)
{
	*judge = (struct judge){ .text = STRALLOC_ZERO };
	judge->broken = !senders_open(&judge->senders, table);
	if (judge->broken)
		log_warn_sys("cannot read ", table);
}

static void
judge_close(struct judge *judge)
{
	senders_close(&judge->senders);
	stralloc_free(&judge->text);
}

/* Always false: for a caller that goes on only if there's nothing against it. */
static bool
answer(struct judge *judge, int code, const char *enhanced, const char *text)
{
	judge->code = code;
	judge->enhanced = enhanced;
	judge->text.len = 0;
	if (!stralloc_cats(&judge->text, text) || !stralloc_0(&judge->text))
		die_memory();
	return false;
}

static bool
answer_later(struct judge *judge)
{
	return answer(judge, 451, "4.3.5",
	              "cannot tell what you may send as; please try again later");
}

static bool
answer_denied(struct judge *judge, const char *where, const char *mailbox)
{
	stralloc *text = &judge->text;
	size_t len = strlen(mailbox), shown = len > SHOWN_MAX ? SHOWN_MAX : len, may;

	judge->code = 550;
	judge->enhanced = "5.7.1";
	text->len = 0;
	if (!stralloc_cats(text, "this login may not use <") || !stralloc_catb(text, mailbox, shown)
	    || !stralloc_cats(text, shown < len ? "...> in " : "> in ")
	    || !stralloc_cats(text, where) || !stralloc_cats(text, ", but "))
		die_memory();
	may = text->len;
	if (*judge->grant) {
		if (!stralloc_catb(text, judge->grant, strnlen(judge->grant, LIST_MAX))
		    || !stralloc_0(text))
			die_memory();
		return false;
	}
	if (!senders_list(text, &judge->senders, judge->login, LIST_MAX)
	    || (text->len == may && !stralloc_cats(text, "no address at all")) || !stralloc_0(text))
		die_memory();
	return false;
}

/* Is there a login, and are there tables to judge it by? */
static bool
login_check(struct judge *judge, const struct envelope *facts, const char *login)
{
	judge->code = 0;
	judge->login = login;
	judge->grant = envelope_get(facts, ENVELOPE_GRANT);
	if (!*login)
		return answer(judge, 530, "5.7.0", "log in first");
	return !judge->broken || answer_later(judge);
}

/* A password may be for some senders of its login only. */
static bool
grant_covers(const char *grant, const char *mailbox)
{
	struct value rest = { grant, strlen(grant) }, item;

	while (value_item(&rest, &item))
		if (senders_item_covers(&item, mailbox))
			return true;
	return !*grant;
}

static bool
mailbox_check(struct judge *judge, const char *where, const char *mailbox)
{
	if (!grant_covers(judge->grant, mailbox))
		return answer_denied(judge, where, mailbox);
	switch (senders_find(&judge->senders, judge->login, mailbox)) {
	case SENDER_ALLOWED: return true;
	case SENDER_DENIED: return answer_denied(judge, where, mailbox);
	case SENDER_LATER: break;
	}
	log_warn_sys("cannot read the table domains");
	return answer_later(judge);
}

static bool
envelope_check(struct judge *judge, const char *sender)
{
	if (!*sender) /* RFC 6409 3.2 */
		return true;
	if (!mailbox_canonical(sender))
		return errno == ENOMEM ? answer_later(judge)
		                       : answer(judge, 501, "5.1.7", "this is not a mailbox");
	return mailbox_check(judge, "MAIL", sender);
}

/* Every mailbox of From or Sender. */
static bool
list_check(struct judge *judge, const char *where, const struct field *field)
{
	struct mailbox_list list = { .lex = { .text = field->body, .len = field->body_len } };
	stralloc text = STRALLOC_ZERO;
	struct mailbox mailbox;
	enum mailbox_found found;
	bool allowed = true;

	while (allowed && (found = mailbox_next(&list, &mailbox)) == MAILBOX_FOUND) {
		text.len = 0;
		if (!mailbox_add(&text, &mailbox) || !stralloc_0(&text))
			die_memory();
		allowed = mailbox_check(judge, where, text.s);
	}
	stralloc_free(&text);
	if (allowed && found == MAILBOX_MALFORMED)
		return answer(judge, 554, "5.6.0", "the addresses in From or Sender are malformed");
	return allowed;
}

/* Every From and Sender: a second one is header-fix's to refuse, but must not hide. */
static bool
header_check(struct judge *judge, const char *text, size_t len)
{
	struct header header = { .text = text, .len = len };
	enum header_found found;
	struct field field;

	while ((found = header_next(&header, &field)) == HEADER_FIELD) {
		bool is_from = field_is(&field, "From");

		if ((is_from || field_is(&field, "Sender"))
		    && !list_check(judge, is_from ? "From" : "Sender", &field))
			return false;
	}
	/* Others might find a From in what we cannot read. */
	return found == HEADER_END
	       || answer(judge, 554, "5.6.0", "the header has a malformed line");
}

/* Reads as much of the message as it takes, and judges it. */
static void
message_check(struct judge *judge, struct stage *stage, stralloc *text)
{
	size_t len = 0;
	bool whole = stage_collect(stage, text, HEADER_MAX_BYTES, header_end, &len);

	if (header_absent(text->s, whole ? len : text->len)) /* header-fix will put one in front */
		return;
	if (!whole)
		answer(judge, 552, "5.3.4", "the header is longer than 512 KiB");
	else
		header_check(judge, text->s, len);
}

static bool
policy_judge_mail(const struct policy_question *question, const struct envelope *facts,
                  void *settings, stralloc *action)
{
	struct judge *judge = settings;
	const char *login = envelope_get(facts, ENVELOPE_LOGIN);
	const char *sender = policy_get(question, "sender");
	char code[INT_FMT];

	if (strcmp(policy_get(question, "protocol_state"), "MAIL") != 0
	    || (login_check(judge, facts, *login ? login : policy_get(question, "sasl_username"))
	        && envelope_check(judge, sender)))
		return stralloc_cats(action, "DUNNO");
	log_event("refused", "code", judge->enhanced, "login", judge->login, "sender", sender,
	          NULL);
	code[int_fmt(code, judge->code)] = 0;
	return stralloc_cats(action, code) && stralloc_cats(action, " ")
	       && stralloc_cats(action, judge->enhanced) && stralloc_cats(action, " ")
	       && stralloc_cats(action, judge->text.s);
}

static int
serve_policy(const struct options *opt)
{
	struct job_peer peer;
	struct judge judge;
	int code;

	rights.may = 0;
	serve(&opt->serve, &peer);
	judge_open(&judge, opt->table);
	code = policy_serve(policy_judge_mail, NULL, &judge);
	judge_close(&judge);
	return code;
}

static _Noreturn void
check_message(const struct options *opt, const char *const *next)
{
	stralloc text = STRALLOC_ZERO;
	struct envelope envelope;
	struct judge judge;
	struct stage stage;

	stage_start(&stage, &opt->serve, next);
	if (!envelope_parse(&envelope, stage.envelope.s, stage.envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	judge_open(&judge, opt->table);
	if (login_check(&judge, &envelope, envelope_get(&envelope, ENVELOPE_LOGIN))
	    && envelope_check(&judge, envelope_get(&envelope, ENVELOPE_SENDER)))
		message_check(&judge, &stage, &text);
	if (judge.code)
		stage_refuse(&stage, judge.code, judge.enhanced, judge.text.s, NULL);
	judge_close(&judge);
	stage_next(&stage, stage.envelope.s, stage.envelope.len);
	stage_write(&stage, text.s, text.len);
	stage_pass(&stage);
	stage_finish(&stage);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .table = "senders", .serve = { .rights = &rights } };
	const char *const *next = parse_options(&opt, argc, argv);

	rights.reads[0] = opt.table;
	opt.serve.talks = opt.policy;
	if (opt.policy)
		return serve_policy(&opt);
	check_message(&opt, next);
}
