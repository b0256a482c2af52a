/*
 * password-set - give a login a password in the table that auth-check asks, or take the login out
 *
 *     password-set [-f passwords] [-m method] login
 *     password-set -r [-f passwords] login
 *
 * road     for the operator, beside it: auth-check sees the change with the next login
 * fd 0     the password, one line; a terminal is asked twice, without echo
 * opens    the table: PATH.new is written and put in its place; comments, order, the owner and all
 *          other items of the login's line stay
 * refuses  100: a login that a table cannot hold, a password that no client can send
 * later    111: the table cannot be read or written; it is as it was
 */
#include "base/die.h"
#include "base/io.h"
#include "mail/sasl.h"
#include "store/replace.h"
#include "store/table.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#define USAGE "password-set [-r] [-f passwords] [-m method] login"
char const *PROG = "password-set";

struct options {
	const char *passwords;
	const char *method; /* as in crypt(5); NULL: the best that the library knows */
	const char *login;
	bool remove;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "rf:m:", &got)) != -1)
		switch (c) {
		case 'r': opt->remove = true; break;
		case 'f': opt->passwords = got.arg; break;
		case 'm': opt->method = got.arg; break;
		default: die_usage(USAGE);
		}
	if (argc - got.ind != 1 || (opt->remove && opt->method))
		die_usage(USAGE);
	opt->login = argv[got.ind];
}

/* A key of a table: no space, no colon, no comment, and nothing that sasl would refuse. */
static bool
login_valid(const char *login)
{
	size_t len = strlen(login);

	return len <= SASL_LOGIN_MAX && sasl_prepared(login, len) && !strpbrk(login, " :")
	       && login[0] != '#';
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

/* The hash of a password read from standard input; a C string in out. */
static void
hash_make(stralloc *out, const char *method)
{
	struct password password;
	char *setting = crypt_gensalt_ra(method, 0, NULL, 0);
	const char *hash;
	void *data = NULL;
	int size = 0;

	if (!setting || crypt_checksalt(setting) != CRYPT_SALT_OK)
		die_later("-m ", method ? method : "",
		          ": too weak, or not known here; see crypt(5), or leave -m out");
	password_read(&password);
	hash = crypt_ra(password.text, setting, &data, &size);
	explicit_bzero(&password, sizeof password);
	if (!hash)
		die_temporary("cannot hash the password");
	if (!stralloc_cats(out, hash) || !stralloc_0(out))
		die_memory();
	explicit_bzero(data, (size_t)size);
	free(data);
	free(setting);
}

static void
add(stralloc *out, const char *bytes, size_t len)
{
	if (len && !stralloc_catb(out, bytes, len))
		die_memory();
}

static void
add_entry(stralloc *out, const char *key, size_t len, const char *hash)
{
	add(out, key, len);
	add(out, ": ", 2);
	add(out, hash, strlen(hash));
	add(out, "\n", 1);
}

/*
 * Writes the table with the login's new hash, or without the login if hash is NULL; false: it is
 * not in there. Only the first entry of a login counts, but all of them are removed.
 */
static bool
table_edit(stralloc *out, const struct table *table, const char *login, const char *hash)
{
	const char *rest = table->text.s, *end = table->text.s + table->text.len;
	struct value key, value, old;
	bool found = false;
	size_t at = 0;

	while (table_next(table, &at, &key, &value)) {
		if (key.len != strlen(login) || strncasecmp(key.text, login, key.len) != 0
		    || (hash && found))
			continue;
		found = true;
		add(out, rest, (size_t)(key.text - rest));
		rest = table->text.s + at;
		if (!hash)
			continue;
		if (!value_item(&value, &old)) {
			add_entry(out, key.text, key.len, hash);
			continue;
		}
		add(out, key.text, (size_t)(old.text - key.text));
		add(out, hash, strlen(hash));
		rest = old.text + old.len;
	}
	add(out, rest, (size_t)(end - rest));
	return found;
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .passwords = "passwords" };
	stralloc hash = STRALLOC_ZERO, text = STRALLOC_ZERO;
	struct table table = { .text = STRALLOC_ZERO };
	struct replace replace;
	bool found;

	parse_options(&opt, argc, argv);
	if (!login_valid(opt.login))
		die_permanent("no login: ", opt.login, "; no spaces, colons or control characters");
	if (!opt.remove)
		hash_make(&hash, opt.method);
	if (!replace_start(&replace, opt.passwords, &table.text))
		die_temporary("cannot read and lock ", opt.passwords);
	found = table_edit(&text, &table, opt.login, opt.remove ? NULL : hash.s);
	if (opt.remove && !found) {
		replace_cancel(&replace);
		die_permanent("there is no login ", opt.login, " in ", opt.passwords);
	}
	if (!found) {
		if (text.len && text.s[text.len - 1] != '\n')
			add(&text, "\n", 1);
		add_entry(&text, opt.login, strlen(opt.login), hash.s);
	}
	if (!replace_finish(&replace, text.s, text.len))
		die_temporary("cannot write ", opt.passwords);
	table_close(&table);
	stralloc_free(&text);
	stralloc_free(&hash);
	return 0;
}
