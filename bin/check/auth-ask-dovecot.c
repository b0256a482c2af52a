/*
 * auth-ask-dovecot - have Dovecot judge a login
 *
 *     auth-ask-dovecot [-m mechanisms] socket
 *
 * road     smtp-accept > [auth-ask-dovecot]: asked once for each AUTH command
 * fd 0, 1  the AUTH dialogue: whatever mechanism Dovecot has
 * fd 3     facts of the connection: address and TLS are told to Dovecot
 * fd 4     the login as Dovecot has it, before the 235
 * opens    the socket: Dovecot's auth client protocol, version 1
 * refuses  535 5.7.8 where Dovecot refuses; 504 5.5.4 a mechanism that it has not
 * later    454 4.7.0: Dovecot cannot be reached, cannot tell, or is not understood
 * source   RFC 4954; Dovecot's "Authentication Protocol"
 */
#include "base/die.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/base64.h"
#include "mail/sasl.h"
#include "net/auth_lines.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define USAGE "auth-ask-dovecot [-m mechanisms] [-S address] [-j jobs] [-R fd] socket"
char const *PROG = "auth-ask-dovecot";

static struct rights rights = { .may = MAY_CONNECT };

enum {
	MECHANISM_MAX = 20, /* RFC 4422 3.1 */
	ANSWER_TIMEOUT_S = 60,
	LINES_MAX = 100, /* of Dovecot's greeting */
};

struct options {
	const char *socket;
	const char *mechanisms; /* NULL: all that Dovecot has */
	struct serve serve;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "m:", &got)) != -1)
		if (c == 'm')
			opt->mechanisms = got.arg;
		else if (!serve_option(&opt->serve, c, got.arg))
			die_usage(USAGE);
	if (argc - got.ind != 1)
		die_usage(USAGE);
	opt->socket = argv[got.ind];
}

struct exchange {
	const struct options *opt;
	struct auth_lines client;
	struct dialogue dovecot;
	char mechanism[MECHANISM_MAX + 1];
	bool known; /* Dovecot has named it */
};

/* All that follows returns the reply that ends the exchange, or NULL to go on. */

static const char *
not_understood(void)
{
	log_warn("Dovecot's answer is not understood");
	return auth_later;
}

static const char *
dovecot_open(struct exchange *x)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int s;

	if (strlen(x->opt->socket) >= sizeof to.sun_path)
		die_later("the name of the socket is too long: ", x->opt->socket);
	strcpy(to.sun_path, x->opt->socket);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0) {
		log_warn_sys("cannot reach Dovecot at ", x->opt->socket);
		return auth_later;
	}
	dialogue_start(&x->dovecot, s, s);
	x->dovecot.lf = true;
	return NULL;
}

static const char *
send_line(struct exchange *x, const char *line)
{
	if (dialogue_put(&x->dovecot, line) && dialogue_flush(&x->dovecot, ANSWER_TIMEOUT_S))
		return NULL;
	log_warn_sys("cannot write to Dovecot");
	return auth_later;
}

static const char *
receive_line(struct exchange *x, char **line)
{
	size_t len;

	if (dialogue_line(&x->dovecot, ANSWER_TIMEOUT_S, line, &len) == LINE_OK)
		return NULL;
	log_warn("Dovecot gives no answer");
	return auth_later;
}

/* Cuts the next field off a line; NULL: no more. */
static char *
field_cut(char **rest)
{
	char *field = *rest, *tab;

	if (!field)
		return NULL;
	tab = strchr(field, '\t');
	if (tab)
		*tab = 0;
	*rest = tab ? tab + 1 : NULL;
	return field;
}

/* Both sides tell their version, and Dovecot its mechanisms. */
static const char *
greet(struct exchange *x)
{
	char hello[64] = "VERSION\t1\t1\nCPID\t", *rest, *word, *value;
	const char *end;
	size_t len = strlen(hello);

	hello[len + uint_fmt(hello + len, (unsigned int)getpid())] = 0;
	if ((end = send_line(x, hello)))
		return end;
	for (unsigned int i = 0; i < LINES_MAX; i++) {
		if ((end = receive_line(x, &rest)))
			return end;
		word = field_cut(&rest);
		value = field_cut(&rest);
		if (strcmp(word, "DONE") == 0)
			return x->known ? NULL : auth_no_mechanism;
		if (strcmp(word, "VERSION") == 0 && (!value || strcmp(value, "1") != 0))
			return not_understood();
		if (strcmp(word, "MECH") == 0 && value && strcasecmp(value, x->mechanism) == 0)
			x->known = true;
	}
	return not_understood();
}

/* What the client has said, as the end of a line for Dovecot. */
static bool
response_add(stralloc *line, const struct exchange *x)
{
	return base64_encode(line, x->client.response.s, x->client.response.len)
	       && stralloc_0(line);
}

