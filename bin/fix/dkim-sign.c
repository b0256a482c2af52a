/*
 * dkim-sign - a message is signed in the name of its author's domain, if we have a key of that domain
 *
 *     dkim-sign [-f folder] [-a signer] [-x seconds] next ...
 *     dkim-sign -d domain -s selector -k key.pem [-s selector -k key.pem ...] < message > signed
 *
 * road     header-fix > [dkim-sign] > queue-add: the last that changes a byte
 * fd 0     message, wire form: the header section is read. With a key, or if it is binary, all of it is
 *          read to its seal before the first byte goes on, and made 7-bit; else it is handed on unread
 * fd 3     envelope: handed on as it is, but without BODY= where the message was made 7-bit
 * fd 4     verdict: ours on refusal, else the next stage's
 * opens    nothing before the message: then it looks whether FOLDER/DOMAIN is there; a bigger message
 *          is kept in a nameless file in $TMPDIR
 * starts   the signer (default: digest-sign -f folder), which has the keys and never the message
 * refuses  552 5.3.4 a header section of more than 512 KiB; 554 5.6.1 a binary message that cannot be
 *          made 7-bit
 * later    the signer has failed, a key unreadable, envelope broken: mail is not sent unsigned
 *          where it should be signed
 * source   RFC 6376 (5.3: why 7-bit), RFC 3030 3, RFC 8463, RFC 8301, RFC 8616
 */
#include "base/die.h"
#include "base/job.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/stage.h"
#include "base/words.h"
#include "mail/address.h"
#include "mail/base64.h"
#include "mail/dkim.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "net/signer.h"
#include "store/nameless.h"
#include "store/recode.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"dkim-sign [-S address] [-j jobs] [-R fd] [-f folder | -d domain -s selector -k key.pem] " \
	"[-a signer] [-x seconds] [next ...]"
char const *PROG = "dkim-sign";

/* A signer that is a command has no more than we: so ours are those of digest-sign, too. */
static struct rights rights = { .may = MAY_NEXT, .writes = { "/tmp" } };

enum { CHUNK_BYTES = 1 << 16, SIGNER_WORDS_MAX = 4 + 4 * SIGNER_KEYS_MAX };

struct options {
	struct serve serve;
	const char *folder;
	const char *domain; /* NULL: the author's */
	const char *const *signer;
	unsigned int life_s; /* 0: a signature is good for ever */
	const char *words[SIGNER_WORDS_MAX];
	size_t keys; /* given as -s and -k, which are in words */
};

static const char *const *
signer_words(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die_memory();
	return words_split(copy);
}

static const char *const *
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	size_t selectors = 0, count = 1;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "f:d:s:k:a:x:", &got)) != -1)
		switch (c) {
		case 'f': opt->folder = got.arg; break;
		case 'd': opt->domain = got.arg; break;
		case 's':
		case 'k':
			selectors += c == 's';
			opt->keys += c == 'k';
			if (count + 4 >= SIGNER_WORDS_MAX)
				die_usage(USAGE);
			opt->words[count++] = c == 's' ? "-s" : "-k";
			opt->words[count++] = got.arg;
			break;
		case 'a': opt->signer = signer_words(got.arg); break;
		case 'x':
			if (!uint0_scan(got.arg, &opt->life_s) || !opt->life_s)
				die_usage(USAGE);
			break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (selectors != opt->keys || !opt->domain != !opt->keys || (opt->folder && opt->domain)
	    || (opt->domain && !domain_valid(opt->domain, strlen(opt->domain), true)))
		die_usage(USAGE);
	if (!opt->folder && !opt->domain)
		opt->folder = "dkim";
	opt->words[0] = "digest-sign";
	opt->words[count++] = opt->domain ? "-d" : "-f";
	opt->words[count] = opt->domain ? opt->domain : opt->folder;
	if (!opt->signer)
		opt->signer = opt->words;
	return got.ind < argc ? argv + got.ind : NULL;
}

static void
rights_set(const struct options *opt)
{
	size_t count = 0;

	rights.writes[0] = nameless_folder();
	if (job_is_address(opt->signer[0]))
		return;
	if (opt->signer != opt->words) {
		rights.may |= MAY_RUN;
		return;
	}
	rights.runs[0] = opt->words[0];
	if (opt->folder)
		rights.reads[count++] = opt->folder;
	for (size_t i = 1; opt->words[i]; i += 2)
		if (strcmp(opt->words[i], "-k") == 0)
			rights.reads[count++] = opt->words[i + 1];
}

