#include "store/keeper.h"

#include "base/die.h"
#include "base/record.h"
#include "check.h"
#include "store/index.h"
#include "store/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char const *PROG = "keeper";

/* A queue, and the life of its keeper; a second one finds what the first has left. */
static struct keeper keeper, lives[3]; /* those before it: a schedule is never closed */
static struct index found;
static char id[ID_LEN + 1];

static void
begin(void)
{
	static size_t life;

	lives[life++] = keeper;
	keeper = (struct keeper){
		.schedule = { .total = 9, .per_destination = 9 },
		.terms = { .lifetime_s = 7200, .notice_s = 3600 },
		.retry = { .first_s = 100, .max_s = 1000 },
		.now = moment_now(),
	};
	if (!queue_make("queue") || !queue_open(&keeper.queue, "queue") || !keeper_routes(&keeper)
	    || !schedule_init(&keeper.schedule) || !flusher_start(&keeper.flusher, &keeper.queue)
	    || !index_open(&found, &keeper.queue, &keeper.schedule, &keeper.retry, keeper.now))
		abort();
	while (index_is_unread(&found))
		if (!index_read(&found, keeper.now))
			abort();
}

static struct message *
known(const char *name)
{
	return schedule_find(&keeper.schedule, name);
}

/* A message to two domains; index_news tells of it. */
static void
add(const char *sender)
{
	static const char text[] = "Subject: hi\r\n\r\n";
	stralloc records = STRALLOC_ZERO;
	struct queue_new new;

	id_make(id);
	if (!record_add(&records, ENVELOPE_VERSION, ENVELOPE_FORMAT)
	    || !record_add(&records, ENVELOPE_SENDER, sender)
	    || !record_add(&records, ENVELOPE_RECIPIENT, "a@one.example")
	    || !record_add(&records, ENVELOPE_RECIPIENT, "b@two.example")
	    || !record_add(&records, ENVELOPE_RECIPIENT, "c@one.example") || !record_end(&records)
	    || !queue_create(&new, &keeper.queue, id, records.s, records.len)
	    || !queue_append(&new, text, strlen(text)) || queue_commit(&new) != QUEUE_ADDED
	    || !index_news(&found, keeper.now))
		abort();
	stralloc_free(&records);
}

static bool
look(enum look why)
{
	return keeper_look(&keeper, known(id), why);
}

/* Until all that leave have left. */
static bool
turn(void)
{
	bool turned = keeper_turn(&keeper);

	while (turned && keeper.flusher.is_busy)
		turned = keeper_flushed(&keeper);
	return turned;
}

/* Ends a running group: all its recipients have met with this. */
static void
end(struct group *group, enum fate fate)
{
	struct outcome outcome = { .fate = fate, .code = 250, .enhanced = "2.0.0", .text = "so" };
	struct message *message = group->message;
	stralloc lines = STRALLOC_ZERO;

	if (fate == FATE_NEVER)
		outcome.code = 550;
	for (unsigned int i = 0; i < group->count; i++) {
		outcome.recipient = (int)group->recipients[i];
		if (!journal_outcome(&lines, keeper.now.s, "maildir-deliver", &outcome))
			abort();
	}
	schedule_end(&keeper.schedule, group, CONTACT_MADE, NULL, keeper.now.ms);
	if (!message_note(message, &lines, true) || !look(LOOK_DELIVERED) || !turn())
		abort();
	stralloc_free(&lines);
}

static bool
is_there(const char *part)
{
	char name[QUEUE_NAME_BYTES];

	queue_name(name, part, id);
	return faccessat(keeper.queue.root, name, F_OK, 0) == 0;
}

static void
test_delivery(void)
{
	struct group *one = NULL, *two = NULL;

	add("ann@example.org");
	CHECK(known(id), "a new message is heard of");
	CHECK(look(LOOK_TIMER) && (one = schedule_start(&keeper.schedule, keeper.now.ms))
	          && (two = schedule_start(&keeper.schedule, keeper.now.ms))
	          && !schedule_start(&keeper.schedule, keeper.now.ms)
	          && one->count + two->count == 3,
	      "its recipients are parted by domain");
	if (!one || !two)
		abort();
	CHECK(known(id)->attempts == 1 && known(id)->retry_at == SCHEDULE_NEVER,
	      "which is an attempt");
	CHECK(look(LOOK_TIMER) && !schedule_start(&keeper.schedule, keeper.now.ms),
	      "nobody is delivered to twice at a time");
	end(one, FATE_DONE);
	CHECK(is_there("msg") && is_there("journal"), "it stays while one is not done");
	end(two, FATE_DONE);
	CHECK(!is_there("msg") && !is_there("journal") && !known(id),
	      "when all are done, nothing of it is left");
}

