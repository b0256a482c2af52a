/*
 * recipient-check - is this recipient ours? The gate of an MX: whoever is not is refused
 *
 *     recipient-check next ...       as a stage: every recipient of the message
 *     recipient-check -p             as a policy program: each RCPT, while the client waits
 *     recipient-check -S ... next    both: one process answers for a connection, and judges its messages;
 *                                    and those that the same client opens soon after it
 *
 * road     smtp-accept > [recipient-check] > queue-add
 * fd 0     message, wire form: handed on unread          -p: questions
 * fd 1                                                   -p: answers
 * fd 3     envelope: T is read, all of it is handed on   -p: facts of the connection, for the log
 * fd 4     verdict: ours on refusal, else the next stage's
 * fd 5                                                   -p: the connection's messages (base/more.h)
 * opens    the tables domains, mailboxes, aliases and routes, for each message or connection
 * refuses  550 5.7.1 what is for others to deliver; 550 5.1.1 an unknown user; 501 5.1.3 no mailbox
 * later    451 4.3.5: a table that could tell cannot be read
 * source   RFC 5321 3.3, 4.5.1, 7.9; RFC 2505 2.1
 *
 * The stage asks again what the policy has answered: an acceptor that was taken over, and asks
 * nobody, must not be able to relay.
 */
#include "base/die.h"
#include "base/job.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "net/policy_serve.h"
#include "store/local.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <string.h>

#define USAGE "recipient-check [-S address] [-j jobs] [-R fd] -p | next ..."
char const *PROG = "recipient-check";

static struct rights rights = {
	.may = MAY_NEXT, /* not as a policy program */
	.reads = { "domains", "mailboxes", "aliases", "routes", "compiled" },
};

struct options {
	bool policy;
	struct serve serve;
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "p", &got)) != -1)
		if (c == 'p')
			opt->policy = true;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	if (opt->policy != (got.ind == argc))
		die_usage(USAGE);
	return argv + got.ind;
}

/* What we say to each kind of recipient. */
static const struct reply {
	int code; /* 0: nothing against it */
	const char *enhanced;
	const char *text;
} replies[] = {
	[LOCAL_KNOWN] = { 0, "", "" },
	[LOCAL_UNKNOWN] = { 550, "5.1.1", "no such user here" },
	[LOCAL_FOREIGN] = { 550, "5.7.1", "relaying denied: that domain is not ours" },
	[LOCAL_BROKEN] = { 501, "5.1.3", "this is not a mailbox" },
	[LOCAL_LATER] = { 451, "4.3.5", "cannot tell who is here; please try again later" },
};

static const struct reply *
recipient_judge(struct local *local, const char *recipient)
{
	enum local_kind kind = local_find(local, recipient);

	if (kind == LOCAL_LATER)
		log_warn_sys("cannot read the table ", local->trouble ? local->trouble->name : "",
		             " (if it has no entries, make it an empty file)");
	return &replies[kind];
}

static bool
policy_judge_rcpt(const struct policy_question *question, const struct envelope *facts,
                  void *settings, stralloc *action)
{
	const char *recipient = policy_get(question, "recipient");
	const struct reply *reply = &replies[LOCAL_KNOWN];
	const char *client = envelope_get(facts, ENVELOPE_CLIENT);
	char code[INT_FMT];

	if (strcmp(policy_get(question, "protocol_state"), "RCPT") == 0)
		reply = recipient_judge(settings, recipient);
	if (!reply->code)
		return stralloc_cats(action, "DUNNO");
	log_event("refused", "code", reply->enhanced, "client",
	          *client ? client : policy_get(question, "client_address"), "sender",
	          policy_get(question, "sender"), "recipient", recipient, NULL);
	code[int_fmt(code, reply->code)] = 0;
	return stralloc_cats(action, code) && stralloc_cats(action, " ")
	       && stralloc_cats(action, reply->enhanced) && stralloc_cats(action, " ")
	       && stralloc_cats(action, reply->text);
}

/* One recipient that is not ours refuses the whole message: that client went around our policy. */
static void
message_check(struct stage *stage, struct local *local)
{
	struct envelope envelope;
	struct recipient recipient;
	size_t at = 0;

	if (!envelope_parse(&envelope, stage->envelope.s, stage->envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	while (envelope_recipient(&envelope, &at, &recipient)) {
		const struct reply *reply = recipient_judge(local, recipient.address);

		if (reply->code)
			stage_refuse(stage, reply->code, reply->enhanced, "<", recipient.address,
			             ">: ", reply->text, NULL);
	}
}

static int
serve_policy(const struct serve *settings)
{
	struct job_peer peer;
	struct local local;
	int code;

	rights.may = 0;
	serve(settings, &peer);
	local_open(&local);
	code = policy_serve(policy_judge_rcpt, NULL, &local);
	local_close(&local);
	return code;
}

/* A connection: its questions, and then its messages. */
struct connection {
	struct local local; /* first: all that policy_judge_rcpt knows of */
	const char *const *next;
};

static bool
connection_message(void *settings)
{
	struct connection *connection = settings;
	struct stage stage = { .out = -1 };

	if (!stage_take(&stage, connection->next))
		return false;
	message_check(&stage, &connection->local);
	stage_give_on(&stage);
	return true;
}

static int
serve_connection(const char *const *next)
{
	struct connection connection = { .next = next };
	bool gives = job_is_address(next[0]);
	int code;

	for (local_open(&connection.local);; local_renew(&connection.local)) {
		code =
		    policy_serve(policy_judge_rcpt, gives ? connection_message : NULL, &connection);
		if (code != 0 || !policy_next())
			break;
	}
	local_close(&connection.local);
	return code;
}

static int
serve_message(const struct serve *settings, const char *const *next)
{
	struct local local;
	struct stage stage;

	stage_start(&stage, settings, next);
	if (stage.is_dialogue)
		return serve_connection(next);
	local_open(&local);
	message_check(&stage, &local);
	local_close(&local);
	stage_hand_on(&stage);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .rights = &rights, .talks = true } };
	const char *const *next = parse_options(&opt, argc, argv);

	return opt.policy ? serve_policy(&opt.serve) : serve_message(&opt.serve, next);
}
