/*
 * password-set - give a login a password in the table that auth-check asks, or take the login out
 *
 *     password-set [-g] [-f passwords] [-m method] [-i iterations] [bounds] login[/name]
 *     password-set -n [-f passwords] [bounds] login[/name]
 *     password-set -r [-f passwords] login[/name]
 *
 * bounds   [-u day] [-a network ...] [-s sender ...] [-b mechanism ...] [-c fingerprint]
 *
 * road     for the operator, beside it: auth-check sees the change with the next login
 * fd 0     the password, one line; a terminal is asked twice, without echo; -g, -n, -r: not read
 * fd 1     -g: the password that was made up
 * opens    the table: PATH.new is written and put in its place; comments, order, the owner and all
 *          other items of the login's line stay
 * refuses  100: a login that a table cannot hold, a password that no client can send
 * later    111: the table cannot be read or written; it is as it was
 */
#include "base/die.h"
#include "base/io.h"
#include "mail/network.h"
#include "mail/sasl.h"
#include "mail/saslprep.h"
#include "mail/scram.h"
#include "store/passwords.h"
#include "store/replace.h"
#include "store/table.h"

#include <skalibs/random.h>
#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>
#include <skalibs/types.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"password-set [-g | -n | -r] [-f passwords] [-m method] [-i iterations] [-u day] "         \
	"[-a network ...] [-s sender ...] [-b mechanism ...] [-c fingerprint] login[/name]"
char const *PROG = "password-set";

enum {
	/* RFC 7677 asks for 4096 at least; that was in 2015. Cyrus SASL computes no more than this. */
	ITERATIONS_DEFAULT = 65536,
	GENERATED_GROUPS = 5, /* of GROUP_CHARS: 100 bits */
	GROUP_CHARS = 4,
};

struct options {
	const char *passwords;
	const char *method; /* as in crypt(5); NULL: the best that the library knows */
	const char *login;
	unsigned int iterations; /* of SCRAM's keys; 0: none are kept */
	bool remove, generate, no_password;
	stralloc bounds;    /* items to be put behind the hash */
	bool replaces[128]; /* by option: the old items of this kind go */
};

/* The kinds of items that options bring. */
static const struct bound {
	char option;
	const char *item;
} bounds[] = {
	{ 'u', "until=" }, { 'a', "from=" },        { 's', "as=" },
	{ 'b', "by=" },    { 'c', "certificate=" },
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

static bool
bound_valid(char option, const char *text)
{
	size_t len = strlen(text);
	int64_t ignored;

	if (option == 'u')
		return passwords_day(text, len, &ignored);
	if (option == 'a')
		return network_valid(text, len);
	if (option == 'b')
		return sasl_offers(sasl_mechanisms, text, len);
	if (option == 'c')
		return strncmp(text, "SHA256:", 7) == 0 && len == 7 + 64
		       && strspn(text + 7, "0123456789abcdefABCDEF") == 64;
	return len && sasl_prepared(text, len) && !strpbrk(text, " ,");
}

static void
take_bound(struct options *opt, const struct bound *bound, const char *text)
{
	if (!bound_valid(bound->option, text))
		die_permanent("not understood: ", bound->item, text);
	opt->replaces[(int)bound->option] = true;
	if (!stralloc_cats(&opt->bounds, " ") || !stralloc_cats(&opt->bounds, bound->item)
	    || !stralloc_cats(&opt->bounds, text))
		die_memory();
}

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	size_t i;
	int c;

	while ((c = subgetopt_r(argc, argv, "grnf:m:i:u:a:s:b:c:", &got)) != -1) {
		for (i = 0; i < BOUNDS && bounds[i].option != c; i++) {
		}
		if (i < BOUNDS)
			take_bound(opt, &bounds[i], got.arg);
		else if (c == 'g')
			opt->generate = true;
		else if (c == 'r')
			opt->remove = true;
		else if (c == 'n')
			opt->no_password = true;
		else if (c == 'f')
			opt->passwords = got.arg;
		else if (c == 'm')
			opt->method = got.arg;
		else if (c != 'i' || !uint0_scan(got.arg, &opt->iterations))
			die_usage(USAGE);
	}
	if (argc - got.ind != 1 || opt->generate + opt->remove + opt->no_password > 1
	    || ((opt->remove || opt->no_password) && opt->method)
	    || (opt->remove && opt->bounds.len)
	    || (opt->iterations && opt->iterations < SCRAM_ITERATIONS_MIN)
	    || opt->iterations > SCRAM_ITERATIONS_MAX)
		die_usage(USAGE);
	opt->login = argv[got.ind];
}

/* A key of a table: no space, no colon, no comment, nothing that sasl would refuse; not "*". */
static bool
login_valid(const char *login)
{
	size_t len = strlen(login);
	const char *slash = strchr(login, PASSWORDS_NAME_SEPARATOR);

	return len <= SASL_LOGIN_MAX && sasl_prepared(login, len) && !strpbrk(login, " :")
	       && login[0] != '#' && strcmp(login, PASSWORDS_EVERYBODY) != 0
	       && (!slash || (slash > login && slash[1]));
}