struct job {
	const struct options *opt;
	struct stage stage;
	stralloc text; /* what was read: the header section, and some of the body */
	size_t header_len;
	stralloc domain; /* whose keys sign; len 0: nobody's */
	const char *line_end;
	bool is_binary;      /* BODY=BINARYMIME came with it */
	struct recode whole; /* the message, as it is to be handed on; empty: it was not read */
	char body_digest[DKIM_DIGEST_BYTES];
	stralloc fields; /* our signatures */
};

/*
 * Is there a folder of keys for this domain? The name comes from the message, and is a domain name
 * that was checked: it has neither a slash nor a leading dot.
 */
static bool
has_keys(const char *folder, const char *domain)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", folder, domain) >= (int)sizeof path)
		return false;
	if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0)
		return true;
	if (errno != ENOENT && errno != ENOTDIR)
		die_temporary("cannot look for the keys in ", path);
	return false;
}

/* The author's domain, or the nearest one above it that has keys; both are aligned (RFC 7489 3.1.1). */
static void
choose_domain(struct job *job)
{
	const struct options *opt = job->opt;
	stralloc *domain = &job->domain, author = STRALLOC_ZERO;
	const char *name;

	if (opt->domain) {
		if (!stralloc_copys(domain, opt->domain) || !stralloc_0(domain))
			die_memory();
		return;
	}
	if (!dkim_domain(job->text.s, job->header_len, &author))
		die_memory();
	for (name = author.len ? author.s : NULL; name && !has_keys(opt->folder, name);) {
		name = strchr(name, '.');
		name += name != NULL;
	}
	if (name && (!stralloc_copys(domain, name) || !stralloc_0(domain)))
		die_memory();
	stralloc_free(&author);
}

static void
header_read(struct job *job)
{
	const char *feed;

	if (!stage_collect(&job->stage, &job->text, HEADER_MAX_BYTES, header_end, &job->header_len))
		stage_refuse(&job->stage, 552, "5.3.4", "the header is longer than 512 KiB", NULL);
	feed = job->text.len ? memchr(job->text.s, '\n', job->text.len) : NULL;
	job->line_end = feed && (feed == job->text.s || feed[-1] != '\r') ? "\n" : "\r\n";
}

/* Behind the empty line: a message that is all header has none, and no body. */
static size_t
body_start(const struct job *job)
{
	const char *at = job->text.s + job->header_len;
	size_t left = job->text.len - job->header_len;

	if (left && at[0] == '\n')
		return job->header_len + 1;
	return job->header_len + (left > 1 ? 2 : left);
}

static void
keep(struct job *job, struct dkim_body *body, const char *bytes, size_t len)
{
	dkim_body_add(body, bytes, len);
	if (!recode_add(&job->whole, bytes, len))
		die_temporary("cannot keep the message in a temporary file");
}

/* A part of what is kept; 0: all of it has been read. */
static size_t
kept_read(const struct job *job, uint64_t at, char *bytes, size_t size)
{
	ssize_t n = spool_read(&job->whole.message, at, bytes, size);

	if (n < 0)
		die_temporary("cannot read a temporary file");
	return (size_t)n;
}

/* The message was made 7-bit: its header and body are others now. */
static void
read_again(struct job *job)
{
	static char chunk[CHUNK_BYTES];
	stralloc *text = &job->text;
	struct dkim_body body;
	uint64_t at = 0;
	size_t n;

	text->len = job->header_len = 0;
	while (!header_end(text->s, text->len, &job->header_len)) {
		n = kept_read(job, at, chunk, sizeof chunk);
		if (!n) {
			job->header_len = text->len;
			break;
		}
		if (!stralloc_catb(text, chunk, n))
			die_memory();
		at += n;
	}
	dkim_body_begin(&body);
	dkim_body_add(&body, text->s + body_start(job), text->len - body_start(job));
	for (; (n = kept_read(job, at, chunk, sizeof chunk)) > 0; at += n)
		dkim_body_add(&body, chunk, n);
	dkim_body_end(&body, job->body_digest);
}

/* RFC 3030 3: lines are all that a mailbox can hold, and most servers can take. */
static _Noreturn void
refuse_binary(struct job *job)
{
	stage_refuse(&job->stage, 554, "5.6.1",
	             "the message is binary, and cannot be encoded: ", job->whole.plan.stuck, NULL);
}

/*
 * Reads the message to its seal, and takes the digest of its body. It is made 7-bit first, if it is
 * not: a server on its way that has to do that would break the signature (RFC 6376 5.3).
 */
