/*
 * maildir-deliver - put a message into the Maildir of each recipient
 *
 *     maildir-deliver [-r mailroot] [-m mailboxes] [-l domains]
 *
 * road     queue-run > [maildir-deliver], or any chain's last stage
 * fd 0     message, wire form: kept with LF line ends, Return-Path and Delivered-To on top
 * fd 3     envelope: F (sender) and the recipients are read
 * fd 4     verdict: ours, one outcome a recipient
 * fd 5     further messages for mailboxes (stage(7))
 * opens    the mail root (default mail), the tables (defaults mailboxes, domains), the Maildirs
 * refuses  550 5.1.1 no mailbox of this name; 554 5.4.6 it has been here before; 554 5.6.1 it is binary
 * later    452 4.2.2 disk or quota full; 451 4.3.0 any other trouble; 451 4.3.5 a bad setting
 * source   RFC 5321 4.4, 4.5.1 (postmaster), 6.1; Maildir's own description
 */
#include "base/die.h"
#include "base/more.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/final.h"
#include "store/lookup.h"
#include "store/maildir.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"maildir-deliver [-S address] [-j jobs] [-R fd] [-r mailroot] [-m mailboxes] [-l domains]"
char const *PROG = "maildir-deliver";

static struct rights rights = { .reads = { "mailboxes", "domains", "compiled" },
	                        .writes = { "mail" } };

enum {
	CHUNK_BYTES = 1 << 16,
	MESSAGES_MAX = 100, /* then a fresh process takes over: what one of them did ends here */
};

struct options {
	struct serve serve;
	const char *root;
	const char *mailboxes;
	const char *domains;
};

struct delivery {
	const char *address;
	char *path; /* of the Maildir below the root; NULL: none was found */
	struct maildir maildir;
	struct outcome outcome; /* FATE_NONE: still on its way */
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "r:m:l:", &got)) != -1)
		switch (c) {
		case 'r': opt->root = got.arg; break;
		case 'm': opt->mailboxes = got.arg; break;
		case 'l': opt->domains = got.arg; break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind != argc)
		die_usage(USAGE);
}

/* What is decided first stays: a mailbox that was full is not refused afterwards. */
static void
decide(struct delivery *delivery, int code, const char *enhanced, const char *text)
{
	if (delivery->outcome.fate != FATE_NONE)
		return;
	delivery->outcome = (struct outcome){ .fate = fate_of_code(code),
		                              .recipient = delivery->outcome.recipient,
		                              .code = code,
		                              .enhanced = enhanced,
		                              .text = text };
	maildir_drop(&delivery->maildir);
}

/* errno says what went wrong with this one's Maildir; the others go on. */
static void
decide_on_error(struct delivery *delivery, const char *deed)
{
	int error = errno;

	log_event("deferred", "recipient", delivery->address, "maildir", delivery->path, "step",
	          deed, "error", strerror(error), NULL);
	if (error == ENOSPC || error == EDQUOT)
		decide(delivery, 452, "4.2.2", "the mailbox or the disk is full");
	else
		decide(delivery, 451, "4.3.0", "the mailbox cannot be written now");
}

static struct table
open_table(const char *path)
{
	struct table table;

	if (!table_open(&table, path))
		die_temporary("cannot read the table ", path);
	return table;
}

/* Every site must take mail for its postmaster: without mailbox it waits until there is one. */
static void
decide_unknown(struct delivery *delivery, const struct options *opt)
{
	struct address parts;

	address_split(delivery->address, &parts);
	if (parts.local_len != strlen("postmaster")
	    || strncasecmp(parts.local, "postmaster", parts.local_len) != 0) {
		decide(delivery, 550, "5.1.1", "no mailbox here by that name");
		return;
	}
	log_warn(
	    "mail for ", delivery->address,
	    " waits: postmaster has no mailbox; add \"postmaster: NAME/Maildir\" to the table ",
	    opt->mailboxes);
	decide(delivery, 451, "4.3.5", "the mailbox of postmaster is not set up yet");
}

static void
find_path(struct delivery *delivery, const struct options *opt, const struct table *mailboxes,
          const struct table *domains)
{
	struct value value;
	char *path;

	switch (lookup_mailbox(mailboxes, domains, delivery->address, &value)) {
	case LOOKUP_FOUND: break;
	case LOOKUP_NOTHING: decide_unknown(delivery, opt); return;
	case LOOKUP_NO_MEMORY: die_memory();
	}
	path = strndup(value.text, value.len);
	if (!path)
		die_memory();
	if (!maildir_path_valid(value.text, value.len)) {
		log_warn("the mailbox of ", delivery->address, " in the table ", opt->mailboxes,
		         " is \"", path,
		         "\": give a path below the mail root, without spaces and with no "
		         "component that begins with a dot");
		decide(delivery, 451, "4.3.5", "the mailbox is not set up rightly");
	}
	delivery->path = path;
}

static struct delivery *
find_mailboxes(const struct options *opt, const struct envelope *envelope)
{
	struct delivery *deliveries = calloc(envelope->recipients + 1, sizeof *deliveries);
	struct table mailboxes = open_table(opt->mailboxes), domains = open_table(opt->domains);
	struct recipient recipient;
	size_t at = 0;

	if (!deliveries)
		die_memory();
	for (int i = 0; envelope_recipient(envelope, &at, &recipient); i++) {
		deliveries[i] = (struct delivery){ .address = recipient.address,
			                           .maildir = { -1, -1, -1, 0, "" },
			                           .outcome = { .recipient = i } };
		find_path(&deliveries[i], opt, &mailboxes, &domains);
	}
	table_close(&mailboxes);
	table_close(&domains);
	return deliveries;
}

