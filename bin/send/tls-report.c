/*
 * tls-report - tells domains, once a day, how TLS went on the way to them (TLSRPT)
 *
 *     tls-report -c contact [-o organization] [-d folder]
 *
 * road     tls-count > [tls-report] > sendmail > mail-inject, which has it signed; or > report-post
 * opens    the files of the folder (default "tls") that are of a day before today (UTC)
 * keeps    the folder
 * starts   report-find for each domain, gzip, sendmail, report-post
 * later    a file that cannot be read, a report that nobody takes: the next run tries again, for two days
 * source   RFC 8460 4, 5
 *
 * Whom a report of a day has reached stands in DAY.done, durably, before the next one is sent. After a
 * crash in between it is sent twice, with the same Report-ID (RFC 8460 5.3).
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/run.h"
#include "base/sandbox.h"
#include "mail/address.h"
#include "mail/calendar.h"
#include "mail/tlsrpt.h"
#include "net/tls_report.h"
#include "store/counts.h"
#include "store/nameless.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE "tls-report -c contact [-o organization] [-d folder]"
char const *PROG = "tls-report";

/* Its work is to start others. */
static const struct rights rights = { .may = MAY_RUN };

enum {
	DAY_S = 86400,
	DAY_LEN = 10,     /* as "2026-11-22" */
	SETTLED_S = 600,  /* behind a day's end: then its file is written no more */
	TRIED_S = 172800, /* from then on a report is given up; RFC 8460 5.5 asks for a day */
	ANSWER_MAX = 32 << 10,
	REPORT_MAX = 16 << 20,
};

struct day {
	struct tls_report report; /* of the domain that it is the turn of */
	char name[DAY_LEN + 1];
	int64_t begin_s;
	stralloc path, done_path;
	struct counts counts, done;
	stralloc texts; /* what counts has, for views into it */
	struct tls_count *list;
	size_t count;
};

/* A program of ours, with in on its fd 0; what it writes on its fd 1 is appended to out. */
static bool
run(const char *const *argv, const stralloc *in, stralloc *out, size_t max, struct run *result)
{
	int from = nameless_make(in), to = from < 0 ? -1 : nameless_open();
	bool done = to >= 0
	            && run_program(argv, (const struct spawn_fd[]){ { from, 0 }, { to, 1 } }, 2,
	                           NULL, RUN_LIMIT_S, result)
	            && result->code == 0 && lseek(to, 0, SEEK_SET) == 0 && io_slurp(to, max, out);

	if (from >= 0)
		io_close(from);
	if (to >= 0)
		io_close(to);
	return done;
}

static void
failed(const struct day *day, const char *what, const struct run *result)
{
	log_event("tls-report-failed", "domain", day->report.domain, "day", day->name, "step", what,
	          "text", result->said[0] ? result->said : strerror(errno), NULL);
}

/* Where the domain wants reports; false: not known now. uris: each ended by NUL; none: nowhere. */
static bool
uris_find(const struct day *day, stralloc *uris)
{
	static const char *const argv[] = { "report-find", NULL };
	struct run result = { .said = "" };
	stralloc domain = STRALLOC_ZERO;
	bool done = stralloc_cats(&domain, day->report.domain) && stralloc_append(&domain, '\n')
	            && run(argv, &domain, uris, ANSWER_MAX, &result);

	stralloc_free(&domain);
	if (!done) {
		failed(day, "report-find", &result);
		return false;
	}
	if (uris->len == strlen("none\n") && memcmp(uris->s, "none\n", uris->len) == 0) {
		uris->len = 0;
		return true;
	}
	if (uris->len < strlen("to \n") || memcmp(uris->s, "to ", 3) != 0
	    || uris->s[uris->len - 1] != '\n')
		return false; /* the DNS does not say */
	memmove(uris->s, uris->s + 3, uris->len -= 3);
	for (size_t i = 0; i < uris->len; i++)
		if (uris->s[i] == ' ' || uris->s[i] == '\n')
			uris->s[i] = 0;
	return true;
}