static void
message_read(struct job *job)
{
	static char chunk[CHUNK_BYTES];
	size_t start = body_start(job), n;
	struct dkim_body body;

	dkim_body_begin(&body);
	if (!recode_add(&job->whole, job->text.s, start))
		die_temporary("cannot keep the message in a temporary file");
	keep(job, &body, job->text.s + start, job->text.len - start);
	while ((n = stage_read(&job->stage, chunk, sizeof chunk)) > 0)
		keep(job, &body, chunk, n);
	dkim_body_end(&body, job->body_digest);
	if (!recode_end(&job->whole, job->line_end))
		die_temporary("cannot keep the message in a temporary file");
	if (!job->whole.plan.needed)
		return;
	if (!job->stage.by_hand)
		log_event("recoded", "text",
		          job->whole.changed ? "made 7-bit" : job->whole.plan.stuck, NULL);
	if (job->is_binary && !job->whole.changed)
		refuse_binary(job);
	if (job->whole.changed)
		read_again(job);
}

/* The fields of all keys, each without its signature, and what is to be signed. */
static void
fields_make(const struct job *job, const struct signer *signer, stralloc *fields, stralloc *digests)
{
	struct dkim_signature signature = { .domain = job->domain.s,
		                            .time_s = time(NULL),
		                            .line_end = job->line_end };

	if (job->opt->life_s)
		signature.expire_s = signature.time_s + job->opt->life_s;
	for (size_t i = 0; i < signer->count; i++) {
		char digest[DKIM_DIGEST_BYTES];

		signature.algorithm = signer->keys[i].algorithm;
		signature.selector = signer->keys[i].selector;
		if (!dkim_field(&signature, job->text.s, job->header_len, job->body_digest,
		                &fields[i], digest)
		    || !stralloc_append(digests, 'H')
		    || !base64_encode(digests, digest, sizeof digest) || !stralloc_0(digests))
			die_memory();
	}
}

static void
sign(struct job *job)
{
	const char *domain = job->domain.s, *why, *signatures[SIGNER_KEYS_MAX];
	stralloc fields[SIGNER_KEYS_MAX] = { STRALLOC_ZERO }, digests = STRALLOC_ZERO;
	struct signer signer;

	if (!signer_open(&signer, job->opt->signer, domain, &why))
		die_temporary("cannot sign for ", domain, ": ", why);
	if (!signer.count)
		return;
	fields_make(job, &signer, fields, &digests);
	if (!signer_sign(&signer, &digests, signatures, &why))
		die_temporary("cannot sign for ", domain, ": ", why);
	for (size_t i = 0; i < signer.count; i++) {
		if (!dkim_field_end(&fields[i], signatures[i], strlen(signatures[i]), job->line_end)
		    || !stralloc_catb(&job->fields, fields[i].s, fields[i].len))
			die_memory();
		stralloc_free(&fields[i]);
		if (!job->stage.by_hand)
			log_event("signed", "domain", domain, "selector", signer.keys[i].selector,
			          "algorithm", signer.keys[i].algorithm, NULL);
	}
	stralloc_free(&digests);
	signer_close(&signer);
}

static void
hand_on(struct job *job, const struct envelope *envelope)
{
	static char chunk[CHUNK_BYTES];
	struct stage *stage = &job->stage;
	stralloc records = STRALLOC_ZERO;
	uint64_t at = 0;
	size_t n;

	if (!stage->by_hand && (job->whole.changed || job->is_binary)
	    && !envelope_copy_seven_bit(&records, envelope))
		die_memory();
	stage_next(stage, records.len ? records.s : stage->envelope.s,
	           records.len ? records.len : stage->envelope.len);
	stage_write(stage, job->fields.s, job->fields.len);
	if (!job->domain.len && !job->is_binary)
		stage_write(stage, job->text.s, job->text.len);
	for (; (n = kept_read(job, at, chunk, sizeof chunk)) > 0; at += n)
		stage_write(stage, chunk, n);
	stage_pass(stage);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .rights = &rights } };
	const char *const *next = parse_options(&opt, argc, argv);
	static struct job job;
	struct envelope envelope;

	job.opt = &opt;
	rights_set(&opt);
	stage_start(&job.stage, &opt.serve, next);
	if (!job.stage.by_hand) {
		if (!envelope_parse(&envelope, job.stage.envelope.s, job.stage.envelope.len))
			die_later("the envelope is broken");
		log_ids(envelope_get(&envelope, ENVELOPE_CONNECTION),
		        envelope_get(&envelope, ENVELOPE_MESSAGE));
		job.is_binary = envelope_is_binary(&envelope);
	}
	recode_begin(&job.whole, !job.stage.by_hand);
	header_read(&job);
	choose_domain(&job);
	if (job.domain.len || job.is_binary)
		message_read(&job);
	if (job.domain.len)
		sign(&job);
	hand_on(&job, &envelope);
	stage_finish(&job.stage);
}
