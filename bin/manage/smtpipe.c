/*
 * smtpipe - one door to all that an operator does
 *
 *     smtpipe verb [argument ...]
 *     smtpipe help [verb]
 *
 * road     for the operator, beside it
 * starts   smtpipe-VERB, from where the stages are installed or by PATH; man, for "help VERB"
 * exits    as that program did; 111 where it cannot be started
 */
#include "base/die.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE "smtpipe verb [argument ...]; \"smtpipe help\" lists the verbs"
char const *PROG = "smtpipe";

static const struct verb {
	const char *name, *arguments, *does;
} verbs[] = {
	{ "setup", "domain [user@domain ...]", "make a mail server of this machine" },
	{ "dns", "[domain]", "the records to publish, as a zone fragment" },
	{ "user", "add | passwd | remove | ...",
	  "users, their mailboxes and what they may send as" },
	{ "app-password", "add | remove | list",
	  "further passwords of a user, each with its bounds" },
	{ "alias", "add | remove | list", "addresses that stand for others" },
	{ "domain", "add | remove | list", "the domains whose mail is ours" },
	{ "cert", "use | show", "the certificates that clients and servers see" },
	{ "dkim", "new | use | list [domain]", "the keys that sign mail, and their rotation" },
	{ "config", "check", "what is wrong with the settings" },
	{ "tables", "", "compile large tables; the service smtpipe-tables does it by itself" },
	{ "doctor", "[--json] [domain ...]", "is all well, and if not, what mends it" },
	{ "explain", "--from a --to b [--login l]", "what would happen, without sending anything" },
	{ "send-test", "address", "send a message and follow it to its end" },
	{ "trace", "id | address | --last", "the way of one message through all stages" },
	{ "stats", "[-m | -s] [-h hours]",
	  "messages, delays, refusals; for people, Prometheus, a report" },
	{ "remove", "[--purge]", "stop the services and take them out of the system" },
};

enum { VERBS = sizeof verbs / sizeof *verbs, NAME_MAX_BYTES = 32 };

/* How many letters must be changed, added or taken away to make one word of the other? */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_BYTES + 1], len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t before = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t best = before + (a[i] != b[j]);

			before = row[j + 1];
			best = row[j + 1] + 1 < best ? row[j + 1] + 1 : best;
			row[j + 1] = row[j] + 1 < best ? row[j] + 1 : best;
		}
	}
	return row[len];
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static _Noreturn void
unknown(const char *name)
{
	const struct verb *nearest = &verbs[0];

	if (strlen(name) > NAME_MAX_BYTES)
		die_usage(USAGE);
	for (size_t i = 1; i < VERBS; i++)
		if (distance(name, verbs[i].name) < distance(name, nearest->name))
			nearest = &verbs[i];
	if (distance(name, nearest->name) > strlen(nearest->name) / 2)
		die_later("there is no verb ", name, "; \"smtpipe help\" lists them");
	die_later("there is no verb ", name, "; did you mean ", nearest->name, "?");
}

static int
list_verbs(void)
{
	for (size_t i = 0; i < VERBS; i++)
		printf("  smtpipe %-10s %-34s %s\n", verbs[i].name, verbs[i].arguments,
		       verbs[i].does);
	printf("\n\"smtpipe help VERB\" shows its page; road(7) is the map of all.\n");
	return fflush(stdout) == 0 ? 0 : EXIT_TEMPORARY;
}

/* Programs of ours are found where they are installed, then by PATH, then beside this one. */
static void
set_path(void)
{
	const char *libexec = getenv("SMTPIPE_LIBEXEC"), *path = getenv("PATH");
	char self[PATH_MAX], *all, *slash;
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

	self[len < 0 ? 0 : len] = 0;
	if ((slash = strrchr(self, '/')) != NULL)
		*slash = 0;
	if (asprintf(&all, "%s:%s%s%s", libexec ? libexec : LIBEXECDIR,
	             path ? path : "/usr/bin:/bin", slash ? ":" : "", slash ? self : "")
	        < 0
	    || setenv("PATH", all, 1) < 0)
		die_memory();
	free(all);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	char *program;

	if (strcmp(name, "help") == 0 && argc < 3)
		return list_verbs();
	if (strcmp(name, "help") == 0)
		name = argv[2];
	if (!find_verb(name))
		unknown(name);
	if (asprintf(&program, "smtpipe-%s", name) < 0)
		die_memory();
	set_path();
	if (strcmp(argv[1], "help") == 0) {
		execlp("man", "man", program, (char *)NULL);
		die_temporary("cannot start man; the page is ", program);
	}
	argv[1] = program;
	execvp(program, argv + 1);
	die_temporary("cannot start ", program);
}
