/*
 * auth-check - judge a login and what proves it by the table of passwords
 *
 *     auth-check [-f passwords] [-d domain] [-t "token-check ..."] [-m mechanisms] [-w milliseconds]
 *
 * road     smtp-accept > [auth-check]: asked once for each AUTH command
 * fd 0, 1  the AUTH dialogue: PLAIN, LOGIN, SCRAM-SHA-256, EXTERNAL; with -t OAUTHBEARER, XOAUTH2
 * fd 3     facts of the connection: the client's address and certificate
 * fd 4     the canonical login, the name of the password, and what that may send as; before the 235
 * opens    -g: the file of guesses; the tables of passwords and domains, anew for each password
 * starts   -t: the judge of tokens (token(7))
 * refuses  535 5.7.8, at the same time for an unknown login and for a wrong password; 534 5.7.9 a right
 *          one, by a mechanism that is not for it
 * later    454 4.7.0: too many were wrong, of this login or from this network; the table is missing, unreadable, or readable by others: nobody gets in
 * source   RFC 4954, 4616, 4013, 5802, 7677, 7628, 4422
 */
#include "base/die.h"
#include "base/hmac.h"
#include "base/job.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "base/words.h"
#include "mail/address.h"
#include "mail/saslprep.h"
#include "net/auth.h"
#include "net/token_ask.h"
#include "store/guesses.h"
#include "store/passwords.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define USAGE "auth-check [-f passwords] [-d domain] [-t token-check] " AUTH_USAGE
char const *PROG = "auth-check";

static struct rights rights = { .reads = { "passwords", "domains", "compiled" } };

/* What a hash may cost. The default one takes 16 MiB and 15 ms. */
enum { MEMORY_MAX_BYTES = 256 << 20, CPU_MAX_S = 10 };

static const char without_tokens[] = "PLAIN LOGIN SCRAM-SHA-256 EXTERNAL";

struct options {
	const char *passwords;
	const char *domain;       /* the one local domain; NULL: those of the table of domains */
	const char *const *token; /* -t; NULL: no tokens are taken */
	struct guesses guesses;
	struct auth auth;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	char *command;
	int c;

	opt->auth.known = sasl_mechanisms;
	while ((c = subgetopt_r(argc, argv, AUTH_OPTIONS "f:d:t:", &got)) != -1)
		if (c == 'f')
			opt->passwords = got.arg;
		else if (c == 'd' && domain_valid(got.arg, strlen(got.arg), true))
			opt->domain = got.arg;
		else if (c == 't' && (command = strdup(got.arg)))
			opt->token = words_split(command);
		else if (!auth_option(&opt->auth, c, got.arg))
			die_usage(USAGE);
	if (got.ind != argc)
		die_usage(USAGE);
	if (!opt->token)
		opt->auth.known = without_tokens;
}

static bool
table_open_logged(struct passwords *out, const struct options *opt)
{
	const char *path = opt->passwords;

	switch (passwords_open(out, path, opt->domain)) {
	case PASSWORDS_OPEN: return true;
	case PASSWORDS_TROUBLE: log_warn_sys("nobody can log in: cannot read ", path); break;
	case PASSWORDS_NO_FILE:
		log_warn("nobody can log in: ", path, " is not a regular file");
		break;
	case PASSWORDS_EXPOSED:
		log_warn("nobody can log in: others may use ", path, "; do: chmod o= ", path);
		break;
	case PASSWORDS_DOMAINS: log_warn_sys("nobody can log in: cannot read domains"); break;
	}
	return false;
}

static bool
text_set(stralloc *out, const char *text, size_t len)
{
	out->len = 0;
	return stralloc_catb(out, text, len) && stralloc_0(out);
}

/* false: the hash protects nothing, or there is none. */
static bool
hash_get(stralloc *out, const struct value *hash)
{
	return hash->len && text_set(out, hash->text, hash->len)
	       && crypt_checksalt(out->s) == CRYPT_SALT_OK;
}