static struct termios with_echo;

/* Who stops us at the prompt gets the terminal back as it was. */
static void
stopped(int signal_number)
{
	tcsetattr(0, TCSANOW, &with_echo);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void
echo_off(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct termios silent;

	if (tcgetattr(0, &with_echo) < 0)
		die_temporary("cannot ask the terminal for its settings");
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], stopped);
	silent = with_echo;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ECHONL;
	if (tcsetattr(0, TCSAFLUSH, &silent) < 0)
		die_temporary("cannot switch off the terminal's echo");
}

static void
echo_on(void)
{
	tcsetattr(0, TCSAFLUSH, &with_echo);
}

struct password {
	char text[SASL_PASSWORD_MAX + 2]; /* room for one too many, and for NUL */
};

/* One line of standard input; its end may be missing. */
static void
line_read(struct password *out, const char *prompt)
{
	size_t len = 0;

	(void)io_write(2, prompt, strlen(prompt));
	while (len < sizeof out->text - 1) {
		/* Byte by byte: what stands behind the line is not ours. */
		ssize_t n = io_read(0, out->text + len, 1);

		if (n < 0)
			die_temporary("cannot read the password");
		if (n == 0 || out->text[len] == '\n')
			break;
		len++;
	}
	out->text[len] = 0;
	if (len != strlen(out->text))
		out->text[0] = '\n'; /* it holds NUL: as wrong as any control character */
}

static void
password_read(struct password *out)
{
	struct password again;
	bool same = true;

	if (isatty(0)) {
		echo_off();
		line_read(out, "Password: ");
		line_read(&again, "Once more: ");
		echo_on();
		same = strcmp(out->text, again.text) == 0;
		explicit_bzero(&again, sizeof again);
	} else {
		line_read(out, "");
	}
	if (!same)
		die_permanent("the two passwords differ; nothing has changed");
	if (!out->text[0])
		die_permanent("the password is empty; to remove a login, give -r");
	if (strlen(out->text) > SASL_PASSWORD_MAX)
		die_permanent("the password is longer than 511 bytes");
	if (!sasl_prepared(out->text, strlen(out->text)))
		die_permanent("the password is not UTF-8, or has control characters in it");
}

/* Letters and digits that are not taken for each other, in groups that can be read out. */
static void
password_generate(struct password *out)
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
	char chance[GENERATED_GROUPS * GROUP_CHARS];
	size_t len = 0;

	random_buf(chance, sizeof chance);
	for (size_t i = 0; i < sizeof chance; i++) {
		if (i && i % GROUP_CHARS == 0)
			out->text[len++] = '-';
		out->text[len++] = alphabet[chance[i] & 31];
	}
	out->text[len++] = '\n';
	if (!io_write(1, out->text, len))
		die_temporary("cannot write the password to standard output");
	out->text[len - 1] = 0;
	explicit_bzero(chance, sizeof chance);
}

static void
add(stralloc *out, const char *bytes, size_t len)
{
	if (len && !stralloc_catb(out, bytes, len))
		die_memory();
}

static void
add_keys(stralloc *out, const char *password, unsigned int iterations)
{
	struct scram_keys keys;
	char salt[SCRAM_SALT_BYTES];

	random_buf(salt, sizeof salt);
	scram_keys_make(&keys, password, salt, sizeof salt, iterations);
	if (!scram_keys_format(out, &keys))
		die_memory();
	explicit_bzero(&keys, sizeof keys);
}

static void
add_hash(stralloc *out, const char *password, const char *setting)
{
	void *data = NULL;
	int size = 0;
	const char *hash = crypt_ra(password, setting, &data, &size);

	if (!hash)
		die_temporary("cannot hash the password");
	add(out, hash, strlen(hash));
	explicit_bzero(data, (size_t)size);
	free(data);
}

/* What proves a login: the hash of a password, and SCRAM's keys. */
static void
proof_make(stralloc *out, const struct options *opt)
{
	char prepared[SASL_PASSWORD_MAX + 1];
	struct password password;
	char *setting;

	if (opt->no_password) {
		add(out, "-", 1);
		return;
	}
	setting = crypt_gensalt_ra(opt->method, 0, NULL, 0);
	if (!setting || crypt_checksalt(setting) != CRYPT_SALT_OK)
		die_later("-m ", opt->method ? opt->method : "",
		          ": too weak, or not known here; see crypt(5), or leave -m out");
	if (opt->generate)
		password_generate(&password);
	else
		password_read(&password);
	if (!saslprep(prepared, sizeof prepared, password.text, true))
		die_permanent("the password has characters that no client can be sure to send "
		              "alike (RFC 4013)");
	explicit_bzero(&password, sizeof password);
	add_hash(out, prepared, setting);
	free(setting);
	if (opt->iterations) {
		add(out, " ", 1);
		add_keys(out, prepared, opt->iterations);
	}
	explicit_bzero(prepared, sizeof prepared);
}