static int
root_open(const char *path)
{
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || (root = fd_away(root)) < 0)
		die_temporary("cannot open the mail root ", path);
	return root;
}

/*
 * One file for each recipient, each written as the message passes by: it is read once, so a pipe
 * will do, and a mailbox that is full stops nobody but its owner.
 */
static void
open_maildirs(struct delivery *deliveries, const struct options *opt,
              const struct envelope *envelope)
{
	const char *sender = envelope_get(envelope, ENVELOPE_SENDER);
	stralloc top = STRALLOC_ZERO;
	static int root = -1; /* the same for all messages: we are confined to it */

	if (root < 0)
		root = root_open(opt->root);
	for (unsigned int i = 0; i < envelope->recipients; i++) {
		struct delivery *delivery = &deliveries[i];

		if (delivery->outcome.fate != FATE_NONE)
			continue;
		top.len = 0;
		if (!final_top(&top, sender, delivery->address))
			die_later("an address in the envelope holds a control character");
		if (!maildir_open(&delivery->maildir, root, delivery->path))
			decide_on_error(delivery, "open");
		else if (!maildir_write(&delivery->maildir, top.s, top.len))
			decide_on_error(delivery, "write");
	}
	stralloc_free(&top);
}

static void
write_all(struct delivery *deliveries, unsigned int count, const stralloc *bytes)
{
	for (unsigned int i = 0; i < count; i++)
		if (deliveries[i].outcome.fate == FATE_NONE
		    && !maildir_write(&deliveries[i].maildir, bytes->s, bytes->len))
			decide_on_error(&deliveries[i], "write");
}

/* Reads to the seal; who has had the message before is known then. */
static void
copy_message(struct stage *stage, struct delivery *deliveries, unsigned int count)
{
	static char chunk[CHUNK_BYTES];
	struct final final = { 0 };
	stralloc bytes = STRALLOC_ZERO;
	size_t len;

	while ((len = stage_read(stage, chunk, sizeof chunk)) > 0) {
		bytes.len = 0;
		if (!final_add(&final, chunk, len, &bytes))
			die_memory();
		write_all(deliveries, count, &bytes);
	}
	bytes.len = 0;
	if (!final_end(&final, &bytes))
		die_memory();
	write_all(deliveries, count, &bytes);
	for (unsigned int i = 0; i < count; i++)
		if (final_was_here(&final, deliveries[i].address))
			decide(&deliveries[i], 554, "5.4.6",
			       "a mail loop: this mailbox has had this message before");
	final_free(&final);
	stralloc_free(&bytes);
	explicit_bzero(chunk, sizeof chunk);
}

static void
keep(struct delivery *delivery)
{
	if (!maildir_keep(&delivery->maildir)) {
		decide_on_error(delivery, "keep");
		return;
	}
	log_event("delivered", "recipient", delivery->address, "maildir", delivery->path, "file",
	          delivery->maildir.name, NULL);
	decide(delivery, 250, "2.0.0", "kept in the mailbox");
}

/* Whoever started us has more messages, if it's somebody who asks; returns what to exit with. */
static int
report(const struct delivery *deliveries, unsigned int count, bool asks)
{
	stralloc verdict = STRALLOC_ZERO;
	int code = 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct outcome *outcome = &deliveries[i].outcome;

		if (!outcome_add(&verdict, outcome))
			die_memory();
		if (outcome->fate == FATE_NEVER)
			log_event("refused", "recipient", deliveries[i].address, "code",
			          outcome->enhanced, "text", outcome->text, NULL);
		if (outcome->fate == FATE_LATER)
			code = EXIT_TEMPORARY;
		else if (outcome->fate == FATE_NEVER && !code)
			code = EXIT_PERMANENT;
	}
	if (asks)
		more_ask(); /* before the end: whoever reads that knows then */
	stage_say(&verdict);
	stralloc_free(&verdict);
	return code;
}

/* The message on fd 0 goes to all of its mailboxes. */
static int
deliver(struct stage *stage, const struct options *opt, bool asks)
{
	struct delivery *deliveries;
	struct envelope envelope;
	int code;

	if (stage->by_hand || !envelope_parse(&envelope, stage->envelope.s, stage->envelope.len))
		die_later("the envelope is broken or missing");
	log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
	        envelope_get(&envelope, ENVELOPE_MESSAGE));
	if (envelope_is_binary(&envelope))
		stage_refuse(stage, 554, "5.6.1",
		             "the message is binary, and a mailbox holds lines", NULL);
	deliveries = find_mailboxes(opt, &envelope);
	open_maildirs(deliveries, opt, &envelope);
	copy_message(stage, deliveries, envelope.recipients);
	for (unsigned int i = 0; i < envelope.recipients; i++)
		if (deliveries[i].outcome.fate == FATE_NONE)
			keep(&deliveries[i]);
	code = report(deliveries, envelope.recipients, asks);
	for (unsigned int i = 0; i < envelope.recipients; i++)
		free(deliveries[i].path);
	free(deliveries);
	return code;
}

/* Three descriptors a recipient. What is still too many is "later" for those. */
static void
take_all_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .rights = &rights },
		               .root = "mail",
		               .mailboxes = "mailboxes",
		               .domains = "domains" };
	static struct stage stage;
	unsigned int messages = 0;
	bool asks;
	int code;

	parse_options(&opt, argc, argv);
	rights.reads[0] = opt.mailboxes;
	rights.reads[1] = opt.domains;
	rights.writes[0] = opt.root;
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write, not our end */
	stage_start(&stage, &opt.serve, NULL);
	take_all_descriptors();
	do {
		asks = ++messages < MESSAGES_MAX && more_is_offered();
		code = deliver(&stage, &opt, asks);
	} while (asks && stage_more(&stage, -1));
	return code;
}
