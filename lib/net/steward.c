#include "net/steward.h"

#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/job.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "net/ask.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FACTS_MAX_BYTES = 16384, LOGIN_MAX_BYTES = 2048, TLS_TEXT_MAX = 128 };

struct steward {
	const struct steward_settings *settings;
	char tls[TLS_TEXT_MAX];
	char login[LOGIN_MAX_BYTES];
	int login_verdict; /* what the last auth program says to us; -1: none runs */
};

static bool
facts_add(stralloc *out, const struct steward *steward, const char *message)
{
	const struct steward_settings *settings = steward->settings;

	/* All of them, empty or not: what is written once cannot be written again. */
	return record_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	       && record_add(out, ENVELOPE_CONNECTION, settings->conn)
	       && record_add(out, ENVELOPE_MESSAGE, message)
	       && record_add(out, ENVELOPE_SERVER, settings->server)
	       && record_add(out, ENVELOPE_ROLE, settings->role)
	       && record_add(out, ENVELOPE_CLIENT, settings->client)
	       && record_add(out, ENVELOPE_LOGIN, steward->login)
	       && record_add(out, ENVELOPE_TLS, steward->tls);
}

/*
 * Has the last login succeeded? An auth program writes its verdict before it lets the client know,
 * so at the speaker's next question all of it is here; we never wait for it.
 */
static void
login_settle(struct steward *steward)
{
	char verdict[LOGIN_MAX_BYTES];
	size_t len = 0;
	ssize_t n;

	if (steward->login_verdict < 0)
		return;
	while (len < sizeof verdict
	       && (n = read(steward->login_verdict, verdict + len, sizeof verdict - len)) > 0)
		len += (size_t)n;
	close(steward->login_verdict);
	steward->login_verdict = -1;
	len = record_list_len(verdict, len);
	if (len < 2 || verdict[0] != ENVELOPE_LOGIN || !verdict[1])
		return;
	strcpy(steward->login, verdict + 1);
	log_event("login", "login", steward->login, "client", steward->settings->client, NULL);
}

static bool
start(const char *const *argv, const struct spawn_fd *map, size_t count)
{
	if (job_start(argv, map, count) >= 0)
		return true;
	log_warn_sys("cannot start ", argv[0]);
	return false;
}

/* The facts on a descriptor to read them from; they fit into an empty pipe. -1: errno */
static int
facts_pipe(const struct steward *steward, const char *message, int *writer)
{
	stralloc facts = STRALLOC_ZERO;
	int ends[2];
	bool written;

	if (!pipe_open(ends))
		return -1;
	written = facts_add(&facts, steward, message) && facts.len < FACTS_MAX_BYTES
	          && (writer || record_end(&facts)) && io_write(ends[1], facts.s, facts.len);
	stralloc_free(&facts);
	if (writer && written)
		*writer = ends[1];
	else
		close(ends[1]);
	if (!written) {
		close(ends[0]);
		return -1;
	}
	return ends[0];
}

/* A program that talks with the speaker on fds 0 and 1, and gets the facts on fd 3. */
static enum answer
start_dialogue(struct steward *steward, const char *const *argv, bool with_verdict,
               int *speakers_end)
{
	int both[2] = { -1, -1 }, verdict[2] = { -1, -1 }, facts = -1;
	enum answer answer = ANSWER_LATER;

	if (socketpair_open(both) && (!with_verdict || pipe_open(verdict))
	    && (facts = facts_pipe(steward, "", NULL)) >= 0) {
		const struct spawn_fd map[] = { { both[1], 0 },
			                        { both[1], 1 },
			                        { facts, FD_ENVELOPE },
			                        { verdict[1], FD_VERDICT } };

		if (start(argv, map, with_verdict ? 4 : 3))
			answer = ANSWER_YES;
	} else {
		log_warn_sys("cannot make descriptors for ", argv[0]);
	}
	if (facts >= 0)
		close(facts);
	if (both[1] >= 0)
		close(both[1]);
	if (verdict[1] >= 0)
		close(verdict[1]);
	if (answer == ANSWER_YES) {
		*speakers_end = both[0];
		if (with_verdict) {
			steward->login_verdict = verdict[0];
			fcntl(verdict[0], F_SETFL, O_NONBLOCK);
		}
		return answer;
	}
	if (both[0] >= 0)
		close(both[0]);
	if (verdict[0] >= 0)
		close(verdict[0]);
	return answer;
}

