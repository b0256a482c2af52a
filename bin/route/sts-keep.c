/*
 * sts-keep - keeps the policies of MTA-STS, and answers who asks for one
 *
 *     sts-keep [-d folder] [-f command] [-r socket] [-p | -w]
 *
 * road     smtp-send > [sts-keep] > sts-fetch, which has the network and cannot write here; Postfix
 *          asks with -p
 * fd 0     questions: a domain and a line feed each; with -p netstrings, as socketmap_table(5) has them
 * fd 1     answers: the value of a line in tls-policy(5), or nothing, and a line feed; with -p, what
 *          smtp_tls_policy_maps wants
 * opens    files of the folder (default "sts"), read and written; a socket to count failures (-r)
 * keeps    the folder
 * starts   sts-fetch (-f) for each question that the folder does not answer
 * later    the folder cannot be read, no policy is known and sts-fetch does not answer: no answer is
 *          given, and the program ends
 * source   RFC 8461 3.3, 5.1, 6
 *
 * With -w nobody asks: all policies that are a day old are fetched anew, and what is of no more use
 * goes.
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/job.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "base/spawn.h"
#include "base/words.h"
#include "mail/address.h"
#include "mail/socketmap.h"
#include "mail/sts_answer.h"
#include "mail/tls_policy.h"
#include "net/read_until.h"
#include "net/tls_result.h"
#include "net/tls_verify.h"
#include "store/sts_cache.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"sts-keep [-S address] [-j jobs] [-R fd] [-d folder] [-f command] [-r socket] [-p | -w]"
char const *PROG = "sts-keep";

static struct rights rights = { .may = MAY_NEXT, .writes = { "sts" } };

enum {
	CHECK_S = 300, /* so often the DNS is asked, and a failure tried again; RFC 8461 3.3 */
	REFRESH_S =
	    86400,    /* so old a policy gets before it is fetched anew, unchanged or not; 3.3 */
	FETCH_S = 90, /* sts-fetch gives the web server 60 of them */
	IDLE_S = 3600,
	QUESTIONS_MAX = SOCKETMAP_REQUEST_MAX + 16,
	DOMAIN_KEPT_MAX = DOMAIN_MAX - 9, /* what is left of a file's name, and of "mta-sts." */
};

static const char *const own_fetch[] = { "sts-fetch", NULL };

struct options {
	struct serve serve;
	const char *folder, *results;
	const char *const *fetch;
	bool is_socketmap, walks;
};

static void
parse_options(struct options *opt, int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	const char *command = NULL;
	char *words;
	int c;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "d:f:r:pw", &got)) != -1)
		switch (c) {
		case 'd': opt->folder = got.arg; break;
		case 'f': command = got.arg; break;
		case 'r': opt->results = got.arg; break;
		case 'p': opt->is_socketmap = true; break;
		case 'w': opt->walks = true; break;
		default:
			if (!serve_option(&opt->serve, c, got.arg))
				die_usage(USAGE);
		}
	if (command) {
		if (!(words = strdup(command)))
			die_memory();
		opt->fetch = words_split(words);
	}
	if (got.ind != argc || !opt->fetch || (opt->is_socketmap && opt->walks)
	    || (opt->walks && opt->serve.address))
		die_usage(USAGE);
}

/* Who has to start sts-fetch itself needs its rights, too: it inherits ours. */
static void
rights_choose(const struct options *opt)
{
	static const char *const reads[] = { "/etc/resolv.conf", TLS_VERIFY_READS };

	rights.writes[0] = opt->folder;
	if (opt->fetch == own_fetch) {
		rights.may |= MAY_CONNECT;
		rights.runs[0] = own_fetch[0];
		for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
			rights_read(&rights, reads[i]);
	} else if (!job_is_address(opt->fetch[0]))
		rights.may |= MAY_RUN; /* a stranger's */
}

/* Reads one line, without its line feed; false: errno, or it ended before. */
static bool
line_read(int fd, char line[STS_ANSWER_MAX + 1])
{
	int64_t deadline_ms = clock_ms() + FETCH_S * 1000;
	size_t len = 0;
	ssize_t n;

	do {
		n = read_until(fd, line + len, STS_ANSWER_MAX - len, deadline_ms);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 && line[len - 1] != '\n' && len < STS_ANSWER_MAX);
	if (n < 0)
		return false;
	errno = EPROTO;
	if (!len || line[len - 1] != '\n')
		return false;
	line[len - 1] = 0;
	return strlen(line) == len - 1;
}