/* Hashed in vain where there is no hash: the table's first, so that it costs what others cost. */
static bool
dummy_get(stralloc *out, const struct passwords *passwords)
{
	struct value key, value, hash;
	size_t at = 0;
	char *setting;
	bool done;

	while (table_next(&passwords->table, &at, &key, &value))
		if (value_item(&value, &hash) && hash_get(out, &hash))
			return true;
	setting = crypt_gensalt_ra(NULL, 0, NULL, 0);
	done = setting && text_set(out, setting, strlen(setting));
	free(setting);
	return done;
}

static void
took_too_long(int signal_number)
{
	(void)signal_number;
	auth_give_up();
	die_later("a hash in the table of passwords costs too much time; set that password anew");
}

static void
cost_limit(void)
{
	struct rlimit cpu = { CPU_MAX_S, CPU_MAX_S + 1 };

	signal(SIGXCPU, took_too_long);
	setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__ /* which maps more than any machine has */
	setrlimit(RLIMIT_AS, &(struct rlimit){ MEMORY_MAX_BYTES, MEMORY_MAX_BYTES });
#endif
}

static enum auth_verdict
hash_try(const struct guesses *guesses, const char *password, const char *hash)
{
	enum auth_verdict verdict = AUTH_LATER;
	void *data = NULL;
	int size = 0;
	const char *made;

	cost_limit();
	guesses_turn(guesses);
	made = crypt_ra(password, hash, &data, &size);
	if (made)
		verdict = strlen(made) == strlen(hash) && equal_bytes(made, hash, strlen(hash))
		              ? AUTH_RIGHT
		              : AUTH_WRONG;
	if (data)
		explicit_bzero(data, (size_t)size);
	free(data);
	guesses_turn_over(guesses);
	return verdict;
}

static enum auth_verdict
wrong(struct auth_attempt *attempt, const char *why)
{
	attempt->why = why;
	return AUTH_WRONG;
}

/* The first look: only then is it known which login was tried. */
static bool
login_find(struct auth_attempt *attempt, const struct passwords *passwords,
           struct credential *found, bool *known)
{
	char login[SASL_LOGIN_MAX + 1];

	*found = (struct credential){ .login = { "", 0 } };
	*known = false;
	attempt->why = "no such login";
	attempt->known_as.len = 0;
	if (!*attempt->login || !saslprep(login, sizeof login, attempt->login, false))
		return true;
	*known = passwords_find(passwords, login, found, &attempt->why);
	return !found->login.len
	       || text_set(&attempt->known_as, found->login.text, found->login.len);
}

/* Which of its passwords it was, and what that may send as. */
static bool
credential_tell(struct auth_attempt *attempt, const struct credential *found)
{
	stralloc *grant = &attempt->grant;

	if (!text_set(&attempt->credential, found->name.text, found->name.len))
		return false;
	grant->len = 0;
	for (size_t i = 0; i < found->as_count; i++)
		if ((i && !stralloc_append(grant, ' '))
		    || !stralloc_catb(grant, found->as[i].text, found->as[i].len))
			return false;
	return stralloc_0(grant);
}

/* What is right may still be bound to days, networks and mechanisms. */
static enum auth_verdict
right(struct auth_attempt *attempt, const struct credential *found)
{
	const char *why = credential_refuses(found, time(NULL),
	                                     envelope_get(&attempt->facts->known, ENVELOPE_CLIENT));

	if (why)
		return wrong(attempt, why);
	if (!credential_takes(found, attempt->mechanism)) {
		attempt->why = "this password is not for this mechanism";
		return AUTH_WEAK;
	}
	return credential_tell(attempt, found) ? AUTH_RIGHT : AUTH_LATER;
}

/* What guesses are counted by: the entry; where there is none, one spelling of what was typed. */
static bool
guess_name(stralloc *out, const struct auth_attempt *attempt, const struct passwords *passwords,
           const struct credential *found)
{
	out->len = 0;
	if (!found->login.len) {
		char typed[SASL_LOGIN_MAX + 1];

		memcpy(typed, attempt->login, strlen(attempt->login) + 1);
		passwords_spelling(passwords, typed);
		return text_set(out, typed, strlen(typed));
	}
	return stralloc_catb(out, found->login.text, found->login.len)
	       && (!found->name.len
	           || (stralloc_append(out, PASSWORDS_NAME_SEPARATOR)
	               && stralloc_catb(out, found->name.text, found->name.len)))
	       && stralloc_0(out);
}