static void
add_entry(stralloc *out, const char *key, size_t len, const stralloc *proof,
          const struct options *opt)
{
	add(out, key, len);
	add(out, ": ", 2);
	add(out, proof->s, proof->len);
	add(out, opt->bounds.s, opt->bounds.len);
	add(out, "\n", 1);
}

/* Does the new entry bring something in place of this item? */
static bool
is_replaced(const struct value *item, const struct options *opt)
{
	if (item->len > 6 && memcmp(item->text, "SCRAM-", 6) == 0)
		return true;
	for (size_t i = 0; i < BOUNDS; i++) {
		size_t len = strlen(bounds[i].item);

		if (opt->replaces[(int)bounds[i].option] && item->len >= len
		    && memcmp(item->text, bounds[i].item, len) == 0)
			return true;
	}
	return false;
}

/* An entry with a new proof and new bounds; all else in it stays as it is. */
static void
entry_edit(stralloc *out, struct value key, struct value value, const stralloc *proof,
           const struct options *opt)
{
	const char *rest;
	struct value item;

	if (!value_item(&value, &item)) {
		add_entry(out, key.text, key.len, proof, opt);
		return;
	}
	add(out, key.text, (size_t)(item.text - key.text));
	add(out, proof->s, proof->len);
	add(out, opt->bounds.s, opt->bounds.len);
	rest = item.text + item.len;
	while (value_item(&value, &item)) {
		if (!is_replaced(&item, opt))
			add(out, rest, (size_t)(item.text + item.len - rest));
		rest = item.text + item.len;
	}
	add(out, "\n", 1);
}

/* Is this the login's entry; where it is taken out, also one of its further passwords? */
static bool
is_entry(const struct value *key, const struct options *opt)
{
	size_t len = strlen(opt->login);

	return key->len >= len && strncasecmp(key->text, opt->login, len) == 0
	       && (key->len == len || (opt->remove && key->text[len] == PASSWORDS_NAME_SEPARATOR));
}

/*
 * Writes the table with the login's new proof, or without the login; false: it is not in there.
 * Only the first entry of a login counts, but all of them are removed.
 */
static bool
table_edit(stralloc *out, const struct table *table, const stralloc *proof,
           const struct options *opt)
{
	const char *rest = table->text.s, *end = table->text.s + table->text.len;
	struct value key, value;
	bool found = false;
	size_t at = 0;

	while (table_next(table, &at, &key, &value)) {
		if (!is_entry(&key, opt) || (!opt->remove && found))
			continue;
		found = true;
		add(out, rest, (size_t)(key.text - rest));
		rest = table->text.s + at;
		if (!opt->remove)
			entry_edit(out, key, value, proof, opt);
	}
	add(out, rest, (size_t)(end - rest));
	return found;
}

static bool
has_key(const struct table *table, const char *key, size_t len)
{
	struct value ignored;

	return table_find(table, key, len, &ignored);
}

/* What keys of unknown logins are made of: as soon as somebody has keys. */
static void
add_everybody(stralloc *out, const struct table *table, const struct options *opt)
{
	char chance[SHA256_BYTES + 1] = { 0 };
	stralloc made = STRALLOC_ZERO;

	if (opt->remove || opt->no_password || !opt->iterations
	    || has_key(table, PASSWORDS_EVERYBODY, 1))
		return;
	random_buf(chance, sizeof chance - 1);
	add_keys(&made, chance, opt->iterations);
	add(out, PASSWORDS_EVERYBODY ": ", sizeof PASSWORDS_EVERYBODY + 1);
	add(out, made.s, made.len);
	add(out, "\n", 1);
	stralloc_free(&made);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .passwords = "passwords", .iterations = ITERATIONS_DEFAULT };
	stralloc proof = STRALLOC_ZERO, text = STRALLOC_ZERO;
	struct table table = { .text = STRALLOC_ZERO };
	struct replace replace;
	const char *slash;
	bool found;

	parse_options(&opt, argc, argv);
	if (!login_valid(opt.login))
		die_permanent("no login: ", opt.login, "; no spaces, colons or control characters");
	slash = strchr(opt.login, PASSWORDS_NAME_SEPARATOR);
	if (!opt.remove)
		proof_make(&proof, &opt);
	if (!replace_start(&replace, opt.passwords, &table.text))
		die_temporary("cannot read and lock ", opt.passwords);
	found = table_edit(&text, &table, &proof, &opt);
	if ((opt.remove && !found)
	    || (slash && !opt.remove && !has_key(&table, opt.login, (size_t)(slash - opt.login)))) {
		replace_cancel(&replace);
		die_permanent("there is no login ", opt.login,
		              opt.remove ? "" : " without its name", " in ", opt.passwords);
	}
	if (text.len && text.s[text.len - 1] != '\n')
		add(&text, "\n", 1);
	if (!found)
		add_entry(&text, opt.login, strlen(opt.login), &proof, &opt);
	add_everybody(&text, &table, &opt);
	if (!replace_finish(&replace, text.s, text.len))
		die_temporary("cannot write ", opt.passwords);
	table_close(&table);
	stralloc_free(&text);
	stralloc_free(&proof);
	stralloc_free(&opt.bounds);
	return 0;
}
