/*
 * smtpipe-stats - what went through, how long it took, what was refused and why, from the logs
 *
 *     smtpipe stats [-m | -s] [-h hours] [-q queue] [-l log ...]
 *
 * road     for the operator, beside it
 * fd 1     tables and small plots for a terminal; OpenMetrics (-m); a picture as SVG (-s)
 * opens    the logs (default: below /var/log/smtpipe), and the queue (default /var/spool/smtpipe), to read
 * keeps    nothing
 * exits    0; 111 if something could not be read
 * source   the text format of Prometheus and OpenMetrics 1.0
 */
#include "base/die.h"
#include "base/id.h"
#include "base/log_files.h"
#include "base/log_line.h"
#include "base/map.h"
#include "base/sandbox.h"
#include "store/queue.h"

#include <skalibs/sgetopt.h>
#include <skalibs/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define USAGE        "smtpipe stats [-m | -s] [-h hours] [-q queue] [-l log ...]"
#define LOG_FOLDER   "/var/log/smtpipe"
#define QUEUE_FOLDER "/var/spool/smtpipe"
char const *PROG = "smtpipe-stats";
static struct rights rights = {
	.may = MAY_FOLLOW,
	.reads = { "/var/spool/smtpipe", "/var/log/smtpipe" },
	.memory_mib = 512,
};

enum { HOURS = 24, HOUR_S = 3600, NAMES_MAX = 10000, ROWS_MAX = 10, WIDE = 40 };

/* What is counted, in the order in which it is shown. */
enum counter {
	CONNECTIONS,
	HANDSHAKES,
	LOGINS,
	LOGINS_REFUSED,
	ACCEPTED,
	QUEUED,
	QUEUED_BYTES,
	DELIVERED,
	DEFERRED,
	FAILED,
	REPORTS,
	COUNTERS,
};

static const struct {
	const char *name, *program, *event, *metric;
} counted[COUNTERS] = {
	[CONNECTIONS] = { "connections", "smtp-accept", "connect", "connections" },
	[HANDSHAKES] = { "in TLS", "tls-wrap", "handshake", "tls_handshakes" },
	[LOGINS] = { "logins", "smtp-accept", "login", "logins" },
	[LOGINS_REFUSED] = { "logins refused", NULL, "login-refused", "logins_refused" },
	[ACCEPTED] = { "messages accepted", "smtp-accept", "accepted", "messages_accepted" },
	[QUEUED] = { "messages queued", "queue-add", "queued", "messages_queued" },
	[QUEUED_BYTES] = { "bytes queued", NULL, NULL, "bytes_queued" },
	[DELIVERED] = { "recipients delivered", "queue-run", "delivered", "recipients_delivered" },
	[DEFERRED] = { "attempts deferred", "queue-run", "deferred", "attempts_deferred" },
	[FAILED] = { "recipients failed", "queue-run", "failed", "recipients_failed" },
	[REPORTS] = { "reports sent", "queue-run", "bounced", "reports_sent" },
};

/* A domain, or a reason: its name, and what was counted of it. */
struct named {
	char *name;
	uint64_t delivered, deferred, failed; /* of a destination */
	uint64_t refused;                     /* of a reason */
};

struct stats {
	int64_t since_us, until_us;
	uint64_t counters[COUNTERS];
	uint64_t accepted[HOURS], delivered[HOURS]; /* the last hour is the last one */
	struct map destinations, reasons;
	int64_t *delays_us; /* of each delivery: since the message came */
	size_t delay_count, delay_room;
	uint64_t waiting; /* now in the queue */
	int64_t oldest_s; /* its age */
};

static const char *
named_name(const void *thing)
{
	return ((const struct named *)thing)->name;
}

/* The one of this name, new or not; NULL: there are too many already. */
static struct named *
named_get(struct map *map, const char *name)
{
	struct named *named = map_find(map, name);

	if (named || map->count >= NAMES_MAX)
		return named;
	named = calloc(1, sizeof *named);
	if (!named || !(named->name = strdup(name)) || !map_add(map, named))
		die_memory();
	return named;
}

/* --- counting --- */

static void
count_hour(const struct stats *stats, uint64_t hours[HOURS], int64_t time_us)
{
	int64_t ago = (stats->until_us - time_us) / 1000000 / HOUR_S;

	if (ago >= 0 && ago < HOURS)
		hours[HOURS - 1 - ago]++;
}

