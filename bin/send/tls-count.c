/*
 * tls-count - counts what came of TLS on the way to other hosts, a small file for each day
 *
 *     tls-count [-d folder]
 *
 * road     smtp-send, sts-keep, Postfix > [tls-count] > tls-report, once a day
 * fd 0     a datagram socket (or -S): a result in each, tls-result(5); or what Postfix tells of a session
 * opens    the files of the folder (default "tls"), named as 2026-11-22 (UTC)
 * keeps    the folder and the socket
 * signals  SIGTERM: what was counted is saved, and it ends
 * later    the folder cannot be read or written
 * source   RFC 8460 4
 */
#include "base/clock.h"
#include "base/die.h"
#include "base/io.h"
#include "base/record.h"
#include "base/sandbox.h"
#include "base/serve.h"
#include "mail/timing.h"
#include "net/tls_report.h"
#include "net/tlsrpt_datagram.h"
#include "store/counts.h"

#include <skalibs/sgetopt.h>
#include <skalibs/stralloc.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "tls-count [-S address] [-R fd] [-d folder]"
char const *PROG = "tls-count";

static struct rights rights = { .writes = { "tls" } };

enum {
	SAVE_MS = 30000, /* so much is lost in a crash */
	AT_ONCE = 100,   /* datagrams, before we look for the time and signals */
	DAY_S = 86400,
	DAY_LEN = 10, /* as "2026-11-22" */
};

struct counter {
	const char *folder;
	struct counts counts;
	int64_t day; /* days since 1970 */
	stralloc path;
	int64_t save_ms; /* on the clock; 0: nothing is to be saved */
	bool is_full;
};

static volatile sig_atomic_t is_over;

static void
end(int signal_number)
{
	(void)signal_number;
	is_over = 1;
}

static void
save(struct counter *counter)
{
	counter->save_ms = 0;
	if (counter->counts.changed && !counts_save(&counter->counts, counter->path.s)) {
		log_warn_sys("cannot write ", counter->path.s);
		counter->save_ms = clock_ms() + SAVE_MS;
	}
}

/* The file of a day, with what was counted in it before us. */
static void
day_begin(struct counter *counter, int64_t day)
{
	char stamp[TIMING_STAMP_LEN + 1];

	timing_stamp(stamp, day * DAY_S);
	stamp[DAY_LEN] = 0;
	counter->day = day;
	counter->is_full = false;
	counter->path.len = 0;
	counts_free(&counter->counts);
	if (!stralloc_cats(&counter->path, counter->folder) || !stralloc_append(&counter->path, '/')
	    || !stralloc_cats(&counter->path, stamp) || !stralloc_0(&counter->path))
		die_memory();
	if (!counts_read(&counter->counts, counter->path.s) && errno != ENOENT)
		die_temporary("cannot read ", counter->path.s);
}

static void
drop(void)
{
	log_warn("a datagram that is no result was dropped: see tls-result(5)");
}

static void
take(struct counter *counter, const char *list, size_t len)
{
	struct moment now = moment_now();
	stralloc key = STRALLOC_ZERO;
	struct tls_result result;

	if (!tls_result_read(&result, list, len)) {
		drop();
		return;
	}
	if (strcmp(result.type, "local") == 0)
		return; /* the operator's own policy is nobody else's affair */
	if (now.s / DAY_S != counter->day) {
		save(counter);
		day_begin(counter, now.s / DAY_S);
	}
	if (!tls_report_key(&key, &result))
		die_memory();
	if (!counts_add(&counter->counts, key.s, 1) && !counter->is_full) {
		counter->is_full = true;
		log_warn_sys("not all results of today are counted");
	}
	stralloc_free(&key);
	if (!counter->save_ms)
		counter->save_ms = now.ms + SAVE_MS;
}

/* All that a datagram of Postfix tells, or nothing of it. */
static void
take_foreign(struct counter *counter, const char *json, size_t len)
{
	stralloc lists = STRALLOC_ZERO;
	size_t one;

	if (!tlsrpt_datagram_read(&lists, json, len, moment_now().s))
		drop();
	else
		for (size_t at = 0; (one = record_list_len(lists.s + at, lists.len - at));
		     at += one)
			take(counter, lists.s + at, one);
	stralloc_free(&lists);
}

/* Waits for a datagram, for the time to save, or for the end. */
static void
wait_for(const struct counter *counter, int s, const sigset_t *waiting)
{
	struct pollfd poll = { .fd = s, .events = POLLIN };
	int64_t left_ms = counter->save_ms ? counter->save_ms - clock_ms() : SAVE_MS;
	struct timespec left;

	if (left_ms < 0)
		left_ms = 0;
	left = (struct timespec){ .tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000 };
	(void)ppoll(&poll, 1, &left, waiting);
}

static void
count_all(struct counter *counter, int s, const sigset_t *waiting)
{
	static char list[TLS_RESULT_MAX_BYTES + 1]; /* one more: it is seen if one is too long */

	while (!is_over) {
		ssize_t n = 0;

		wait_for(counter, s, waiting);
		for (int i = 0; i < AT_ONCE && n >= 0; i++)
			if ((n = io_read(s, list, sizeof list)) >= 0)
				(tlsrpt_datagram_is(list, (size_t)n) ? take_foreign : take)(
				    counter, list, (size_t)n);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			die_temporary("cannot read the socket");
		if (counter->save_ms && clock_ms() >= counter->save_ms)
			save(counter);
	}
	save(counter);
}

int
main(int argc, const char *const *argv)
{
	struct counter counter = { .folder = "tls", .path = STRALLOC_ZERO };
	subgetopt got = SUBGETOPT_ZERO;
	sigset_t blocked, waiting;
	struct serve serve = { 0 };
	int c, s = 0;

	while ((c = subgetopt_r(argc, argv, SERVE_OPTIONS "d:", &got)) != -1)
		if (c == 'd')
			counter.folder = got.arg;
		else if (!serve_option(&serve, c, got.arg))
			die_usage(USAGE);
	if (got.ind != argc)
		die_usage(USAGE);
	if (serve.address)
		s = serve_listen(serve.address);
	if (fcntl(s, F_SETFL, O_NONBLOCK) < 0)
		die_temporary("cannot use the socket");
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = end }, NULL);
	rights.writes[0] = counter.folder;
	sandbox_enter(&rights);
	counts_init(&counter.counts);
	day_begin(&counter, moment_now().s / DAY_S);
	if (serve.ready) {
		if (write((int)serve.ready, "\n", 1) != 1)
			log_warn_sys("cannot say ready on the descriptor of -R");
		close((int)serve.ready);
	}
	count_all(&counter, s, &waiting);
	counts_free(&counter.counts);
	stralloc_free(&counter.path);
	return 0;
}
