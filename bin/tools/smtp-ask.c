/*
 * smtp-ask - say some lines to an SMTP server, and show what it answers
 *
 *     smtp-ask [-p port] [-t seconds] address [command ...]
 *
 * road     for the operator, beside it
 * fd 1     the lines of the server: its greeting, then a reply for each command
 * opens    a connection to address, or to the unix socket of that path
 * keeps    nothing
 * exits    0: all replies were 2yz or 3yz; 100: the last one refuses, and was the end of it; 111: no
 *          connection, or no reply
 * source   RFC 5321 4.2
 */
#include "base/die.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "net/connect.h"
#include "net/dialogue.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USAGE "smtp-ask [-p port] [-t seconds] address [command ...]"
char const *PROG = "smtp-ask";

static const struct rights rights = { .may = MAY_CONNECT };

enum { REPLY_LINES_MAX = 100, SECONDS = 30, SMTP_PORT = 25, PORT_MAX = 65535, WAIT_MAX_S = 3600 };

struct options {
	const char *address;
	const char *const *commands; /* ended by NULL */
	unsigned int port, seconds;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, "p:t:", &got)) != -1)
		switch (c) {
		case 'p':
			if (!uint0_scan(got.arg, &opt->port) || opt->port > PORT_MAX)
				die_usage(USAGE);
			break;
		case 't':
			if (!uint0_scan(got.arg, &opt->seconds) || !opt->seconds
			    || opt->seconds > WAIT_MAX_S)
				die_usage(USAGE);
			break;
		default: die_usage(USAGE);
		}
	if (got.ind == argc)
		die_usage(USAGE);
	opt->address = argv[got.ind];
	opt->commands = argv + got.ind + 1;
	for (size_t i = 0; opt->commands[i]; i++)
		if (opt->commands[i][strcspn(opt->commands[i], "\r\n")])
			die_usage("smtp-ask: a command is one line");
}

/* What a server says may be meant for a terminal. */
static void
show(const char *line)
{
	for (; *line; line++)
		putchar(*line >= ' ' && *line <= '~' ? *line : '?');
	putchar('\n');
}

/* Shows a reply; returns its first digit. */
static char
reply(struct dialogue *dialogue, const struct options *opt, const char *to)
{
	for (int lines = 0; lines < REPLY_LINES_MAX; lines++) {
		size_t len;
		char *line;

		if (dialogue_line(dialogue, (int)opt->seconds, &line, &len) != LINE_OK)
			break;
		show(line);
		if (len < 3 || strspn(line, "0123456789") != 3 || line[0] < '2' || line[0] > '5'
		    || (line[3] && line[3] != ' ' && line[3] != '-'))
			break;
		if (line[3] != '-')
			return line[0];
	}
	fflush(stdout);
	die_later("no reply of ", opt->address, " to ", to);
}

int
main(int argc, const char *const *argv)
{
	static struct dialogue dialogue;
	struct options opt = { .port = SMTP_PORT, .seconds = SECONDS };
	char digit;
	int fd;

	parse_options(&opt, argc, argv);
	sandbox_enter(&rights);
	fd = opt.address[0] == '/' ? connect_unix(opt.address, opt.seconds)
	                           : connect_tcp(opt.address, opt.port, NULL, opt.seconds);
	if (fd < 0)
		die_temporary("cannot connect to ", opt.address);
	dialogue_start(&dialogue, fd, fd);
	digit = reply(&dialogue, &opt, "the connection");
	for (size_t i = 0; opt.commands[i] && digit < '4'; i++) {
		if (!dialogue_put(&dialogue, opt.commands[i]))
			die_temporary("cannot write to ", opt.address);
		digit = reply(&dialogue, &opt, opt.commands[i]);
	}
	if (dialogue_put(&dialogue, "QUIT"))
		dialogue_flush(&dialogue, (int)opt.seconds);
	if (fflush(stdout) != 0)
		die_temporary("cannot write the replies");
	return digit < '4' ? 0 : EXIT_PERMANENT;
}
