/*
 * digest-sign - holds the keys, and signs digests with them: the only one that knows a DKIM key
 *
 *     digest-sign [-f folder]
 *     digest-sign -d domain -s selector -k key.pem [-s selector -k key.pem ...]
 *
 * road     asked by dkim-sign, which has the message, and no key
 * fd 0     the questions: the record D and a domain, and an end; then H and a digest for each key
 *          that was named, in base64, and an end
 * fd 1     the answers: S with selector and algorithm, or nothing, and an end; then B and a signature
 *          for each digest, and an end
 * opens    the keys (FOLDER/DOMAIN/SELECTOR.key), before the first question; with -S in the parent,
 *          which looks once a second whether they have changed
 * keeps    the keys; it cannot be traced or dumped, and reads nothing that a client wrote but a
 *          domain, which is looked up in memory
 * later    a key or the folder unreadable, a question that is none, or that does not come (60 s)
 * source   RFC 6376 3.3, RFC 8301, RFC 8463
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/base64.h"
#include "store/key_folder.h"
#include "store/signing_key.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"digest-sign [-S address] [-j jobs] [-R fd] [-f folder], or -d domain -s selector "        \
	"-k key.pem [-s selector -k key.pem ...]"
char const *PROG = "digest-sign";

static struct rights rights = { .reads = { "dkim" } };

enum { QUESTION_S = 60, QUESTION_MAX = 4096 /* 16 digests, or a domain */ };

struct options {
	struct serve serve;
	const char *folder, *domain;
	const char *selectors[KEY_FOLDER_KEYS_MAX], *files[KEY_FOLDER_KEYS_MAX];
	size_t selector_count, file_count;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "f:d:s:k:", &got)) != -1)
		switch (c) {
		case 'f': opt->folder = got.arg; break;
		case 'd': opt->domain = got.arg; break;
		case 's':
			if (opt->selector_count == KEY_FOLDER_KEYS_MAX || !selector_valid(got.arg))
				die_usage(USAGE);
			opt->selectors[opt->selector_count++] = got.arg;
			break;
		case 'k':
			if (opt->file_count == KEY_FOLDER_KEYS_MAX)
				die_usage(USAGE);
			opt->files[opt->file_count++] = got.arg;
			break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind < argc || opt->selector_count != opt->file_count
	    || !opt->domain != !opt->file_count || (opt->folder && opt->domain))
		die_usage(USAGE);
	if (!opt->folder)
		opt->folder = "dkim";
}

static void
keys_read(struct key_folder *folder, const struct options *opt)
{
	if (!opt->domain && !key_folder_open(folder, opt->folder))
		die_later("the keys cannot be used");
	for (size_t i = 0; i < opt->file_count; i++)
		if (!key_folder_add(folder, opt->domain, opt->selectors[i], opt->files[i]))
			die_later("the key cannot be used");
}

/*
 * What libcrypto does once in a process is done by the parent, with a key that is thrown away: what
 * an RSA key makes to blind itself must not be the same in all children.
 */
static void
warm_up(void)
{
	static const char digest[SIGNING_DIGEST_BYTES];
	struct signing_key *key = signing_key_make(SIGNING_ED25519);
	stralloc ignored = STRALLOC_ZERO;

	if (!key || !signing_key_sign(key, digest, &ignored))
		die_later("libcrypto cannot sign");
	signing_key_free(key);
	stralloc_free(&ignored);
}

static bool
is_stale(void *folder)
{
	return key_folder_is_stale(folder);
}

static void
renew(void *folder)
{
	key_folder_renew(folder);
}