/* May it be tried now? AUTH_RIGHT: yes, and it counts as wrong until guess_was_right. */
static enum auth_verdict
guess_try(struct auth_attempt *attempt, const struct options *opt,
          const struct passwords *passwords, const struct credential *found)
{
	stralloc name = STRALLOC_ZERO;
	bool named = guess_name(&name, attempt, passwords, found);

	attempt->wait_s =
	    !named ? 0
	           : guesses_try(&opt->guesses, name.s,
	                         envelope_get(&attempt->facts->known, ENVELOPE_CLIENT), time(NULL));
	stralloc_free(&name);
	return !named ? AUTH_LATER : attempt->wait_s ? AUTH_SLOWED : AUTH_RIGHT;
}

static void
guess_was_right(const struct auth_attempt *attempt, const struct options *opt,
                const struct passwords *passwords, const struct credential *found)
{
	stralloc name = STRALLOC_ZERO;

	if (guess_name(&name, attempt, passwords, found))
		guesses_right(&opt->guesses, name.s,
		              envelope_get(&attempt->facts->known, ENVELOPE_CLIENT), time(NULL));
	stralloc_free(&name);
}

/* One hash is made, whatever was found: a guesser learns nothing from the time. */
static enum auth_verdict
password_judge(struct auth_attempt *attempt, const struct options *opt,
               const struct passwords *passwords)
{
	char password[SASL_PASSWORD_MAX + 1];
	struct credential found;
	stralloc hash = STRALLOC_ZERO;
	enum auth_verdict verdict = AUTH_LATER;
	bool known, usable, prepared;

	if (!login_find(attempt, passwords, &found, &known))
		return AUTH_LATER;
	if ((verdict = guess_try(attempt, opt, passwords, &found)) != AUTH_RIGHT)
		return verdict;
	verdict = AUTH_LATER;
	usable = known && hash_get(&hash, &found.hash);
	prepared = saslprep(password, sizeof password, attempt->password, false);
	if (usable || dummy_get(&hash, passwords))
		verdict = hash_try(&opt->guesses, prepared ? password : "", hash.s);
	explicit_bzero(password, sizeof password);
	if (known && !usable)
		attempt->why = "no password, or a hash of a weak or unknown kind";
	if (!usable && verdict != AUTH_LATER)
		verdict = AUTH_WRONG;
	else if (verdict == AUTH_WRONG || !prepared)
		verdict = wrong(attempt, "wrong password");
	else if (verdict == AUTH_LATER && usable)
		log_warn("cannot hash the password of ", attempt->known_as.s,
		         ": its hash is broken, or costs more than 256 MiB; set it anew");
	else if (verdict == AUTH_RIGHT) {
		verdict = right(attempt, &found);
		if (verdict == AUTH_RIGHT || verdict == AUTH_WEAK)
			guess_was_right(attempt, opt, passwords, &found);
	}
	stralloc_free(&hash);
	return verdict;
}

/* The login's keys, or ones made up; after the proof, whether the login may. */
static enum auth_verdict
keys_judge(struct auth_attempt *attempt, const struct options *opt,
           const struct passwords *passwords)
{
	char login[SASL_LOGIN_MAX + 1];
	enum auth_verdict verdict;
	struct credential found;
	bool known;

	if (!login_find(attempt, passwords, &found, &known))
		return AUTH_LATER;
	known = known && scram_keys_parse(&attempt->keys, found.keys.text, found.keys.len);
	if (attempt->proved) {
		verdict = known ? right(attempt, &found) : wrong(attempt, "no keys for SCRAM");
		if (verdict == AUTH_RIGHT || verdict == AUTH_WEAK)
			guess_was_right(attempt, opt, passwords, &found);
		return verdict;
	}
	if ((verdict = guess_try(attempt, opt, passwords, &found)) != AUTH_RIGHT)
		return verdict;
	if (known)
		return AUTH_RIGHT;
	memcpy(login, attempt->login, strlen(attempt->login) + 1);
	passwords_spelling(passwords, login);
	return passwords_pretend(passwords, &attempt->keys, login)
	           ? AUTH_RIGHT
	           : wrong(attempt, "nobody has keys for SCRAM here: set a password anew");
}

