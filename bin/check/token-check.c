/*
 * token-check - judge a signed token (JWT) by the public keys of who gives them out
 *
 *     token-check -i issuer -a audience [-k keys] [-c claim] [-s scope]
 *
 * road     smtp-accept > auth-check > [token-check]: asked once for each token
 * fd 0     the token
 * fd 3     facts of the connection: for the log
 * fd 4     the claim as the login, or its refusal (token(7))
 * opens    the set of keys (JWKS), anew for each token
 * refuses  a signature, issuer, audience, scope or time that is wrong; any algorithm but RS256, ES256
 * later    the set of keys is missing or broken
 * source   RFC 7515, 7517, 7518, 7519, 8725, 9068
 */
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/jwt.h"
#include "net/facts.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"token-check -i issuer -a audience [-k keys] [-c claim] [-s scope] [-S address] "          \
	"[-j jobs] [-R fd]"
char const *PROG = "token-check";

static struct rights rights = { .reads = { "jwks.json" } };

enum { FD_TOKEN, FD_FACTS = 3, FD_LOGIN = 4 };
enum { TOKEN_MAX_BYTES = 16384, KEYS_MAX_BYTES = 1 << 20 };

struct options {
	const char *keys;
	struct jwt_wanted wanted;
	struct serve serve;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "i:a:k:c:s:", &got)) != -1)
		switch (c) {
		case 'i': opt->wanted.issuer = got.arg; break;
		case 'a': opt->wanted.audience = got.arg; break;
		case 'k': opt->keys = got.arg; break;
		case 'c': opt->wanted.claim = got.arg; break;
		case 's': opt->wanted.scope = got.arg; break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (got.ind != argc || !opt->wanted.issuer || !opt->wanted.audience)
		die_usage(USAGE);
}

static void
keys_read(stralloc *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !io_slurp(fd, KEYS_MAX_BYTES, out))
		die_temporary("cannot read ", path);
	close(fd);
}

/* Valid: the login. Not valid: the end, and nothing before it. */
static void
tell(const char *login)
{
	stralloc records = STRALLOC_ZERO;

	if ((login && !record_add(&records, ENVELOPE_LOGIN, login)) || !record_end(&records))
		die_memory();
	if (!io_write(FD_LOGIN, records.s, records.len))
		die_temporary("cannot write the answer to fd 4");
	stralloc_free(&records);
}

static int
judge(const struct options *opt, const stralloc *token, const stralloc *keys)
{
	char login[JWT_LOGIN_MAX + 1];
	const char *why;

	switch (jwt_judge(token->s, token->len, keys, &opt->wanted, login, &why)) {
	case JWT_VALID: tell(login); return 0;
	case JWT_INVALID:
		log_event("token-refused", "text", why, NULL);
		tell(NULL);
		return EXIT_PERMANENT;
	case JWT_NO_KEYS: die_later(opt->keys, ": ", why);
	}
	return EXIT_TEMPORARY;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .keys = "jwks.json",
		               .wanted = { .claim = "sub" },
		               .serve = { .rights = &rights } };
	stralloc token = STRALLOC_ZERO, keys = STRALLOC_ZERO;
	struct job_peer peer;
	struct facts facts;
	int code;

	parse_options(&opt, argc, argv);
	rights.reads[0] = opt.keys;
	serve(&opt.serve, &peer);
	if (facts_read(&facts, FD_FACTS))
		log_ids(envelope_get(&facts.known, ENVELOPE_CONNECTION), NULL);
	else if (errno != EBADF) /* by hand there are none */
		die_temporary("cannot read the facts of the connection on fd 3");
	if (!io_slurp(FD_TOKEN, TOKEN_MAX_BYTES, &token))
		die_temporary("cannot read the token");
	keys_read(&keys, opt.keys);
	opt.wanted.time_s = time(NULL);
	code = judge(&opt, &token, &keys);
	log_ids(NULL, NULL);
	facts_free(&facts);
	stralloc_free(&token);
	stralloc_free(&keys);
	return code;
}
