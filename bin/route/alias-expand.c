/*
 * alias-expand - give a message to the addresses that stand behind an alias
 *
 *     alias-expand [-a aliases] next ...
 *
 * road     queue-run > [alias-expand] > queue-add
 * fd 0     message, wire form: its header is read, all of it is handed on below a Delivered-To
 * fd 3     envelope: recipients are read; each must have an alias
 * fd 4     verdict: ours, as soon as each recipient is settled
 * opens    the tables aliases and domains, included files
 * keeps    what the next stage needs
 * refuses  554 5.4.6 if the message was here before
 * later    a fault in the table: ours, not the sender's. What the next stage refuses, as it says
 * source   RFC 5321 3.9, RFC 3461 5.2.7
 *
 * Each alias makes up to three new messages (alias.h): one for final addresses, one for the alias's
 * own mailbox, one for lists. They are sealed together, when all of them have all bytes, and the
 * recipient is done when the next stage has said so for each. A crash in between, or a trouble with
 * one of them alone, makes a second copy at the next attempt: at most one an attempt.
 */
#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/job.h"
#include "base/onward.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/xtext.h"
#include "store/alias.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE "alias-expand [-S address] [-j jobs] [-R fd] [-a aliases] next ..."
char const *PROG = "alias-expand";

/* An alias may include any file. */
static struct rights rights = { .may = MAY_NEXT, .reads = { "/" } };

enum { CHUNK_BYTES = 64 << 10 };

static const char delivered_to[] = "Delivered-To";

/* The kinds of targets, each of which makes a message of its own. */
static const char tags[] = { ALIAS_TARGET, ALIAS_COPY, ALIAS_LIST };

struct options {
	struct serve serve;
	const char *aliases;
};

/* The job: one message, and the tables. */
struct job {
	struct stage stage;
	struct envelope envelope;
	struct table aliases, domains;
	stralloc head;   /* the message's first bytes: its header section, or what we hold of it */
	size_t head_len; /* how much of them is header section */
	off_t start;     /* of the message in fd 0; -1: a pipe, which can be read once */
	bool later, never; /* what was said of any recipient */
};

/* One of the new messages. */
struct copy {
	char id[ID_LEN + 1];
	struct onward onward;
	unsigned int recipients;
};

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "a:", &got)) != -1)
		if (c == 'a')
			opt->aliases = got.arg;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	if (got.ind == argc)
		die_usage(USAGE);
	return argv + got.ind;
}

static void
open_tables(struct job *job, const struct options *opt)
{
	if (!table_open(&job->aliases, opt->aliases))
		die_temporary("cannot read the table ", opt->aliases);
	if (!table_open(&job->domains, "domains") && errno != ENOENT)
		die_temporary("cannot read the table domains");
}

static void
read_head(struct job *job)
{
	job->start = lseek(FD_MESSAGE, 0, SEEK_CUR);
	/* A longer header is cut: what we look for stands at its top. */
	stage_collect(&job->stage, &job->head, HEADER_MAX_BYTES, header_end, &job->head_len);
}

static void
report(struct job *job, const struct outcome *outcome)
{
	stralloc record = STRALLOC_ZERO;

	job->later |= outcome->fate == FATE_LATER;
	job->never |= outcome->fate == FATE_NEVER;
	if (!outcome_add(&record, outcome))
		die_memory();
	if (!io_write(FD_VERDICT, record.s, record.len))
		die_temporary("cannot write the verdict");
	stralloc_free(&record);
}

static void
report_ours(struct job *job, int number, int code, const char *enhanced, const char *text)
{
	struct outcome outcome = { .fate = fate_of_code(code),
		                   .recipient = number,
		                   .code = code,
		                   .enhanced = enhanced,
		                   .text = text };

	report(job, &outcome);
}