/* Does the client name the login that was proved, or none? */
static bool
names(const struct auth_attempt *attempt, const struct passwords *passwords,
      const struct value *login)
{
	char spelled[SASL_LOGIN_MAX + 1];
	struct credential named;
	const char *ignored;

	if (!*attempt->login)
		return true;
	passwords_find(passwords, attempt->login, &named, &ignored);
	if (!named.login.len) {
		memcpy(spelled, attempt->login, strlen(attempt->login) + 1);
		passwords_spelling(passwords, spelled);
		named.login = (struct value){ spelled, strlen(spelled) };
	}
	return named.login.len == login->len
	       && strncasecmp(named.login.text, login->text, login->len) == 0;
}

static enum auth_verdict
certificate_judge(struct auth_attempt *attempt, const struct passwords *passwords)
{
	const char *shown = envelope_get(&attempt->facts->known, ENVELOPE_CERTIFICATE);
	struct credential found;

	if (!*shown)
		return wrong(attempt, "no certificate was shown");
	if (!passwords_find_certificate(passwords, shown, &found, &attempt->why))
		return AUTH_WRONG;
	if (!text_set(&attempt->known_as, found.login.text, found.login.len))
		return AUTH_LATER;
	if (!names(attempt, passwords, &found.login))
		return wrong(attempt, "the certificate is of another login");
	return right(attempt, &found);
}

/* A token's login need not stand in the table; one that is locked there is locked. */
static enum auth_verdict
token_judge(struct auth_attempt *attempt, const struct passwords *passwords,
            const char *const *command)
{
	char login[SASL_LOGIN_MAX + 1];
	struct credential found;
	bool known;

	switch (token_ask(command, attempt->token, attempt->token_len, attempt->facts, login)) {
	case TOKEN_VALID: break;
	case TOKEN_INVALID: return wrong(attempt, "not a valid token");
	case TOKEN_LATER: return AUTH_LATER;
	}
	known = passwords_find(passwords, login, &found, &attempt->why);
	if ((found.login.len && !known) || found.name.len)
		return AUTH_WRONG;
	if (!known) {
		passwords_spelling(passwords, login);
		found.login = (struct value){ login, strlen(login) };
	}
	if (!text_set(&attempt->known_as, found.login.text, found.login.len))
		return AUTH_LATER;
	if (!names(attempt, passwords, &found.login))
		return wrong(attempt, "the token is of another login");
	return right(attempt, &found);
}

static enum auth_verdict
judge(struct auth_attempt *attempt, const void *settings)
{
	const struct options *opt = settings;
	enum auth_verdict verdict = AUTH_LATER;
	struct passwords passwords;

	if (!table_open_logged(&passwords, opt))
		return AUTH_LATER;
	switch (attempt->kind) {
	case SASL_PASSWORD: verdict = password_judge(attempt, opt, &passwords); break;
	case SASL_KEYS: verdict = keys_judge(attempt, opt, &passwords); break;
	case SASL_TOKEN: verdict = token_judge(attempt, &passwords, opt->token); break;
	case SASL_CERTIFICATE: verdict = certificate_judge(attempt, &passwords); break;
	}
	passwords_close(&passwords);
	return verdict;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .passwords = "passwords",
		               .auth = { .delay_ms = AUTH_DELAY_MS,
		                         .serve = { .rights = &rights, .talks = true } } };
	struct job_peer peer;

	parse_options(&opt, argc, argv);
	rights.reads[0] = opt.passwords;
	if (opt.token)
		rights.may |= job_is_address(opt.token[0]) ? MAY_NEXT : MAY_RUN;
	if (!guesses_open(&opt.guesses, opt.auth.guesses))
		die_temporary("cannot use the file of guesses, ", opt.auth.guesses);
	signal(SIGCHLD, SIG_DFL); /* or the judge of tokens could not be waited for */
	serve(&opt.auth.serve, &peer);
	return auth_run(&opt.auth, judge, &opt);
}