/* An id bears the time when the message came. */
static void
count_delay(struct stats *stats, const struct log_line *line)
{
	const char *msg = log_line_get(line, "msg");
	int64_t delay_us;

	if (!msg || !id_valid(msg) || (delay_us = line->time_us - id_time_us(msg)) < 0)
		return;
	if (stats->delay_count == stats->delay_room) {
		stats->delay_room = stats->delay_room ? 2 * stats->delay_room : 1024;
		stats->delays_us =
		    realloc(stats->delays_us, stats->delay_room * sizeof *stats->delays_us);
		if (!stats->delays_us)
			die_memory();
	}
	stats->delays_us[stats->delay_count++] = delay_us;
}

static struct named *
destination(struct stats *stats, const struct log_line *line)
{
	const char *recipient = log_line_get(line, "recipient");
	const char *domain = recipient ? strrchr(recipient, '@') : NULL;
	char lower[256];
	size_t len;

	if (!domain || (len = strlen(++domain)) >= sizeof lower)
		return NULL;
	for (size_t i = 0; i <= len; i++)
		lower[i] =
		    domain[i] >= 'A' && domain[i] <= 'Z' ? (char)(domain[i] | 0x20) : domain[i];
	return named_get(&stats->destinations, lower);
}

/* "550 5.1.1 no such user here": the code and its words are the reason; more would be the sender's. */
static void
count_reason(struct stats *stats, const struct log_line *line)
{
	const char *reply = log_line_get(line, "reply");
	struct named *reason;

	if (strcmp(line->program, "smtp-accept") != 0 || !reply)
		return;
	reason = named_get(&stats->reasons, reply);
	if (!reason)
		reason = named_get(&stats->reasons, "(others)");
	if (reason)
		reason->refused++;
}

static void
count_line(struct stats *stats, const struct log_line *line, enum counter which)
{
	const char *bytes = log_line_get(line, "bytes");
	struct named *named;
	uint64_t number;

	stats->counters[which]++;
	switch (which) {
	case ACCEPTED: count_hour(stats, stats->accepted, line->time_us); break;
	case QUEUED:
		if (bytes && uint640_scan(bytes, &number))
			stats->counters[QUEUED_BYTES] += number;
		break;
	case DELIVERED:
		count_hour(stats, stats->delivered, line->time_us);
		count_delay(stats, line);
		if ((named = destination(stats, line)))
			named->delivered++;
		break;
	case DEFERRED:
		if ((named = destination(stats, line)))
			named->deferred++;
		break;
	case FAILED:
		if ((named = destination(stats, line)))
			named->failed++;
		break;
	default: break;
	}
}

static void
count(void *of, char *text, size_t len)
{
	struct stats *stats = of;
	struct log_line line;

	if (!log_line_parse(text, len, &line) || line.time_us < stats->since_us)
		return;
	if (strcmp(line.event, "refused") == 0)
		count_reason(stats, &line);
	for (size_t i = 0; i < COUNTERS; i++)
		if (counted[i].event && strcmp(counted[i].event, line.event) == 0
		    && (!counted[i].program || strcmp(counted[i].program, line.program) == 0))
			count_line(stats, &line, (enum counter)i);
}

static void
count_waiting(void *of, const char *id)
{
	struct stats *stats = of;
	int64_t age_s = time(NULL) - id_time_s(id);

	stats->waiting++;
	if (age_s > stats->oldest_s)
		stats->oldest_s = age_s;
}

static void
read_queue(struct stats *stats, const char *path, bool must)
{
	struct queue queue;

	if (!queue_open(&queue, path)) {
		if (must)
			die_temporary("cannot open the queue ", path);
		return;
	}
	for (size_t i = 0; i < QUEUE_FOLDERS; i++)
		if (!queue_scan(&queue, "msg", queue_digits[i], count_waiting, stats))
			die_temporary("cannot read the folders in ", path, "/msg");
}

/* --- in order --- */