/* Does the header say that this address has had the message before? */
static bool
was_here(const struct job *job, const char *address)
{
	struct header header = { .text = job->head.s, .len = job->head_len };
	stralloc key = STRALLOC_ZERO, value = STRALLOC_ZERO, seen = STRALLOC_ZERO;
	enum header_found found;
	struct field field;
	bool here = false;

	if (!address_key(&key, address, 0) || !stralloc_0(&key))
		die_memory();
	while (!here && (found = header_next(&header, &field)) != HEADER_END) {
		if (found != HEADER_FIELD || !field_is(&field, delivered_to))
			continue;
		value.len = seen.len = 0;
		for (size_t i = 0; i < field.body_len; i++)
			if (field.body[i] && !strchr(" \t\r\n", field.body[i])
			    && !stralloc_append(&value, field.body[i]))
				die_memory();
		if (!stralloc_0(&value) || !address_key(&seen, value.s, 0) || !stralloc_0(&seen))
			die_memory();
		here = strcmp(seen.s, key.s) == 0;
	}
	stralloc_free(&key);
	stralloc_free(&value);
	stralloc_free(&seen);
	return here;
}

static bool
is_ascii(const char *text)
{
	while (*text && !(*text & 0x80))
		text++;
	return !*text;
}

/*
 * What a new recipient is told of the sender's wishes for the old one: by a list nothing, by an alias
 * of one address all, by one of more all but SUCCESS. RFC 3461 5.2.7
 */
static void
add_wishes(stralloc *list, const struct recipient *old, const struct alias *alias)
{
	stralloc value = STRALLOC_ZERO;

	if (alias->owner.len)
		return;
	if (old->notify) {
		if (!(alias->count == 1 ? stralloc_cats(&value, old->notify)
		                        : dsn_notify_without_success(&value, old->notify))
		    || !stralloc_0(&value) || !record_add(list, ENVELOPE_NOTIFY, value.s))
			die_memory();
		value.len = 0;
	}
	if (old->orcpt) {
		if (!record_add(list, ENVELOPE_ORCPT, old->orcpt))
			die_memory();
	} else if (is_ascii(
	               old->address)) { /* RFC 3461 5.2.1: may be added, and shows in a bounce */
		if (!stralloc_copys(&value, "rfc822;")
		    || !xtext_encode(&value, old->address, strlen(old->address))
		    || !stralloc_0(&value) || !record_add(list, ENVELOPE_ORCPT, value.s))
			die_memory();
	}
	stralloc_free(&value);
}

static const char *
new_sender(const struct envelope *envelope, const struct alias *alias)
{
	const char *sender = envelope_get(envelope, ENVELOPE_SENDER);

	/* The null sender stays: what goes to a list as a bounce must never make another. */
	return alias->owner.len && *sender ? alias->owner.s : sender;
}

/* The envelope of the message for all targets of one kind; returns how many they are. */
static unsigned int
make_envelope(stralloc *list, const struct job *job, const struct recipient *old,
              const struct alias *alias, char tag, const char *id)
{
	const struct envelope *envelope = &job->envelope;
	const char *left_out = alias->owner.len ? "QFxURE" : "QFxU", *target;
	bool utf8 = envelope->value[ENVELOPE_UTF8];
	unsigned int count = 0;
	size_t at = 0;

	list->len = 0;
	if (!envelope_copy_facts(list, envelope, left_out)
	    || !record_add(list, ENVELOPE_MESSAGE, id)
	    || !record_add(list, ENVELOPE_SENDER, new_sender(envelope, alias))
	    || (tag != ALIAS_LIST && !record_add(list, ENVELOPE_EXPANDED, "")))
		die_memory();
	while ((target = record_next(alias->targets.s, alias->targets.len, &at)) != NULL)
		utf8 |= target[0] == tag && !is_ascii(target + 1);
	if (utf8 && !record_add(list, ENVELOPE_UTF8, ""))
		die_memory();
	at = 0;
	while ((target = record_next(alias->targets.s, alias->targets.len, &at)) != NULL)
		if (target[0] == tag) {
			if (!record_add(list, ENVELOPE_RECIPIENT, target + 1))
				die_memory();
			add_wishes(list, old, alias);
			count++;
		}
	if (!record_end(list))
		die_memory();
	return count;
}