static const char *
ask(struct exchange *x, bool initial)
{
	const struct envelope *facts = &x->client.facts.known;
	const char *client = envelope_get(facts, ENVELOPE_CLIENT), *end = auth_later;
	stralloc line = STRALLOC_ZERO;

	if (stralloc_cats(&line, "AUTH\t1\t") && stralloc_cats(&line, x->mechanism)
	    && stralloc_cats(&line, "\tservice=smtp\tnologin")
	    && (!*envelope_get(facts, ENVELOPE_TLS) || stralloc_cats(&line, "\tsecured"))
	    && (!*client || (stralloc_cats(&line, "\trip=") && stralloc_cats(&line, client)))
	    && (initial ? stralloc_cats(&line, "\tresp=") && response_add(&line, x)
	                : stralloc_0(&line)))
		end = send_line(x, line.s);
	if (line.s)
		explicit_bzero(line.s, line.a);
	stralloc_free(&line);
	return end;
}

/* Dovecot's challenge to the client, and the answer back. */
static const char *
pass_challenge(struct exchange *x, const char *text)
{
	stralloc bytes = STRALLOC_ZERO, line = STRALLOC_ZERO;
	const char *end = auth_later;

	if (!base64_decode(&bytes, text, strlen(text)))
		end = not_understood();
	else if (!(end = auth_lines_ask(&x->client, bytes.len ? bytes.s : "", bytes.len)))
		end = stralloc_cats(&line, "CONT\t1\t") && response_add(&line, x)
		          ? send_line(x, line.s)
		          : auth_later;
	if (line.s)
		explicit_bzero(line.s, line.a);
	stralloc_free(&line);
	stralloc_free(&bytes);
	return end;
}

static const char *
refused(const struct exchange *x, char *rest)
{
	const char *field;

	while ((field = field_cut(&rest)))
		if (strcmp(field, "temp") == 0 || strcmp(field, "code=temp_fail") == 0)
			return auth_later;
	/* Dovecot's "user=" is what was typed, and may be a password. */
	auth_lines_log(&x->client, "login-refused", NULL, x->mechanism, "refused by Dovecot");
	return auth_wrong;
}

static const char *
accepted(char *rest)
{
	const char *field;

	while ((field = field_cut(&rest)))
		if (strncmp(field, "user=", 5) == 0 && sasl_prepared(field + 5, strlen(field + 5)))
			return auth_lines_hand_over(field + 5, "", "") ? auth_done : auth_later;
	return not_understood();
}

/* Never NULL: to the end of the exchange. */
static const char *
exchange(struct exchange *x)
{
	const char *end, *word, *id, *challenge;
	char *rest;

	for (;;) {
		if ((end = receive_line(x, &rest)))
			return end;
		word = field_cut(&rest);
		id = field_cut(&rest);
		if (!id || strcmp(id, "1") != 0)
			return not_understood();
		if (strcmp(word, "OK") == 0)
			return accepted(rest);
		if (strcmp(word, "FAIL") == 0)
			return refused(x, rest);
		challenge = field_cut(&rest);
		if (strcmp(word, "CONT") != 0)
			return not_understood();
		if ((end = pass_challenge(x, challenge ? challenge : "")))
			return end;
	}
}

/* Letters, digits, "-" and "_": RFC 4422 3.1. */
static bool
mechanism_take(struct exchange *x, const char *name, size_t len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (len > MECHANISM_MAX
	    || (x->opt->mechanisms && !sasl_offers(x->opt->mechanisms, name, len)))
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - ('a' - 'A'));
		if (!c || !strchr(allowed, c))
			return false;
		x->mechanism[i] = c;
	}
	return true;
}

static const char *
run(struct exchange *x)
{
	const char *end, *name;
	size_t len;
	bool initial;

	if ((end = auth_lines_start(&x->client))
	    || (end = auth_lines_command(&x->client, &name, &len, &initial)))
		return end;
	if (!mechanism_take(x, name, len))
		return auth_no_mechanism;
	if ((end = dovecot_open(x)) || (end = greet(x)) || (end = ask(x, initial)))
		return end;
	return exchange(x);
}

int
main(int argc, const char *const *argv)
{
	static struct exchange x;
	struct options opt = { .serve = { .rights = &rights, .talks = true } };
	struct job_peer peer;
	const char *reply;

	parse_options(&opt, argc, argv);
	serve(&opt.serve, &peer);
	x.opt = &opt;
	reply = run(&x);
	auth_lines_wipe(&x.client);
	explicit_bzero(&x.dovecot, sizeof x.dovecot);
	return auth_lines_end(&x.client, reply);
}