static int
compare_delays(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
weight(const struct named *named)
{
	return named->delivered + named->deferred + named->failed + named->refused;
}

static int
compare_weights(const void *a, const void *b)
{
	const struct named *x = *(const struct named *const *)a;
	const struct named *y = *(const struct named *const *)b;

	if (weight(x) != weight(y))
		return weight(x) < weight(y) ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* All of a map, the most first; from malloc. */
static struct named **
sorted(const struct map *map)
{
	struct named **list = calloc(map->count + 1, sizeof *list), *named;
	size_t at = 0, count = 0;

	if (!list)
		die_memory();
	while ((named = map_next(map, &at)) != NULL)
		list[count++] = named;
	if (count)
		qsort(list, count, sizeof *list, compare_weights);
	return list;
}

/* Below how many seconds are so many per cent of the deliveries? */
static double
delay_at(const struct stats *stats, double percent)
{
	size_t at = (size_t)(percent / 100 * (double)stats->delay_count);

	if (!stats->delay_count)
		return 0;
	if (at >= stats->delay_count)
		at = stats->delay_count - 1;
	return (double)stats->delays_us[at] / 1e6;
}

static uint64_t
highest(const struct stats *stats)
{
	uint64_t most = 1;

	for (size_t i = 0; i < HOURS; i++) {
		most = stats->accepted[i] > most ? stats->accepted[i] : most;
		most = stats->delivered[i] > most ? stats->delivered[i] : most;
	}
	return most;
}

/* --- for a terminal --- */

/* Reasons and domains hold what strangers said. */
static void
print_safe(const char *text)
{
	for (; *text; text++)
		if (*text >= ' ' && *text <= '~')
			putchar(*text);
		else
			printf("\\x%02x", (unsigned int)(unsigned char)*text);
}

static void
print_plot(const struct stats *stats)
{
	time_t now = (time_t)(stats->until_us / 1000000);
	uint64_t most = highest(stats);

	printf("\nby hour            accepted (#) and delivered (=)\n");
	for (int i = 0; i < HOURS; i++) {
		time_t hour = now - (HOURS - 1 - i) * HOUR_S;
		uint64_t a = stats->accepted[i], d = stats->delivered[i];
		char name[sizeof "00-00 00h"];
		struct tm local;

		if ((!a && !d) || !localtime_r(&hour, &local)
		    || !strftime(name, sizeof name, "%m-%d %Hh", &local))
			continue;
		printf("  %s %8llu ", name, (unsigned long long)a);
		for (uint64_t n = 0; n < a * WIDE / most; n++)
			putchar('#');
		printf("\n  %9s %8llu ", "", (unsigned long long)d);
		for (uint64_t n = 0; n < d * WIDE / most; n++)
			putchar('=');
		putchar('\n');
	}
}

static void
print_tables(const struct stats *stats)
{
	struct named **list;

	for (size_t i = 0; i < COUNTERS; i++)
		printf("%-22s %12llu\n", counted[i].name, (unsigned long long)stats->counters[i]);
	printf("%-22s %12llu", "waiting now", (unsigned long long)stats->waiting);
	if (stats->waiting)
		printf("   the oldest for %lld s", (long long)stats->oldest_s);
	printf("\n\nseconds from the first byte to delivery, for so many of all\n");
	printf("  50%% %.3f   90%% %.3f   99%% %.3f   100%% %.3f\n", delay_at(stats, 50),
	       delay_at(stats, 90), delay_at(stats, 99), delay_at(stats, 100));
	print_plot(stats);

	list = sorted(&stats->destinations);
	printf("\ndestination                       delivered   deferred     failed\n");
	for (size_t i = 0; list[i] && i < ROWS_MAX; i++) {
		printf("  %10llu %10llu %10llu   ", (unsigned long long)list[i]->delivered,
		       (unsigned long long)list[i]->deferred, (unsigned long long)list[i]->failed);
		print_safe(list[i]->name);
		putchar('\n');
	}
	free(list);
	list = sorted(&stats->reasons);
	printf("\nrefused    with these words\n");
	for (size_t i = 0; list[i] && i < ROWS_MAX; i++) {
		printf("  %8llu   ", (unsigned long long)list[i]->refused);
		print_safe(list[i]->name);
		putchar('\n');
	}
	free(list);
}

/* --- for Prometheus --- */

static void
print_label(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (*text >= ' ' && *text <= '~')
			putchar(*text);
		else
			putchar('?');
}

static void
print_metrics(const struct stats *stats)
{
	static const double quantiles[] = { 50, 90, 99 };
	struct named **list;

	for (size_t i = 0; i < COUNTERS; i++)
		printf("# TYPE smtpipe_%s counter\nsmtpipe_%s_total %llu\n", counted[i].metric,
		       counted[i].metric, (unsigned long long)stats->counters[i]);
	printf("# TYPE smtpipe_queue_messages gauge\nsmtpipe_queue_messages %llu\n",
	       (unsigned long long)stats->waiting);
	printf("# TYPE smtpipe_queue_oldest_seconds gauge\n# UNIT smtpipe_queue_oldest_seconds "
	       "seconds\nsmtpipe_queue_oldest_seconds %lld\n",
	       (long long)stats->oldest_s);
	printf("# TYPE smtpipe_delivery_seconds summary\n# UNIT smtpipe_delivery_seconds "
	       "seconds\n");
	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
		printf("smtpipe_delivery_seconds{quantile=\"%g\"} %.6f\n", quantiles[i] / 100,
		       delay_at(stats, quantiles[i]));
	printf("smtpipe_delivery_seconds_count %zu\n", stats->delay_count);

	list = sorted(&stats->destinations);
	printf("# TYPE smtpipe_destination_recipients counter\n");
	for (size_t i = 0; list[i] && i < ROWS_MAX; i++) {
		const struct {
			const char *state;
			uint64_t count;
		} states[] = { { "delivered", list[i]->delivered },
			       { "deferred", list[i]->deferred },
			       { "failed", list[i]->failed } };

		for (size_t j = 0; j < 3; j++) {
			printf("smtpipe_destination_recipients_total{domain=\"");
			print_label(list[i]->name);
			printf("\",state=\"%s\"} %llu\n", states[j].state,
			       (unsigned long long)states[j].count);
		}
	}
	free(list);
	list = sorted(&stats->reasons);
	printf("# TYPE smtpipe_refused counter\n");
	for (size_t i = 0; list[i] && i < ROWS_MAX; i++) {
		printf("smtpipe_refused_total{reply=\"");
		print_label(list[i]->name);
		printf("\"} %llu\n", (unsigned long long)list[i]->refused);
	}
	free(list);
	printf("# EOF\n");
}

/* --- a picture --- */

static void
print_picture(const struct stats *stats)
{
	enum { LEFT = 40, TOP = 30, TALL = 200, STEP = 24 };
	time_t now = (time_t)(stats->until_us / 1000000);
	uint64_t most = highest(stats);

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	       "font-family=\"sans-serif\" font-size=\"11\">\n",
	       LEFT + HOURS * STEP + 20, TOP + TALL + 40);
	printf("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	       "<text x=\"%d\" y=\"18\">messages <tspan fill=\"#4a78b0\">accepted</tspan> and "
	       "<tspan fill=\"#7ab87a\">delivered</tspan> by hour; %llu wait</text>\n"
	       "<text x=\"4\" y=\"%d\">%llu</text>\n<text x=\"4\" y=\"%d\">0</text>\n",
	       LEFT, (unsigned long long)stats->waiting, TOP + 10, (unsigned long long)most,
	       TOP + TALL);
	for (int i = 0; i < HOURS; i++) {
		time_t hour = now - (HOURS - 1 - i) * HOUR_S;
		int a = (int)(stats->accepted[i] * TALL / most);
		int d = (int)(stats->delivered[i] * TALL / most);
		int x = LEFT + i * STEP;
		struct tm local;

		if (!localtime_r(&hour, &local))
			continue;
		printf("<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"%d\" fill=\"#4a78b0\"/>"
		       "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"%d\" fill=\"#7ab87a\"/>"
		       "<text x=\"%d\" y=\"%d\">%02d</text>\n",
		       x, TOP + TALL - a, a, x + 10, TOP + TALL - d, d, x + 4, TOP + TALL + 16,
		       local.tm_hour);
	}
	printf("</svg>\n");
}

int
main(int argc, const char *const *argv)
{
	subgetopt got = SUBGETOPT_ZERO;
	struct log_files logs = { 0 };
	struct stats stats = { .until_us = (int64_t)time(NULL) * 1000000 };
	const char *queue = NULL;
	void (*print)(const struct stats *) = print_tables;
	unsigned int hours;
	int c;

	while ((c = subgetopt_r(argc, argv, "msh:q:l:", &got)) != -1)
		switch (c) {
		case 'm': print = print_metrics; break;
		case 's': print = print_picture; break;
		case 'h':
			if (!uint0_scan(got.arg, &hours) || hours == 0)
				die_usage(USAGE);
			stats.since_us = stats.until_us - (int64_t)hours * HOUR_S * 1000000;
			break;
		case 'q': rights.reads[0] = queue = got.arg; break;
		case 'l':
			if (!log_files_add(&logs, got.arg))
				die_temporary("cannot read the log ", got.arg);
			rights_read(&rights, got.arg);
			break;
		default: die_usage(USAGE);
		}
	if (got.ind != argc)
		die_usage(USAGE);
	if (!logs.count && !log_files_add(&logs, LOG_FOLDER))
		die_temporary("cannot read the logs in " LOG_FOLDER
		              "; with a journal: journalctl -o short-unix -u 'smtpipe-*' | smtpipe "
		              "stats -l -");
	tzset(); /* reads a file */
	sandbox_enter(&rights);
	map_init(&stats.destinations, named_name);
	map_init(&stats.reasons, named_name);
	if (!log_files_read(&logs, count, &stats))
		die_temporary("cannot read the logs");
	read_queue(&stats, queue ? queue : QUEUE_FOLDER, queue != NULL);
	if (stats.delay_count)
		qsort(stats.delays_us, stats.delay_count, sizeof *stats.delays_us, compare_delays);
	print(&stats);
	if (fflush(stdout) != 0)
		die_temporary("cannot write the figures");
	return 0;
}