static bool
mail_send(const struct day *day, const char *to, const stralloc *gzip)
{
	const char *const argv[] = { "sendmail", "-i", "-f", "<>", "--", to, NULL };
	stralloc message = STRALLOC_ZERO, ignored = STRALLOC_ZERO;
	struct run result = { .said = "" };
	bool done = tls_report_mail(&message, &day->report, to, gzip)
	            && run(argv, &message, &ignored, ANSWER_MAX, &result);

	if (!done)
		failed(day, "sendmail", &result);
	stralloc_free(&message);
	stralloc_free(&ignored);
	return done;
}

static bool
web_send(const struct day *day, const char *uri, const stralloc *gzip)
{
	static const char *const argv[] = { "report-post", NULL };
	stralloc in = STRALLOC_ZERO, ignored = STRALLOC_ZERO;
	struct run result = { .said = "" };
	bool done = stralloc_cats(&in, uri) && stralloc_append(&in, '\n') && stralloc_cat(&in, gzip)
	            && run(argv, &in, &ignored, ANSWER_MAX, &result);

	if (!done)
		failed(day, "report-post", &result);
	stralloc_free(&in);
	stralloc_free(&ignored);
	return done;
}

/* To the first address that takes it: RFC 8460 3. */
static bool
report_send(const struct day *day, const stralloc *uris, const stralloc *gzip)
{
	stralloc mailbox = STRALLOC_ZERO;
	bool sent = false;

	for (size_t at = 0; at < uris->len && !sent; at += strlen(uris->s + at) + 1) {
		const char *uri = uris->s + at;

		mailbox.len = 0;
		if (tlsrpt_mailbox(&mailbox, uri))
			sent = stralloc_0(&mailbox) && mail_send(day, mailbox.s, gzip);
		else
			sent = web_send(day, uri, gzip);
		if (sent)
			log_event("tls-reported", "domain", day->report.domain, "day", day->name,
			          "to", uri, NULL);
	}
	stralloc_free(&mailbox);
	return sent;
}

/* false: it is to be tried again. */
static bool
domain_report(const struct day *day)
{
	static const char *const gzip_argv[] = { "gzip", "-9nc", NULL };
	stralloc uris = STRALLOC_ZERO, json = STRALLOC_ZERO, gzip = STRALLOC_ZERO;
	struct run result = { .said = "" };
	bool done = uris_find(day, &uris);

	if (done && uris.len) {
		done = tls_report_json(&json, &day->report)
		       && run(gzip_argv, &json, &gzip, REPORT_MAX, &result);
		if (!done)
			failed(day, "gzip", &result);
		done = done && report_send(day, &uris, &gzip);
	}
	stralloc_free(&uris);
	stralloc_free(&json);
	stralloc_free(&gzip);
	return done;
}

/* All that was counted, by domain. */
static void
list_make(struct day *day)
{
	const struct counted *counted;
	size_t at = 0, bytes = 0;

	while ((counted = counts_next(&day->counts, &at)) != NULL)
		bytes += strlen(counted->name) + 2;
	/* In one step: views into it must stay where they are. */
	day->list = calloc(day->counts.map.count + 1, sizeof *day->list);
	if (!day->list || !stralloc_ready(&day->texts, bytes))
		die_memory();
	at = 0;
	while ((counted = counts_next(&day->counts, &at)) != NULL) {
		struct tls_count *count = &day->list[day->count];

		if (!tls_report_result(&count->result, &day->texts, counted->name)) {
			log_warn("a line of ", day->path.s, " is none");
			continue;
		}
		count->count = counted->count;
		day->count++;
	}
	tls_report_sort(day->list, day->count);
}