/* One list; text is kept from call to call, and begins with what came behind the list before. */
static size_t
question_read(stralloc *text, int64_t deadline_ms)
{
	size_t len;

	while (!(len = record_list_len(text->s, text->len))) {
		ssize_t n;

		if (text->len > QUESTION_MAX)
			die_later("the question is longer than any that has an answer");
		if (!stralloc_readyplus(text, QUESTION_MAX))
			die_memory();
		if (!clock_wait(0, POLLIN, deadline_ms)
		    || (n = io_read(0, text->s + text->len, QUESTION_MAX)) < 0)
			die_temporary("cannot read the question");
		if (n == 0)
			die_later("the question has no end");
		text->len += (size_t)n;
	}
	return len;
}

static void
answer_write(stralloc *answer)
{
	if (!record_end(answer))
		die_memory();
	if (!io_write(1, answer->s, answer->len))
		die_temporary("cannot write the answer");
	answer->len = 0;
}

/* The keys that there are for the domain of this list; NULL: none. */
static const struct domain_keys *
keys_tell(const struct key_folder *folder, const char *list, size_t len, stralloc *answer)
{
	const struct domain_keys *keys;
	size_t at = 0;
	const char *record = record_next(list, len, &at);

	if (!record || record[0] != 'D')
		die_later("the question names no domain");
	keys = key_folder_find(folder, record + 1);
	for (size_t i = 0; keys && i < keys->count; i++)
		if (!stralloc_append(answer, 'S') || !stralloc_cats(answer, keys->keys[i].selector)
		    || !stralloc_cats(answer, signing_key_type(keys->keys[i].key) == SIGNING_RSA
		                                  ? " rsa-sha256"
		                                  : " ed25519-sha256")
		    || !stralloc_0(answer))
			die_memory();
	return keys;
}

static void
sign(const struct domain_keys *keys, const char *list, size_t len, stralloc *answer)
{
	stralloc digest = STRALLOC_ZERO;
	size_t at = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const char *record = record_next(list, len, &at);

		digest.len = 0;
		if (!record || record[0] != 'H'
		    || !base64_decode(&digest, record + 1, strlen(record + 1))
		    || digest.len != SIGNING_DIGEST_BYTES)
			die_later("the question has no digest for each key");
		if (!stralloc_append(answer, 'B')
		    || !signing_key_sign(keys->keys[i].key, digest.s, answer)
		    || !stralloc_0(answer))
			die_later("cannot sign for ", keys->domain, " with ",
			          keys->keys[i].selector);
	}
	stralloc_free(&digest);
}

/* All the questions of one message. */
static void
answer_one(const struct key_folder *folder)
{
	int64_t deadline_ms = clock_ms() + QUESTION_S * 1000;
	stralloc text = STRALLOC_ZERO, answer = STRALLOC_ZERO;
	size_t len = question_read(&text, deadline_ms);
	const struct domain_keys *keys = keys_tell(folder, text.s, len, &answer);

	answer_write(&answer);
	if (keys) {
		memmove(text.s, text.s + len, text.len -= len);
		sign(keys, text.s, question_read(&text, deadline_ms), &answer);
		answer_write(&answer);
	}
	explicit_bzero(text.s, text.a);
	stralloc_free(&text);
	stralloc_free(&answer);
}

/* false: there is nobody else. */
static bool
next_one(const struct serve *settings, struct job_peer *peer)
{
	if (!settings->address)
		return false;
	close(0);
	close(1);
	return serve_again(settings, peer);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .talks = true, .comes_back = true, .rights = &rights } };
	struct key_folder folder = { 0 };
	struct job_peer peer;

	parse_options(&opt, argc, argv);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		die_temporary("cannot forbid to be traced");
	rights.reads[0] = opt.domain ? NULL : opt.folder; /* it is read anew */
	keys_read(&folder, &opt);
	if (opt.serve.address && !opt.domain) {
		warm_up();
		opt.serve.is_stale = is_stale;
		opt.serve.refresh = renew;
		opt.serve.files = &folder;
	}
	serve(&opt.serve, &peer);
	do
		answer_one(&folder);
	while (next_one(&opt.serve, &peer));
	_exit(0); /* tidying up would copy pages that we share */
}