/* Starts a message for each kind of targets that there is; false: the next stage can't be had. */
static bool
open_copies(const struct job *job, const struct recipient *old, const struct alias *alias,
            struct copy *copies, size_t *count)
{
	stralloc list = STRALLOC_ZERO;
	bool opened = true;

	*count = 0;
	for (size_t i = 0; opened && i < sizeof tags; i++) {
		struct copy *copy = &copies[*count];

		id_make(copy->id);
		copy->recipients = make_envelope(&list, job, old, alias, tags[i], copy->id);
		if (!copy->recipients)
			continue;
		opened = onward_open(&copy->onward, job->stage.next, &list);
		if (!opened)
			log_warn_sys("cannot give a message to ", job->stage.next[0]);
		else
			++*count;
		/* Its own mailbox adds the field itself, and would take ours for a circle. */
		if (opened && tags[i] != ALIAS_COPY)
			opened = onward_write(&copy->onward, delivered_to, sizeof delivered_to - 1)
			         && onward_write(&copy->onward, ": ", 2)
			         && onward_write(&copy->onward, old->address, strlen(old->address))
			         && onward_write(&copy->onward, "\r\n", 2);
	}
	stralloc_free(&list);
	return opened;
}

/* The same bytes for all; false: one of them takes no more. */
static bool
write_copies(struct copy *copies, size_t count, const char *bytes, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (!onward_write(&copies[i].onward, bytes, len)) {
			if (errno != EPIPE) /* else its verdict says why */
				log_warn_sys("cannot write the message for the next stage");
			return false;
		}
	return true;
}

/*
 * The whole message, for all copies. Read to its end and seal even if the next stage takes no more,
 * so that it can be read again for another alias.
 */
static bool
pass_copies(struct job *job, struct copy *copies, size_t count, bool whole)
{
	static char chunk[CHUNK_BYTES];
	uint64_t left;
	ssize_t n = 0;

	whole = whole && write_copies(copies, count, job->head.s, job->head.len);
	if (!job->stage.ended) {
		while ((n = (ssize_t)stage_read(&job->stage, chunk, sizeof chunk)) > 0)
			whole = whole && write_copies(copies, count, chunk, (size_t)n);
		return whole;
	}
	left = job->stage.bytes_read - job->head.len;
	if (!left)
		return whole;
	if (lseek(FD_MESSAGE, job->start + (off_t)job->head.len, SEEK_SET) < 0)
		die_temporary("cannot read the message again");
	while (left && whole) {
		n = io_read(FD_MESSAGE, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk);
		if (n <= 0)
			die_temporary("cannot read the message again");
		whole = write_copies(copies, count, chunk, (size_t)n);
		left -= (uint64_t)n;
	}
	return whole;
}

/*
 * What the next stage said of all copies, the worst of it. Where they are not whole, silence comes
 * from our not sealing them, so it tells less than words.
 */
static void
end_copies(struct copy *copies, size_t count, bool whole, struct outcome *out)
{
	static const struct outcome silence = { .fate = FATE_LATER,
		                                .code = 451,
		                                .enhanced = "4.3.0",
		                                .text = "the next stage gave no verdict" };

	*out = (struct outcome){ .fate = FATE_DONE };
	for (size_t i = 0; i < count; i++) {
		struct outcome outcome;

		if (!onward_end(&copies[i].onward, copies[i].recipients, &outcome))
			die_memory();
		if (outcome.fate == FATE_NONE && whole)
			outcome = silence;
		if (outcome.fate == FATE_LATER
		    || (outcome.fate == FATE_NEVER && out->fate == FATE_DONE))
			*out = outcome;
	}
	if (!whole && out->fate == FATE_DONE)
		*out = silence;
}

static void
report_done(struct job *job, int number, const struct alias *alias)
{
	char text[64] = "expanded to ", *at = text + strlen(text);

	at += uint_fmt(at, alias->count);
	strcpy(at, " addresses");
	/* Which report this asks for, if any, is in alias-expand(8). */
	if (alias->owner.len)
		report_ours(job, number, 250, "2.0.0", "given to the list");
	else if (alias->count == 1)
		report_ours(job, number, 251, "2.1.5", "forwarded");
	else
		report_ours(job, number, 250, "2.1.5", text);
}