/* Reports to each domain that has none of this day. false: some are to be tried again. */
static bool
day_report(struct day *day, const char *submitter)
{
	stralloc id = STRALLOC_ZERO;
	bool all = true;

	for (size_t at = 0, next; at < day->count; at = next) {
		const char *domain = day->list[at].result.domain;

		for (next = at;
		     next < day->count && strcmp(day->list[next].result.domain, domain) == 0;)
			next++;
		if (map_find(&day->done.map, domain))
			continue;
		id.len = 0;
		if (!stralloc_cats(&id, day->name) || !stralloc_append(&id, '.')
		    || !stralloc_cats(&id, domain) || !stralloc_append(&id, '@')
		    || !stralloc_cats(&id, submitter) || !stralloc_0(&id))
			die_memory();
		day->report.id = id.s;
		day->report.domain = domain;
		day->report.counts = day->list + at;
		day->report.count = next - at;
		if (!domain_report(day))
			all = false;
		else if (!counts_add(&day->done, domain, 1)
		         || !counts_save(&day->done, day->done_path.s))
			die_temporary("cannot write ", day->done_path.s);
	}
	stralloc_free(&id);
	return all;
}

static void
day_free(struct day *day)
{
	counts_free(&day->counts);
	counts_free(&day->done);
	stralloc_free(&day->path);
	stralloc_free(&day->done_path);
	stralloc_free(&day->texts);
	free(day->list);
}

/* "2026-11-22"; false: it is none. */
static bool
day_read(const char *name, int64_t *begin_s)
{
	struct calendar day = { 0 };

	for (size_t i = 0; i < DAY_LEN; i++) {
		int *part = i < 4 ? &day.year : i < 7 ? &day.month : &day.day;

		if (i == 4 || i == 7) {
			if (name[i] != '-')
				return false;
			continue;
		}
		if (name[i] < '0' || name[i] > '9')
			return false;
		*part = *part * 10 + name[i] - '0';
	}
	day.month--;
	return !name[DAY_LEN] && calendar_time(&day, begin_s);
}

static bool
path_make(stralloc *out, const char *folder, const char *name, const char *ending)
{
	return stralloc_cats(out, folder) && stralloc_append(out, '/') && stralloc_cats(out, name)
	       && stralloc_cats(out, ending) && stralloc_0(out);
}

/* One day's file, if it is one, and its day is over. */
static void
file_report(const struct tls_report *who, const char *folder, const char *name)
{
	struct day day = { .report = *who };
	int64_t now_s = moment_now().s, end_s;

	if (!day_read(name, &day.begin_s) || now_s < day.begin_s + DAY_S + SETTLED_S)
		return;
	end_s = day.begin_s + DAY_S;
	memcpy(day.name, name, sizeof day.name);
	day.report.begin_s = day.begin_s;
	day.report.end_s = end_s - 1;
	counts_init(&day.counts);
	counts_init(&day.done);
	if (!path_make(&day.path, folder, name, "")
	    || !path_make(&day.done_path, folder, name, ".done"))
		die_memory();
	if (!counts_read(&day.done, day.done_path.s) && errno != ENOENT)
		log_warn_sys("cannot read ", day.done_path.s); /* a report may be sent twice */
	if (!counts_read(&day.counts, day.path.s))
		log_warn_sys("cannot read ", day.path.s);
	else {
		list_make(&day);
		if (day_report(&day, who->submitter) || now_s > end_s + TRIED_S) {
			if (unlink(day.path.s) < 0)
				log_warn_sys("cannot remove ", day.path.s);
			else
				(void)unlink(day.done_path.s);
		}
	}
	day_free(&day);
}

int
main(int argc, const char *const *argv)
{
	struct tls_report who = { .organization = NULL };
	const char *folder = "tls";
	subgetopt got = SUBGETOPT_ZERO;
	const struct dirent *entry;
	DIR *files;
	int c;

	while ((c = subgetopt_r(argc, argv, "c:o:d:", &got)) != -1)
		switch (c) {
		case 'c': who.contact = got.arg; break;
		case 'o': who.organization = got.arg; break;
		case 'd': folder = got.arg; break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc || !who.contact || !strchr(who.contact, '@')
	    || !mailbox_canonical(who.contact))
		die_usage(USAGE);
	who.submitter = strrchr(who.contact, '@') + 1;
	if (!who.organization)
		who.organization = who.submitter;
	signal(SIGPIPE, SIG_IGN);
	sandbox_enter(&rights);
	files = opendir(folder);
	if (!files)
		die_temporary("cannot read the folder ", folder);
	while ((entry = readdir(files)) != NULL)
		file_report(&who, folder, entry->d_name);
	closedir(files);
	return 0;
}
