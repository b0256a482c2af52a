/*
 * auth-check - judge a login and its password by the table of passwords
 *
 *     auth-check [-f passwords] [-d domain] [-m mechanisms] [-w milliseconds]
 *
 * road     smtp-accept > [auth-check]: asked once for each AUTH command
 * fd 0, 1  the AUTH dialogue: PLAIN and LOGIN
 * fd 3     facts of the connection: for the log
 * fd 4     the canonical login, before the 235
 * opens    the tables of passwords and domains, anew for each password
 * refuses  535 5.7.8, at the same time for an unknown login and for a wrong password
 * later    454 4.7.0: the table is missing, unreadable, or readable by others: nobody gets in
 * source   RFC 4954, RFC 4616
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/address.h"
#include "net/auth.h"
#include "store/table.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE "auth-check [-f passwords] [-d domain] " AUTH_USAGE
char const *PROG = "auth-check";

static struct rights rights = { .reads = { "passwords", "domains" } };

/* What a hash may cost. The default one takes 16 MiB and 15 ms. */
enum { MEMORY_MAX_BYTES = 256 << 20, CPU_MAX_S = 10 };

struct options {
	const char *passwords;
	const char *domain; /* the one local domain; NULL: those of the table of domains */
	struct auth auth;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, AUTH_OPTIONS "f:d:", &got)) != -1)
		if (c == 'f')
			opt->passwords = got.arg;
		else if (c == 'd' && domain_valid(got.arg, strlen(got.arg), true))
			opt->domain = got.arg;
		else if (!auth_option(&opt->auth, c, got.arg))
			die_usage(USAGE);
	if (got.ind != argc)
		die_usage(USAGE);
}

/* Only a regular file that others cannot even read is taken for a table of passwords. */
static bool
passwords_open(struct table *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	bool done = false;

	*out = (struct table){ .text = STRALLOC_ZERO };
	if (fd < 0 || fstat(fd, &status) < 0)
		log_warn_sys("nobody can log in: cannot open ", path);
	else if (!S_ISREG(status.st_mode))
		log_warn("nobody can log in: ", path, " is not a regular file");
	else if (status.st_mode & S_IRWXO)
		log_warn("nobody can log in: others may use ", path, "; do: chmod o= ", path);
	else if (!io_slurp(fd, TABLE_MAX_BYTES, &out->text))
		log_warn_sys("nobody can log in: cannot read ", path);
	else
		done = true;
	if (fd >= 0)
		close(fd);
	return done;
}

/* Without that table, logins are known as they stand in the table of passwords. */
static bool
domains_open(struct table *out, const struct options *opt)
{
	if (opt->domain || table_open(out, "domains") || errno == ENOENT)
		return true;
	log_warn_sys("nobody can log in: cannot read domains");
	return false;
}

static bool
key_find(const struct table *table, const char *login, size_t len, struct value *key,
         struct value *value)
{
	size_t at = 0;

	while (len && table_next(table, &at, key, value))
		if (key->len == len && strncasecmp(key->text, login, len) == 0)
			return true;
	return false;
}

static bool
domain_is_local(const struct options *opt, const struct table *domains, const char *domain,
                size_t len)
{
	struct value value;

	if (opt->domain)
		return domain_equal(opt->domain, strlen(opt->domain), domain, len);
	return table_find(domains, domain, len, &value);
}

/* Finds a login as typed, or without its domain where that is ours. */
static bool
login_find(const struct options *opt, const struct table *passwords, const struct table *domains,
           const char *login, struct value *key, struct value *value)
{
	struct address address;

	address_split(login, &address);
	return key_find(passwords, login, strlen(login), key, value)
	       || (address.domain_len
	           && domain_is_local(opt, domains, address.domain, address.domain_len)
	           && key_find(passwords, address.local, address.local_len, key, value));
}

/* The hash is a value's first item; false: the account is locked, or its hash protects nothing. */
static bool
hash_get(stralloc *out, struct value value)
{
	struct value hash;

	out->len = 0;
	return value_item(&value, &hash) && stralloc_catb(out, hash.text, hash.len)
	       && stralloc_0(out) && crypt_checksalt(out->s) == CRYPT_SALT_OK;
}

/* Hashed in vain where there is no hash: the table's first, so that it costs what others cost. */
static bool
dummy_get(stralloc *out, const struct table *passwords)
{
	struct value key, value;
	size_t at = 0;
	char *setting;
	bool done;

	while (table_next(passwords, &at, &key, &value))
		if (hash_get(out, value))
			return true;
	setting = crypt_gensalt_ra(NULL, 0, NULL, 0);
	out->len = 0;
	done = setting && stralloc_cats(out, setting) && stralloc_0(out);
	free(setting);
	return done;
}

/* Takes the same time wherever they differ. */
static bool
equal(const char *a, const char *b)
{
	size_t len = strlen(a);
	volatile unsigned char differ = 0;

	if (len != strlen(b))
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return !differ;
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
password_try(const char *password, const char *hash)
{
	enum auth_verdict verdict;
	void *data = NULL;
	int size = 0;
	const char *made;

	cost_limit();
	made = crypt_ra(password, hash, &data, &size);
	verdict = !made ? AUTH_LATER : equal(made, hash) ? AUTH_RIGHT : AUTH_WRONG;
	if (data)
		explicit_bzero(data, (size_t)size);
	free(data);
	return verdict;
}

static enum auth_verdict
judge(struct auth_attempt *attempt, const void *settings)
{
	const struct options *opt = settings;
	enum auth_verdict verdict = AUTH_LATER;
	struct table passwords, domains = { .text = STRALLOC_ZERO };
	struct value key, value;
	stralloc hash = STRALLOC_ZERO;
	bool known, usable;

	if (!passwords_open(&passwords, opt->passwords) || !domains_open(&domains, opt))
		goto out;
	known = login_find(opt, &passwords, &domains, attempt->login, &key, &value);
	if (known
	    && (!stralloc_copyb(&attempt->known_as, key.text, key.len)
	        || !stralloc_0(&attempt->known_as)))
		goto out;
	usable = known && hash_get(&hash, value);
	if (!usable && !dummy_get(&hash, &passwords))
		goto out;
	verdict = password_try(attempt->password, hash.s);
	if (!usable) {
		attempt->why =
		    known ? "locked, or its hash is of a weak or unknown kind" : "no such login";
		verdict = AUTH_WRONG;
	} else if (verdict == AUTH_WRONG) {
		attempt->why = "wrong password";
	} else if (verdict == AUTH_LATER) {
		log_warn("cannot hash the password of ", attempt->known_as.s,
		         ": its hash is broken, or costs more than 256 MiB; set it anew");
	}
out:
	stralloc_free(&hash);
	table_close(&domains);
	table_close(&passwords);
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
	serve(&opt.auth.serve, &peer);
	return auth_run(&opt.auth, judge, &opt);
}
