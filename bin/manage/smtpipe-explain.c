/*
 * smtpipe-explain - who may send, who is here, where it would go: without sending anything
 *
 *     smtpipe explain [--login login] [--from address] --to address [--to address ...]
 *
 * road     for the operator, beside it: asks the tables as the stages do
 * fd 1     one rule on a line: what decides, and what it says
 * opens    the tables of the settings folder, to read
 * keeps    nothing
 * exits    0: all would be accepted; 100: something would be refused; 111: a table cannot be read
 */
#include "base/die.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "store/alias.h"
#include "store/local.h"
#include "store/route.h"
#include "store/senders.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE  "smtpipe explain [--login login] [--from address] --to address [--to address ...]"
#define FOLDER "/etc/smtpipe"
char const *PROG = "smtpipe-explain";

enum { RECIPIENTS_MAX = 100, LIST_MAX_BYTES = 500 };

struct question {
	const char *login, *from;
	const char *to[RECIPIENTS_MAX];
	size_t count;
};

static bool some_refused;

/* A table's word may hold anything. */
static void
print_safe(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= ' ' && *text != 0x7f)
			putchar(*text);
		else
			printf("\\x%02x", (unsigned int)(unsigned char)*text);
}

static void
rule(const char *who, const char *what, const char *says)
{
	printf("%-16s ", who);
	print_safe(what);
	printf(": ");
	print_safe(says);
	putchar('\n');
}

static void
refused(const char *who, const char *what, const char *says)
{
	rule(who, what, says);
	some_refused = true;
}

/* As SMTP would take it; NULL: it would not. The caller frees. */
static char *
as_mailbox(const char *who, const char *address, enum path_kind kind)
{
	stralloc path = STRALLOC_ZERO, mailbox = STRALLOC_ZERO;
	size_t used;
	bool good;

	if (!stralloc_cats(&path, "<") || !stralloc_cats(&path, address)
	    || !stralloc_cats(&path, ">"))
		die_memory();
	good = path_parse(path.s, path.len, kind, true, &used, &mailbox) == PATH_OK
	       && used == path.len;
	stralloc_free(&path);
	if (!good) {
		refused(who, address, "not an address (RFC 5321 4.1.2)");
		stralloc_free(&mailbox);
		return NULL;
	}
	if (!stralloc_0(&mailbox))
		die_memory();
	return mailbox.s;
}

static void
explain_sender(const struct question *question, const char *sender)
{
	struct senders senders;
	stralloc list = STRALLOC_ZERO;

	if (!question->login) {
		rule("smtp-accept", *sender ? sender : "<>",
		     "without a login, any sender; on port 25 only");
		return;
	}
	if (!*sender) {
		rule("sender-check", "<>", "the null sender: what stands in From decides");
		return;
	}
	if (!senders_open(&senders, "senders"))
		die_temporary("cannot read the table senders");
	switch (senders_find(&senders, question->login, sender)) {
	case SENDER_ALLOWED: rule("sender-check", sender, "may be used by this login"); break;
	case SENDER_LATER:
		die_temporary("cannot read the table domains, which tells whose ", sender, " is");
	case SENDER_DENIED:
		if (!senders_list(&list, &senders, question->login, LIST_MAX_BYTES)
		    || !stralloc_0(&list))
			die_memory();
		refused("sender-check", sender, "550 5.7.1: this login may not use it");
		rule("", "it may use", list.s);
		stralloc_free(&list);
	}
	senders_close(&senders);
}

static void
explain_aliases(const char *recipient)
{
	struct table aliases, domains;
	struct alias alias = { 0 };

	if (!table_open(&aliases, "aliases") || !table_open(&domains, "domains"))
		die_temporary("cannot read the tables aliases and domains");
	if (alias_expand(&alias, &aliases, &domains, recipient) != ALIAS_EXPANDED) {
		refused("alias-expand", recipient, alias.fault.len ? alias.fault.s : "no memory");
	} else {
		for (size_t at = 0; at < alias.targets.len; at += strlen(alias.targets.s + at) + 1)
			rule("alias-expand", recipient, alias.targets.s + at + 1);
		if (alias.owner.len > 1)
			rule("alias-expand", "reports go to", alias.owner.s);
	}
	alias_free(&alias);
	table_close(&aliases);
	table_close(&domains);
}

static void
explain_route(const char *sender, const char *recipient)
{
	struct envelope envelope = { .value[ENVELOPE_SENDER] = sender };
	struct routes routes = { .aliases_command = ROUTE_ALIASES };
	struct route route = { 0 };

	if (!route_open(&routes, "."))
		die_temporary("cannot read the table ", routes.failed);
	if (!route_find(&routes, &envelope, recipient, &route))
		die_memory();
	rule("queue-run", recipient, route.command.s);
	if (strncmp(route.command.s, "alias-expand", sizeof "alias-expand" - 1) == 0)
		explain_aliases(recipient);
	route_free(&route);
	route_close(&routes);
}

static void
explain_recipient(const struct question *question, struct local *local, const char *recipient)
{
	const char *who = question->login ? "smtp-accept" : "recipient-check";

	switch (local_find(local, recipient)) {
	case LOCAL_KNOWN: rule(who, recipient, "is here"); break;
	case LOCAL_UNKNOWN:
		refused(who, recipient,
		        question->login ? "our domain, but nobody's address: it would be bounced"
		                        : "550 5.1.1: our domain, but nobody's address");
		return;
	case LOCAL_FOREIGN:
		if (!question->login) {
			refused(who, recipient,
			        "550 5.7.1: not ours, and who has not logged in may not relay");
			return;
		}
		rule(who, recipient, "not ours; may be sent by who has logged in");
		break;
	case LOCAL_BROKEN: refused(who, recipient, "not an address"); return;
	case LOCAL_LATER:
		die_temporary("cannot read the table ",
		              local->trouble ? local->trouble->name : "of domains");
	}
	explain_route(question->from, recipient);
}

static void
parse(struct question *out, int argc, const char *const *argv)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--login") == 0)
			out->login = argv[i + 1];
		else if (strcmp(argv[i], "--from") == 0)
			out->from = strcmp(argv[i + 1], "<>") == 0 ? "" : argv[i + 1];
		else if (strcmp(argv[i], "--to") == 0 && out->count < RECIPIENTS_MAX)
			out->to[out->count++] = argv[i + 1];
		else
			die_usage(USAGE);
	if (argc % 2 == 0 || out->count == 0)
		die_usage(USAGE);
}

int
main(int argc, const char *const *argv)
{
	struct question question = { .from = "" };
	const char *folder = getenv("SMTPIPE_ETC");
	struct local local;
	char *sender;

	parse(&question, argc, argv);
	if (chdir(folder ? folder : FOLDER) < 0)
		die_temporary("cannot enter the settings folder ", folder ? folder : FOLDER);
	if ((sender = as_mailbox("smtp-accept", question.from, PATH_REVERSE)) != NULL)
		explain_sender(&question, sender);
	free(sender);
	local_open(&local);
	for (size_t i = 0; i < question.count; i++) {
		char *recipient = as_mailbox("smtp-accept", question.to[i], PATH_FORWARD);

		if (recipient)
			explain_recipient(&question, &local, recipient);
		free(recipient);
	}
	local_close(&local);
	if (fflush(stdout) != 0)
		die_temporary("cannot write the answer");
	return some_refused ? EXIT_PERMANENT : 0;
}