/* Asks sts-fetch; false: our fault, and the log has it. known: an id, or "" */
static bool
fetch(const struct options *opt, const char *domain, const char *known,
      char line[STS_ANSWER_MAX + 1])
{
	const char *const parts[] = { domain, " ", known, "\n" };
	bool answered = true;
	int ends[2];
	pid_t pid;

	if (!socketpair_open(ends)) {
		log_warn_sys("cannot ask for the policy of ", domain);
		return false;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	pid = job_start(opt->fetch, (const struct spawn_fd[]){ { ends[1], 0 }, { ends[1], 1 } }, 2);
	io_close(ends[1]);
	for (size_t i = 0; pid >= 0 && i < sizeof parts / sizeof *parts; i++)
		answered = answered && io_write(ends[0], parts[i], strlen(parts[i]));
	answered = pid >= 0 && answered && line_read(ends[0], line);
	if (!answered)
		log_warn_sys("cannot ask ", opt->fetch[0], " for the policy of ", domain);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return answered;
}

static void
write_or_warn(const struct options *opt, const char *domain, int64_t fetched_s, int64_t now_s,
              const char *line)
{
	if (!sts_cache_write(opt->folder, domain, fetched_s, now_s, line))
		log_warn_sys("cannot keep the policy of ", domain, " in ", opt->folder);
}

/* A policy that is there and cannot be had is told to its domain (RFC 8461 6), and in the log. */
static void
failure_tell(const struct options *opt, const char *domain, const struct sts_answer *answer,
             const struct sts_cached *valid)
{
	struct tls_result result = { .time_s = moment_now().s,
		                     .domain = domain,
		                     .type = "sts",
		                     .result = answer->result,
		                     .text = answer->text };

	log_event("sts-failed", "domain", domain, "id", answer->id, "result", answer->result,
	          "text", answer->text, "then",
	          valid ? "the policy that is kept" : "as if it had none", NULL);
	if (valid)
		result.policy = valid->answer.line;
	if (opt->results && (!valid || strcmp(valid->answer.line, "-") != 0))
		(void)tls_result_send(opt->results, &result); /* it is only counted */
}

/*
 * What sts-fetch says goes into the folder, and out has what holds now.
 * returns   false: our fault
 */
static bool
renew(const struct options *opt, const char *domain, const struct sts_cached *cached, int64_t now_s,
      stralloc *out)
{
	const struct sts_cached *valid =
	    cached && sts_cached_is_valid(cached, now_s) ? cached : NULL;
	bool is_old = valid && now_s - valid->fetched_s >= REFRESH_S;
	char line[STS_ANSWER_MAX + 1], words[STS_ANSWER_MAX + 1];
	struct sts_answer answer = { .kind = STS_ANSWER_TEMPFAIL };
	bool answered = fetch(opt, domain, valid && !is_old ? valid->answer.id : "", line);

	if (answered) {
		strcpy(words, line);
		answered = sts_answer_parse(&answer, words);
		if (!answered)
			log_warn("what sts-fetch says of ", domain, " is no answer");
	}
	if (!answered && !valid)
		return false;
	if (answer.kind == STS_ANSWER_FAILED)
		failure_tell(opt, domain, &answer, valid);
	if (answer.kind == STS_ANSWER_POLICY) {
		write_or_warn(opt, domain, now_s, now_s, line);
		return stralloc_cats(out, answer.line);
	}
	if (valid) { /* RFC 8461 3.1, 3.3: without a record, and while it cannot be had, it holds */
		write_or_warn(opt, domain, valid->fetched_s, now_s, valid->line);
		return stralloc_cats(out, valid->answer.line);
	}
	if (answer.kind == STS_ANSWER_FAILED)
		write_or_warn(opt, domain, 0, now_s, line);
	else if (cached)
		(void)sts_cache_remove(opt->folder, domain);
	return true;
}

/* Is there any need to ask? Not so soon again, and not while the clock was set back. */
static bool
is_fresh(const struct sts_cached *cached, int64_t now_s)
{
	return now_s >= cached->checked_s && now_s - cached->checked_s < CHECK_S
	       && (cached->answer.kind == STS_ANSWER_FAILED || sts_cached_is_valid(cached, now_s));
}

static bool
domain_is_plain(const char *domain)
{
	size_t len = strlen(domain);

	return len && len <= DOMAIN_KEPT_MAX && domain[0] != '[' && strchr(domain, '.')
	       && domain_valid(domain, len, false);
}

/*
 * The policy's line; "-" or nothing where there is none
 *
 * domain    in lower case
 * returns   false: our fault
 */
static bool
policy_find(const struct options *opt, const char *domain, stralloc *out)
{
	struct sts_cached cached;
	int64_t now_s = moment_now().s;
	bool done, known;

	if (!domain_is_plain(domain))
		return true;
	known = sts_cache_read(&cached, opt->folder, domain);
	if (!known && errno != ENOENT)
		log_warn_sys("cannot read what is kept of ", domain, " in ", opt->folder);
	if (!known && errno != ENOENT && errno != EPROTO) {
		sts_cached_free(&cached);
		return false;
	}
	if (known && is_fresh(&cached, now_s))
		done = cached.answer.kind != STS_ANSWER_POLICY
		       || stralloc_cats(out, cached.answer.line);
	else
		done = renew(opt, domain, known ? &cached : NULL, now_s, out);
	sts_cached_free(&cached);
	return done;
}

struct question {
	char domain[QUESTIONS_MAX + 1]; /* in lower case */
	bool wants_report;              /* of a socketmap: who asks reports on TLS */
};

/* --- who asks in lines --- */

static bool
line_answer(const struct options *opt, const struct question *question, stralloc *out)
{
	stralloc line = STRALLOC_ZERO;
	bool done = policy_find(opt, question->domain, &line)
	            && ((line.len == 1 && line.s[0] == '-') || stralloc_cat(out, &line))
	            && stralloc_append(out, '\n');

	stralloc_free(&line);
	return done;
}

/* --- who asks in netstrings --- */

/* The names as Postfix matches a certificate's with them: a dot stands for what is below it. */
static bool
match_add(stralloc *out, const char *line)
{
	const char *between = "match=";

	for (const char *mx = strstr(line, " mx="); mx; mx = strstr(mx, " mx=")) {
		mx += strlen(" mx=");
		if (!stralloc_cats(out, between)
		    || !stralloc_catb(out, mx + (*mx == '*'), strcspn(mx, " ") - (*mx == '*')))
			return false;
		between = ":";
	}
	return true;
}

/* Each value of a line's words, between two texts. */
static bool
values_add(stralloc *out, const char *line, const char *word, const char *before, const char *after)
{
	for (const char *at = strstr(line, word); at; at = strstr(at, word)) {
		at += strlen(word);
		if (!stralloc_cats(out, before) || !stralloc_catb(out, at, strcspn(at, " "))
		    || !stralloc_cats(out, after))
			return false;
	}
	return true;
}

/* The policy as its domain has it: what Postfix, from 3.10 on, puts into what it tells tls-count(8). */
static bool
report_add(stralloc *out, const char *domain, const char *line)
{
	return stralloc_cats(out, " policy_type=sts policy_domain=") && stralloc_cats(out, domain)
	       && values_add(out, line, " max_age=", " policy_ttl=", "")
	       && values_add(out, line, " mx=", " mx_host_pattern=", "")
	       && stralloc_cats(out, " { policy_string = version: STSv1 }"
	                             " { policy_string = mode: enforce }")
	       && values_add(out, line, " mx=", " { policy_string = mx: ", " }")
	       && values_add(out, line, " max_age=", " { policy_string = max_age: ", " }");
}

/* What Postfix should do: only a policy that is in force tells it anything. */
static bool
map_answer(const struct options *opt, const struct question *question, stralloc *out)
{
	stralloc line = STRALLOC_ZERO, value = STRALLOC_ZERO;
	struct tls_policy policy;
	bool done;

	if (!policy_find(opt, question->domain, &line))
		done = socketmap_reply(out, "TEMP", "the policy of MTA-STS cannot be looked up");
	else if (!stralloc_0(&line))
		done = false;
	else if (!tls_policy_parse(&policy, line.s, line.len - 1) || policy.is_testing)
		done = socketmap_reply(out, "NOTFOUND", "");
	else
		done = stralloc_cats(&value, "secure ") && match_add(&value, line.s)
		       && stralloc_cats(&value, " servername=hostname")
		       && (!question->wants_report || report_add(&value, question->domain, line.s))
		       && stralloc_0(&value) && socketmap_reply(out, "OK", value.s);
	stralloc_free(&line);
	stralloc_free(&value);
	return done;
}

/* The next question of those that have come; false: none is whole. */
static bool
question_next(const struct options *opt, stralloc *in, struct question *question)
{
	static const char reporting[] = "tlsrpt"; /* the table's name */
	struct socketmap_request request;
	size_t len, used;
	const char *text = in->s, *end;

	if (opt->is_socketmap) {
		switch (socketmap_read(&request, in->s, in->len)) {
		case SOCKETMAP_MORE: return false;
		case SOCKETMAP_BROKEN: die_later("this is no question of a socketmap");
		case SOCKETMAP_WHOLE: break;
		}
		question->wants_report = request.name_len == sizeof reporting - 1
		                         && memcmp(request.name, reporting, request.name_len) == 0;
		text = request.key;
		len = request.key_len;
		used = request.bytes;
	} else {
		end = in->len ? memchr(in->s, '\n', in->len) : NULL;
		if (!end)
			return false;
		len = (size_t)(end - in->s);
		used = len + 1;
	}
	if (memchr(text, 0, len))
		die_later("there is a NUL in the question");
	for (size_t i = 0; i < len; i++)
		question->domain[i] =
		    text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A' : text[i];
	question->domain[len] = 0;
	in->len -= used;
	memmove(in->s, in->s + used, in->len);
	return true;
}

/* Until who asks has no more questions. */
static void
answer_all(const struct options *opt)
{
	stralloc in = STRALLOC_ZERO, out = STRALLOC_ZERO;
	struct question question = { .wants_report = false };

	if (!stralloc_ready(&in, QUESTIONS_MAX))
		die_memory();
	for (;;) {
		ssize_t n;

		while (question_next(opt, &in, &question)) {
			out.len = 0;
			if (!(opt->is_socketmap ? map_answer : line_answer)(opt, &question, &out))
				die_later("no answer is given about ", question.domain);
			if (!io_write(1, out.s, out.len))
				die_temporary("cannot write the answer");
		}
		if (in.len == QUESTIONS_MAX)
			die_later("the question is longer than any that has an answer");
		if (!clock_wait(0, POLLIN, clock_ms() + IDLE_S * 1000))
			return;
		n = io_read(0, in.s + in.len, QUESTIONS_MAX - in.len);
		if (n < 0)
			die_temporary("cannot read the question");
		if (n == 0)
			return;
		in.len += (size_t)n;
	}
}

/* --- nobody asks --- */

/* A policy is fetched anew when it is a day old; what has passed, and old failures, go. */
static void
walk_one(const struct options *opt, const char *domain, int64_t now_s)
{
	stralloc ignored = STRALLOC_ZERO;
	struct sts_cached cached;

	if (!sts_cache_read(&cached, opt->folder, domain))
		log_warn_sys("cannot read what is kept of ", domain, " in ", opt->folder);
	else if (sts_cached_is_valid(&cached, now_s)) {
		if (now_s - cached.fetched_s >= REFRESH_S)
			(void)renew(opt, domain, &cached, now_s, &ignored);
	} else if (now_s - cached.checked_s >= REFRESH_S && !sts_cache_remove(opt->folder, domain))
		log_warn_sys("cannot remove what was kept of ", domain, " in ", opt->folder);
	sts_cached_free(&cached);
	stralloc_free(&ignored);
}

static void
walk(const struct options *opt)
{
	DIR *folder = opendir(opt->folder);
	const struct dirent *entry;

	if (!folder)
		die_temporary("cannot read the folder ", opt->folder);
	while ((entry = readdir(folder)) != NULL) {
		char name[sizeof entry->d_name];

		strcpy(name, entry->d_name);
		if (sts_cache_domain(name))
			walk_one(opt, name, moment_now().s);
	}
	closedir(folder);
}

int
main(int argc, const char *const *argv)
{
	struct options opt = { .serve = { .talks = true, .rights = &rights },
		               .folder = "sts",
		               .fetch = own_fetch };
	struct job_peer peer;

	parse_options(&opt, argc, argv);
	rights_choose(&opt);
	serve(&opt.serve, &peer);
	if (opt.walks)
		walk(&opt);
	else
		answer_all(&opt);
	return 0;
}