static void
test_report(void)
{
	char report[ID_LEN + 1];
	stralloc line = STRALLOC_ZERO;
	struct group *group;

	add("ann@example.org");
	if (!look(LOOK_TIMER))
		abort();
	while ((group = schedule_start(&keeper.schedule, keeper.now.ms)) != NULL
	       && !group->is_report)
		end(group, FATE_NEVER);
	CHECK(group && group->is_report, "who is refused has one report made");
	if (!group)
		abort();
	strcpy(report, group_report_id(group));
	CHECK(known(report) && known(report)->is_held, "which is held until it is known to be");
	CHECK(keeper_look(&keeper, known(report), LOOK_TIMER) && known(report),
	      "a held one is not looked at");

	begin(); /* as after a crash */
	CHECK(known(id) && known(report) && known(report)->is_held,
	      "another keeper learns of it from the journal");
	if (!look(LOOK_TIMER) || !(group = schedule_start(&keeper.schedule, keeper.now.ms)))
		abort();
	CHECK(group->is_report && strcmp(group_report_id(group), report) == 0,
	      "and has the same one made");
	schedule_end(&keeper.schedule, group, CONTACT_UNKNOWN, NULL, keeper.now.ms);
	CHECK(look(LOOK_REPORT_FAILED) && !schedule_start(&keeper.schedule, keeper.now.ms)
	          && known(id)->retry_at > keeper.now.ms,
	      "what could not be made is made later");
	if (!look(LOOK_TIMER) || !(group = schedule_start(&keeper.schedule, keeper.now.ms)))
		abort();
	schedule_end(&keeper.schedule, group, CONTACT_MADE, NULL, keeper.now.ms);
	if (!journal_reported(&line, keeper.now.s, report) || !message_note(known(id), &line, true)
	    || !look(LOOK_DELIVERED))
		abort();
	CHECK(!is_there("msg") && is_there("journal") && known(report)->is_held,
	      "when it is made, its cause loses its name first");
	CHECK(turn() && !is_there("journal") && !known(report)->is_held,
	      "then its journal, and the report may go");
	CHECK(keeper_look(&keeper, known(report), LOOK_TIMER) && !known(report),
	      "a message without a file is forgotten");
	stralloc_free(&line);
}

static void
test_corrupt(void)
{
	char name[QUEUE_NAME_BYTES];
	int fd;

	add("ann@example.org");
	queue_name(name, "msg", id);
	fd = openat(keeper.queue.root, name, O_RDWR);
	if (fd < 0 || pwrite(fd, "x", 1, QUEUE_HEADER_BYTES + 3) != 1)
		abort();
	close(fd);
	snprintf(name, sizeof name, "bad/%s", id);
	CHECK(look(LOOK_TIMER) && !known(id) && faccessat(keeper.queue.root, name, F_OK, 0) == 0,
	      "a message that is not as it was written is set aside");
}

static void
test_sweep(void)
{
	char name[QUEUE_NAME_BYTES];
	bool is_outcome_known;
	int fd;

	add("ann@example.org");
	if (!look(LOOK_TIMER))
		abort();
	end(schedule_start(&keeper.schedule, keeper.now.ms), FATE_DONE);
	begin();
	is_outcome_known = look(LOOK_TIMER) && schedule_start(&keeper.schedule, keeper.now.ms)
	                   && !schedule_start(&keeper.schedule, keeper.now.ms);
	CHECK(is_outcome_known, "who was delivered to is not, by another keeper");

	id_make(id);
	queue_name(name, "journal", id);
	fd = openat(keeper.queue.root, name, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		abort();
	close(fd);
	for (int i = 0; i < QUEUE_FOLDERS; i++)
		if (!index_refresh(&found, keeper.now))
			abort();
	CHECK(!is_there("journal"), "a journal without its message is swept");
}

int
main(void)
{
	char folder[] = "/tmp/smtpipe-keeper.XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	dup2(open("log", O_WRONLY | O_CREAT, 0600), 2);
	begin();
	test_delivery();
	test_report();
	test_corrupt();
	test_sweep();
	if (system("rm -rf queue log") != 0 || rmdir(folder) < 0)
		abort();
	return check_end();
}