static enum answer
start_message(struct steward *steward, int *fds)
{
	int message[2] = { -1, -1 }, verdict[2] = { -1, -1 }, envelope = -1, writer = -1;
	enum answer answer = ANSWER_LATER;
	char id[ID_LEN + 1];

	id_make(id);
	if (pipe_open(message) && pipe_open(verdict)
	    && (envelope = facts_pipe(steward, id, &writer)) >= 0) {
		const struct spawn_fd map[] = { { message[0], FD_MESSAGE },
			                        { envelope, FD_ENVELOPE },
			                        { verdict[1], FD_VERDICT } };

		if (start(steward->settings->message, map, 3))
			answer = ANSWER_YES;
	} else {
		log_warn_sys("cannot make descriptors for a message");
	}
	if (message[0] >= 0)
		close(message[0]);
	if (envelope >= 0)
		close(envelope);
	if (verdict[1] >= 0)
		close(verdict[1]);
	if (answer == ANSWER_YES) {
		fds[0] = message[1];
		fds[1] = writer;
		fds[2] = verdict[0];
		return answer;
	}
	for (size_t i = 0; i < 3; i++) {
		int fd = (int[]){ message[1], writer, verdict[0] }[i];

		if (fd >= 0)
			close(fd);
	}
	return answer;
}

/* One of the facts a TLS engine tells ("NAME=value", printable); "" if it does not. */
static const char *
tls_fact(const char *facts, size_t len, const char *name)
{
	const char *fact;
	size_t at = 0, name_len = strlen(name);

	while ((fact = record_next(facts, len, &at)) != NULL)
		if (strncmp(fact, name, name_len) == 0 && fact[name_len] == '=')
			return fact + name_len + 1;
	return "";
}

/* UCSPI-TLS: ask for it, wait for the facts, then the clear side is ours. EOF first: it failed. */
static enum answer
start_tls(struct steward *steward, int *fds)
{
	const struct steward_settings *settings = steward->settings;
	char facts[FACTS_MAX_BYTES];
	size_t len = 0;
	ssize_t n;

	if (settings->tls_control < 0 || *steward->tls || write(settings->tls_control, "Y", 1) != 1)
		return ANSWER_LATER;
	while (!record_list_len(facts, len) && len < sizeof facts
	       && (n = io_read(settings->tls_control, facts + len, sizeof facts - len)) > 0)
		len += (size_t)n;
	close(settings->tls_control);
	if (!(len = record_list_len(facts, len)))
		return ANSWER_LATER;
	snprintf(steward->tls, sizeof steward->tls, "%s %s", tls_fact(facts, len, "SSL_PROTOCOL"),
	         tls_fact(facts, len, "SSL_CIPHER"));
	fds[0] = settings->tls_read;
	fds[1] = settings->tls_write;
	return ANSWER_YES;
}

void
steward_run(const struct steward_settings *settings, int channel)
{
	struct steward steward = { .settings = settings, .login_verdict = -1 };
	char question;

	snprintf(steward.tls, sizeof steward.tls, "%s", settings->tls);
	while ((question = ask_receive(channel)) != 0) {
		int fds[ASK_FDS_MAX];
		enum answer answer = ANSWER_NO;
		size_t count = 0;

		while (waitpid(-1, NULL, WNOHANG) > 0) {
		}
		login_settle(&steward);
		switch (question) {
		case ASK_TLS:
			answer = start_tls(&steward, fds);
			count = 2;
			break;
		case ASK_LOGIN:
			if (settings->login && !*steward.login)
				answer = start_dialogue(&steward, settings->login, true, fds);
			count = 1;
			break;
		case ASK_POLICY:
			if (settings->policy)
				answer = start_dialogue(&steward, settings->policy, false, fds);
			count = 1;
			break;
		case ASK_MESSAGE:
			/* Where logins are required, a speaker gets no message in without one. */
			if (!settings->login || *steward.login)
				answer = start_message(&steward, fds);
			count = 3;
			break;
		default: return; /* no speaker of ours asks that */
		}
		if (!ask_answer(channel, answer, fds, answer == ANSWER_YES ? count : 0))
			return;
	}
}
