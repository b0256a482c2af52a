#include "net/steward.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/id.h"
#include "base/io.h"
#include "base/job.h"
#include "base/more.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/stage.h"
#include "mail/envelope.h"
#include "net/ask.h"
#include "net/tls_facts.h"

#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FACTS_MAX_BYTES = 16384, LOGIN_MAX_BYTES = 8192 };

void
steward_start(struct steward *steward, const struct steward_settings *settings)
{
	*steward = (struct steward){ .settings = settings,
		                     .channel = -1,
		                     .network = -1,
		                     .judge = { .more = -1 },
		                     .login_verdict = -1,
		                     .tls_control = -1,
		                     .tls_clear = { -1, -1 } };
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
steward_end(struct steward *steward)
{
	shut(&steward->channel);
	shut(&steward->network);
	if (steward->judges && steward->judge.more >= 0)
		judges_keep(steward->judges, &steward->judge, steward->client, clock_ms());
	else
		shut(&steward->judge.more);
	shut(&steward->login_verdict);
	shut(&steward->tls_control);
	if (steward->tls_clear[1] != steward->tls_clear[0])
		shut(&steward->tls_clear[1]);
	shut(&steward->tls_clear[0]);
	free(steward->login);
	free(steward->credential);
	free(steward->grant);
	stralloc_free(&steward->tls_facts);
}

static bool
facts_add(stralloc *out, const struct steward *steward, const char *message)
{
	const struct steward_settings *settings = steward->settings;

	/* All of them, empty or not: what is written once cannot be written again. */
	return record_add(out, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	       && record_add(out, ENVELOPE_CONNECTION, steward->conn)
	       && record_add(out, ENVELOPE_MESSAGE, message)
	       && record_add(out, ENVELOPE_SERVER, settings->server)
	       && record_add(out, ENVELOPE_ROLE, settings->role)
	       && record_add(out, ENVELOPE_CLIENT, steward->client)
	       && record_add(out, ENVELOPE_LOGIN, steward->login ? steward->login : "")
	       && record_add(out, ENVELOPE_CREDENTIAL, steward->login ? steward->credential : "")
	       && record_add(out, ENVELOPE_GRANT, steward->login ? steward->grant : "")
	       && record_add(out, ENVELOPE_CERTIFICATE, steward->certificate)
	       && record_add(out, ENVELOPE_TLS, steward->tls);
}

/* Copies of what the auth program says; false: it has not vouched for anybody, or no memory. */
static bool
login_take(struct steward *steward, const char *verdict, size_t len)
{
	char *login = NULL, *credential = NULL, *grant = NULL;
	const char *record;
	size_t at = 0;

	while ((record = record_next(verdict, len, &at)) != NULL) {
		char **to = record[0] == ENVELOPE_LOGIN        ? &login
		            : record[0] == ENVELOPE_CREDENTIAL ? &credential
		            : record[0] == ENVELOPE_GRANT      ? &grant
		                                               : NULL;

		/* What we do not know may be a bound. */
		if (!to || *to || !record[1] || !(*to = strdup(record + 1)))
			goto bad;
	}
	if (login && (credential || (credential = strdup(""))) && (grant || (grant = strdup("")))) {
		steward->login = login;
		steward->credential = credential;
		steward->grant = grant;
		return true;
	}
bad:
	free(login);
	free(credential);
	free(grant);
	return false;
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
	shut(&steward->login_verdict);
	len = record_list_len(verdict, len);
	if (len < 2 || !login_take(steward, verdict, len))
		return;
	log_event("login", "login", steward->login, "client", steward->client, "credential",
	          *steward->credential ? steward->credential : NULL, NULL);
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

/* Is it one waiting program that judges recipients and messages? Then one process can do both. */
static bool
judges_both(const struct steward_settings *settings)
{
	return settings->policy && job_is_address(settings->policy[0])
	       && strcmp(settings->policy[0], settings->message[0]) == 0;
}

/* What a program needs that talks with the speaker. */
struct dialogue_ends {
	int speakers, programs; /* of the dialogue */
	int facts;
};

static bool
dialogue_open(struct dialogue_ends *out, const struct steward *steward)
{
	int both[2];

	if (!socketpair_open(both))
		return false;
	*out = (struct dialogue_ends){ both[0], both[1], facts_pipe(steward, "", NULL) };
	if (out->facts >= 0)
		return true;
	close(both[0]);
	close(both[1]);
	return false;
}

/* Only the speaker's end stays, if the program has the others. */
static enum answer
dialogue_begun(struct dialogue_ends *ends, bool given, int *speakers_end)
{
	close(ends->programs);
	close(ends->facts);
	if (given)
		*speakers_end = ends->speakers;
	else
		close(ends->speakers);
	return given ? ANSWER_YES : ANSWER_LATER;
}

/*
 * A program that talks with the speaker on fds 0 and 1, and gets the facts on fd 3
 *
 * ours, its   a descriptor more, where it is wanted: our end, and its number there; NULL: none
 */
static enum answer
start_dialogue(struct steward *steward, const char *const *argv, int *ours, int its,
               int *speakers_end)
{
	int pair[2] = { -1, -1 };
	struct dialogue_ends ends;
	bool started;

	if ((ours && !(its == FD_MORE ? more_open(pair) : pipe_open(pair)))
	    || !dialogue_open(&ends, steward)) {
		log_warn_sys("cannot make descriptors for ", argv[0]);
		shut(&pair[0]);
		shut(&pair[1]);
		return ANSWER_LATER;
	}
	started = start(argv,
	                (const struct spawn_fd[]){ { ends.programs, 0 },
	                                           { ends.programs, 1 },
	                                           { ends.facts, FD_ENVELOPE },
	                                           { pair[1], its } },
	                ours ? 4 : 3);
	shut(&pair[1]);
	if (started && ours)
		*ours = pair[0];
	else
		shut(&pair[0]);
	return dialogue_begun(&ends, started, speakers_end);
}

static enum answer
start_login(struct steward *steward, int *speakers_end)
{
	enum answer answer = start_dialogue(steward, steward->settings->login,
	                                    &steward->login_verdict, FD_VERDICT, speakers_end);

	if (answer == ANSWER_YES)
		fcntl(steward->login_verdict, F_SETFL, O_NONBLOCK);
	return answer;
}

/* Who has judged this client before, and waits for that. */
static enum answer
judge_again(struct steward *steward, int *speakers_end)
{
	struct judge judge = judges_take(steward->judges, steward->client, clock_ms());
	struct dialogue_ends ends;
	enum answer answer;

	if (judge.more < 0 || !dialogue_open(&ends, steward)) {
		shut(&judge.more);
		return ANSWER_LATER;
	}
	answer = dialogue_begun(&ends, more_give_connection(judge.more, ends.programs, ends.facts),
	                        speakers_end);
	if (answer == ANSWER_YES)
		steward->judge = judge;
	else
		shut(&judge.more);
	return answer;
}

static enum answer
start_policy(struct steward *steward, int *speakers_end)
{
	const char *const *policy = steward->settings->policy;

	shut(&steward->judge.more);
	if (!judges_both(steward->settings))
		return start_dialogue(steward, policy, NULL, -1, speakers_end);
	if (steward->judges && judge_again(steward, speakers_end) == ANSWER_YES)
		return ANSWER_YES;
	steward->judge.born_ms = clock_ms();
	return start_dialogue(steward, policy, &steward->judge.more, FD_MORE, speakers_end);
}

/* To who has judged the recipients, if it waits for that; else to a new process. */
static bool
give_message(struct steward *steward, const struct spawn_fd *map)
{
	if (steward->judge.more >= 0 && more_is_wanted(steward->judge.more)
	    && more_give(steward->judge.more, map[0].from, map[1].from, map[2].from))
		return true;
	return start(steward->settings->message, map, 3);
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

		if (give_message(steward, map))
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

bool
steward_ask_tls(struct steward *steward)
{
	int clear[2] = { -1, -1 }, told[2] = { -1, -1 }, facts = -1;
	bool asked = false;

	if (socketpair_open(clear) && pipe_open(told)
	    && (facts = facts_pipe(steward, "", NULL)) >= 0) {
		const struct spawn_fd map[] = { { steward->network, 0 },
			                        { clear[1], 1 },
			                        { facts, FD_ENVELOPE },
			                        { told[1], FD_VERDICT } };

		asked = start((const char *const[]){ steward->settings->tls, NULL }, map, 4);
	} else {
		log_warn_sys("cannot make descriptors for ", steward->settings->tls);
	}
	shut(&facts);
	shut(&clear[1]);
	shut(&told[1]);
	if (asked) {
		steward->network_given = true;
		steward->tls_clear[0] = steward->tls_clear[1] = clear[0];
		steward->tls_control = told[0];
	} else {
		shut(&clear[0]);
		shut(&told[0]);
	}
	return asked;
}

/* The speaker asks for TLS: of a waiting parent, or by UCSPI-TLS. false: it cannot be had. */
static bool
start_tls(struct steward *steward)
{
	if (*steward->tls || steward->tls_asked)
		return false;
	if (steward->settings->tls)
		steward->tls_asked =
		    steward->network >= 0 && !steward->network_given && steward_ask_tls(steward);
	else
		steward->tls_asked =
		    steward->tls_control >= 0 && write(steward->tls_control, "Y", 1) == 1;
	return steward->tls_asked;
}

static bool
answer(struct steward *steward, enum answer answer, int *fds, size_t count)
{
	return ask_answer(steward->channel, answer, fds, answer == ANSWER_YES ? count : 0);
}

void
steward_certificate(struct steward *steward, const char *fingerprint)
{
	if (fingerprint && strlen(fingerprint) < sizeof steward->certificate)
		strcpy(steward->certificate, fingerprint);
}

enum steward_tls
steward_tls(struct steward *steward)
{
	stralloc *facts = &steward->tls_facts;
	const char *protocol, *cipher;
	ssize_t n;

	if (!stralloc_readyplus(facts, TLS_FACTS_MAX_BYTES))
		n = -1;
	else
		n = io_read(steward->tls_control, facts->s + facts->len,
		            TLS_FACTS_MAX_BYTES - facts->len);
	if (n > 0) {
		facts->len += (size_t)n;
		if (!record_list_len(facts->s, facts->len) && facts->len < TLS_FACTS_MAX_BYTES)
			return STEWARD_TLS_MORE;
	}
	shut(&steward->tls_control);
	if (n <= 0 || !record_list_len(facts->s, facts->len)) {
		if (steward->tls_asked)
			answer(steward, ANSWER_LATER, NULL, 0);
		return STEWARD_TLS_FAILED;
	}
	steward_certificate(steward, tls_fact_get(facts->s, facts->len, "SSL_PEER_CERT_HASH"));
	protocol = tls_fact_get(facts->s, facts->len, "SSL_PROTOCOL");
	cipher = tls_fact_get(facts->s, facts->len, "SSL_CIPHER");
	snprintf(steward->tls, sizeof steward->tls, "%s %s", protocol ? protocol : "TLS",
	         cipher ? cipher : "");
	stralloc_free(facts);
	if (steward->tls_asked) {
		/* Given away; where both are one descriptor, ask_answer must close it once. */
		ask_answer(steward->channel,
		           *steward->certificate ? ANSWER_YES_CERTIFICATE : ANSWER_YES,
		           steward->tls_clear, 2);
		steward->tls_clear[0] = steward->tls_clear[1] = -1;
		steward->tls_asked = false;
	}
	return STEWARD_TLS_ON;
}

bool
steward_answer(struct steward *steward)
{
	const struct steward_settings *settings = steward->settings;
	enum answer reply = ANSWER_NO;
	int fds[ASK_FDS_MAX];

	switch (ask_receive(steward->channel)) {
	case ASK_TLS:
		if (start_tls(steward))
			return true; /* steward_tls answers */
		return answer(steward, ANSWER_LATER, NULL, 0);
	case ASK_LOGIN:
		login_settle(steward);
		if (settings->login && !steward->login)
			reply = start_login(steward, fds);
		return answer(steward, reply, fds, 1);
	case ASK_POLICY:
		login_settle(steward);
		if (settings->policy)
			reply = start_policy(steward, fds);
		return answer(steward, reply, fds, 1);
	case ASK_MESSAGE:
		login_settle(steward);
		/* Where logins are required, a speaker gets no message in without one. */
		if (!settings->login || steward->login)
			reply = start_message(steward, fds);
		steward->message_begun |= reply == ANSWER_YES;
		return answer(steward, reply, fds, 3);
	default: return false; /* gone, or no speaker of ours */
	}
}

void
steward_run(struct steward *steward)
{
	while (steward_answer(steward))
		while (steward->tls_asked && steward_tls(steward) == STEWARD_TLS_MORE) {
		}
}