static void
log_copies(const struct copy *copies, size_t count, const struct recipient *old, const char *sender)
{
	for (size_t i = 0; i < count; i++) {
		char number[UINT_FMT];

		number[uint_fmt(number, copies[i].recipients)] = 0;
		log_event("expanded", "recipient", old->address, "new", copies[i].id, "recipients",
		          number, "sender", sender, NULL);
	}
}

/* The new messages of one alias. */
static void
pass_on(struct job *job, int number, const struct recipient *old, const struct alias *alias)
{
	struct copy copies[sizeof tags];
	struct outcome outcome;
	bool whole;
	size_t count;

	if (job->stage.ended && job->start < 0 && job->stage.bytes_read > job->head.len) {
		report_ours(job, number, 451, "4.3.0",
		            "one alias at a time: the message cannot be read again");
		return;
	}
	whole = open_copies(job, old, alias, copies, &count);
	whole = pass_copies(job, copies, count, whole);
	for (size_t i = 0; whole && i < count; i++)
		whole = onward_seal(&copies[i].onward);
	end_copies(copies, count, whole, &outcome);
	if (outcome.fate == FATE_DONE) {
		log_copies(copies, count, old, new_sender(&job->envelope, alias));
		report_done(job, number, alias);
	} else {
		log_event("refused", "recipient", old->address, "code", outcome.enhanced, "text",
		          outcome.text, NULL);
		outcome.recipient = number;
		report(job, &outcome);
	}
	for (size_t i = 0; i < count; i++)
		onward_close(&copies[i].onward);
}

/* Could this write a header line of its own? */
static bool
is_safe(const char *address)
{
	for (; *address; address++)
		if ((*address > 0 && *address < ' ') || *address == 0x7f)
			return false;
	return true;
}

static void
expand(struct job *job, int number, const struct recipient *old)
{
	struct alias alias = { 0 };

	if (!is_safe(old->address)) {
		report_ours(job, number, 553, "5.1.3", "a control character in an address");
		return;
	}
	if (was_here(job, old->address)) {
		report_ours(job, number, 554, "5.4.6",
		            "mail loop: this alias has had the message before");
		return;
	}
	switch (alias_expand(&alias, &job->aliases, &job->domains, old->address)) {
	case ALIAS_NO_MEMORY: die_memory();
	case ALIAS_FAULTY:
	case ALIAS_TOO_BIG:
		log_warn(alias.fault.s);
		report_ours(job, number, 451, "4.2.4",
		            "this alias is set up wrongly here; the postmaster is told");
		break;
	case ALIAS_EXPANDED: pass_on(job, number, old, &alias); break;
	}
	alias_free(&alias);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .aliases = "aliases" };
	const char *const *next = parse_options(&opt, argc, argv);
	stralloc none = STRALLOC_ZERO;
	struct job job = { 0 };
	struct recipient recipient;
	size_t at = 0;

	if (!next || !job_is_address(next[0]))
		rights.may = MAY_RUN; /* it's started more than once */
	opt.serve.rights = &rights;
	stage_start(&job.stage, &opt.serve, next);
	if (!envelope_parse(&job.envelope, job.stage.envelope.s, job.stage.envelope.len))
		die_later("the envelope is broken");
	log_ids(envelope_get(&job.envelope, ENVELOPE_CONNECTION),
	        envelope_get(&job.envelope, ENVELOPE_MESSAGE));
	if (job.envelope.value[ENVELOPE_EXPANDED])
		die_later("the message's aliases were expanded before; does the table routes name "
		          "alias-expand?");
	open_tables(&job, &opt);
	read_head(&job);
	for (int number = 0; envelope_recipient(&job.envelope, &at, &recipient); number++)
		expand(&job, number, &recipient);
	stage_report(&none, job.later ? EXIT_TEMPORARY : job.never ? EXIT_PERMANENT : 0);
}
